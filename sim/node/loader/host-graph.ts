import module from "node:module";
import { fileURLToPath } from "node:url";
import type { NodeHost } from "../node-host.ts";
import type { NodeProcess } from "../node-process.ts";
import { CommonJsGraph } from "./commonjs-graph.ts";
import type { Require } from "./commonjs-graph.ts";

/** The part of an address that says whose module it is. */
export const HOST_PARAMETER = "tagwire-host";

/** The modules of one process of one host. */
export class HostGraph {
  readonly process: NodeProcess;
  readonly commonjs: CommonJsGraph;
  /** Names the graph in addresses: a number, and the host's name for who reads a stack trace. */
  readonly id: string;
  /** From where the next specifier is resolved. */
  from: string | URL = "";
  readonly #standIns: ReadonlyMap<string, unknown>;

  constructor(host: NodeHost, number: number) {
    this.process = host.process;
    this.id = `${String(number)}-${encodeURIComponent(host.name)}`;
    this.commonjs = new CommonJsGraph({
      standIn: (name) => this.standIn(name),
      addressOf: (file) => this.addressOf(file),
    });
    const { modules } = host;
    this.#standIns = new Map<string, unknown>([
      ["dgram", modules.dgram],
      ["net", modules.net],
      ["module", moduleWith((file) => this.commonjs.createRequire(file))],
    ]);
  }

  /** What stands in for a module of Node's; undefined for those that hosts share. */
  standIn(name: string): unknown {
    return this.#standIns.get(name);
  }

  addressOf(file: URL): string {
    const address = new URL(file);
    address.searchParams.set(HOST_PARAMETER, this.id);
    return address.href;
  }

  /** Loads a CommonJS module of a path or an address. */
  loadCommonJs(file: string): unknown {
    return this.commonjs.load(file.startsWith("file:") ? fileURLToPath(file) : file);
  }
}

/** `node:module` whose `createRequire` stays in the graph. */
function moduleWith(create: (file: string | URL) => Require): unknown {
  return Object.assign(Object.create(module) as object, { createRequire: create });
}

const graphs = new Map<string, HostGraph>();
const graphOfProcess = new WeakMap<NodeProcess, HostGraph>();

/** The graph of the process that runs on a host now, made when first asked for. */
export function graphOf(host: NodeHost): HostGraph {
  const known = graphOfProcess.get(host.process);
  if (known !== undefined) return known;
  const graph = new HostGraph(host, graphs.size + 1);
  graphs.set(graph.id, graph);
  graphOfProcess.set(host.process, graph);
  return graph;
}

/** The graph of an identifier. */
export function graphNamed(id: string): HostGraph {
  const graph = graphs.get(id);
  if (graph === undefined) throw new Error(`there is no graph of modules ${id}`);
  return graph;
}
