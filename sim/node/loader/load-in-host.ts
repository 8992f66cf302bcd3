import path from "node:path";
import { pathToFileURL } from "node:url";
import { installTraps } from "../../engine/index.ts";
import type { NodeHost } from "../node-host.ts";
import { graphOf } from "./host-graph.ts";
import { ENTRY, installHooks } from "./module-hooks.ts";

/** From where a specifier is resolved. */
export interface LoadOptions {
  /** A file or its URL: `import.meta.url`. Default: the working folder of this process. */
  readonly from?: string | URL;
}

/** Taken when this file loads: while a simulation runs it is trapped. */
const HERE = pathToFileURL(path.join(process.cwd(), "package.json")).href;

/** One after the other, for what is trapped is there only once. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Imports a module, and all that it imports, for one host: a graph of its own, in which `node:dgram` and `node:net` are
 * the host's. Its code runs on behalf of the host, also while it loads. Not while a simulation runs.
 * @param specifier as of `import`: a package, a file URL; a relative one goes with `from`.
 * @throws what loading throws; {AmbientError} of code that asks, while it loads, for what the host has no answer to;
 * {Error} if this Node is older than 22.15, or a simulation runs.
 */
export function loadInHost<Module>(
  host: NodeHost,
  specifier: string | URL,
  { from = HERE }: LoadOptions = {},
): Promise<Module> {
  const load = async (): Promise<Module> => {
    installHooks();
    const graph = graphOf(host);
    const traps = installTraps({ lenient: true });
    try {
      graph.from = addressOf(from);
      const wanted = `${ENTRY}${graph.id}:${String(specifier)}`;
      const loaded = await graph.process.enter(() => import(wanted) as Promise<Module>);
      if (traps.violation !== undefined) throw traps.violation;
      return loaded as Module;
    } finally {
      traps.remove();
    }
  };
  const loading = last.then(load);
  last = loading.catch(() => undefined);
  return loading;
}

/**
 * Requires a CommonJS module for one host, at once: also while a simulation runs, as in a program that starts again
 * after a crash.
 * @throws as `loadInHost`, and {Error} `ERR_REQUIRE_ESM` of an ES module.
 */
export function requireInHost(
  host: NodeHost,
  specifier: string,
  { from = HERE }: LoadOptions = {},
): unknown {
  const require = graphOf(host).commonjs.createRequire(from);
  return host.process.enter(() => require(specifier));
}

function addressOf(from: string | URL): string {
  if (typeof from === "string" && path.isAbsolute(from)) return pathToFileURL(from).href;
  return String(from);
}
