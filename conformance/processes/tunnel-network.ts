import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tube } from "../../generated/tunnel/rpc/tube-user.ts";
import { TagwireProcess, runCommand, waitFor } from "./tagwire-process.ts";
import type { Ended } from "./tagwire-process.ts";

const LOOPBACK = "127.0.0.1";

/** What `tagwire tunnel main` prints. */
interface MainReady {
  readonly endpoint: string;
  readonly fingerprint: string;
}

/** What `tagwire tunnel open` prints. */
export interface OpenReady {
  readonly port: number;
  readonly tunnel: string;
  readonly openMs: number;
  readonly hops: Tube["hops"];
}

/**
 * A main server and nodes, each a process of its own, over the command line with the options that a user has, on free
 * ports and in a temporary folder.
 */
export class TunnelNetwork {
  /** Folder of all data. */
  readonly folder: string = mkdtempSync(join(tmpdir(), "tagwire-tunnels-"));
  readonly #relays: ReadonlySet<string>;
  readonly #nodes = new Map<string, TagwireProcess>();
  readonly #others: TagwireProcess[] = [];
  #main: MainReady | undefined;

  private constructor(relays: readonly string[]) {
    this.#relays = new Set(relays);
  }

  /** Starts all, and waits until the nodes are connected. */
  static async start(parts: {
    readonly users: readonly string[];
    readonly relays: readonly string[];
  }): Promise<TunnelNetwork> {
    const network = new TunnelNetwork(parts.relays);
    try {
      const main = network.#start([
        "main",
        "--listen",
        `${LOOPBACK}:0`,
        ...["--data", join(network.folder, "main")],
      ]);
      network.#others.push(main);
      network.#main = await main.ready<MainReady>();
      await Promise.all([...parts.users, ...parts.relays].map((name) => network.startNode(name)));
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** The main server's process. */
  get main(): TagwireProcess {
    const [main] = this.#others;
    if (main === undefined) throw new RangeError("the main server was not started");
    return main;
  }

  /** Data folders of a user. */
  folders(user: string): { readonly dataFolder: string; readonly nodeFolder: string } {
    return {
      dataFolder: join(this.folder, `front-${user}`),
      nodeFolder: join(this.folder, `node-${user}`),
    };
  }

  /** Starts the node of a user or a relay, and waits until it is connected. */
  async startNode(name: string): Promise<void> {
    if (this.#main === undefined) throw new RangeError("the main server was not started");
    const { endpoint, fingerprint } = this.#main;
    const node = this.#start([
      ...["node", "--main", endpoint, "--main-fingerprint", fingerprint, "--name", name],
      ...["--operator", `operator of ${name}`, "--hop-address", LOOPBACK],
      ...(this.#relays.has(name) ? ["--relay"] : []),
      ...["--data", this.folders(name).nodeFolder],
    ]);
    this.#nodes.set(name, node);
    await node.ready();
    await waitFor("the node is not connected", () =>
      node.log.includes("connected to the main server"),
    );
  }

  /** Options of a command of a user that runs the node itself. */
  ownNode(name: string): readonly string[] {
    if (this.#main === undefined) throw new RangeError("the main server was not started");
    const { endpoint, fingerprint } = this.#main;
    return [
      ...["--own-node", "--main", endpoint, "--main-fingerprint", fingerprint, "--name", name],
      ...["--operator", `operator of ${name}`, "--hop-address", LOOPBACK],
    ];
  }

  /** Ends a node by a signal. */
  async stopNode(name: string, signal: NodeJS.Signals = "SIGTERM"): Promise<Ended> {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new RangeError(`there is no node of ${name}`);
    this.#nodes.delete(name);
    return node.stop(signal);
  }

  /** The command line of a user that goes through the user's node, without `tagwire`. */
  args(user: string, command: readonly string[]): readonly string[] {
    const { dataFolder, nodeFolder } = this.folders(user);
    return ["tunnel", ...command, "--json", "--data", dataFolder, "--node-data", nodeFolder];
  }

  /** Runs a command of a user to its end. */
  run(user: string, ...command: readonly string[]): Promise<Ended> {
    return runCommand(this.args(user, command));
  }

  /** Starts a command of a user that runs until it is stopped. */
  startCommand(user: string, ...command: readonly string[]): TagwireProcess {
    const process = new TagwireProcess(this.args(user, command));
    this.#others.push(process);
    return process;
  }

  /** The tunnels of a user. */
  async list(user: string): Promise<readonly Tube[]> {
    const { out } = await this.run(user, "list");
    return (JSON.parse(out) as { readonly tubes: readonly Tube[] }).tubes;
  }

  /** Ends all and removes the folder. */
  async close(): Promise<void> {
    const all = [...this.#others, ...this.#nodes.values()];
    await Promise.allSettled(all.map((process) => process.stop("SIGKILL")));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #start(args: readonly string[]): TagwireProcess {
    return new TagwireProcess(["tunnel", ...args, "--json"]);
  }
}
