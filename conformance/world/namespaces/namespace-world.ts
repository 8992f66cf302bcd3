import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Endpoint } from "../../../runtime/core/index.ts";
import type { TopologyPlan } from "../../../sim/network/topology.ts";
import type { Observation } from "../../../sim/world/observation.ts";
import type { ProcessPlan, World, WorldProcess } from "../../../sim/world/world.ts";
import { RealTime } from "../real-time.ts";
import { NamespaceNetwork } from "./namespace-network.ts";
import type { FromProcess, ToProcess } from "./process-messages.ts";

const MAIN = fileURLToPath(new URL("process-host.ts", import.meta.url));

/** Halves the start of each process: Node keeps there what it made of the sources. */
const COMPILE_CACHE = fileURLToPath(
  new URL("../../../node_modules/.cache/tagwire-processes", import.meta.url),
);

/** What a process needs of its world. */
interface Surroundings {
  readonly network: NamespaceNetwork;
  readonly folder: string;
  readonly endpoint: Endpoint;
  endpoints(): ReadonlyMap<string, Endpoint>;
  observed(observation: Observation): void;
}

/** A program in a process of its own, on a host that is a network namespace. */
class NamespaceProcess implements WorldProcess {
  readonly host: string;
  readonly endpoint: Endpoint;
  readonly events: unknown[] = [];
  readonly #plan: ProcessPlan;
  readonly #around: Surroundings;
  #starts = 0;
  #child: ChildProcess | undefined;

  constructor(plan: ProcessPlan, around: Surroundings) {
    this.host = plan.host;
    this.endpoint = around.endpoint;
    this.#plan = plan;
    this.#around = around;
  }

  command(command: unknown): void {
    this.#tell({ type: "command", command });
  }

  async crash(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || !isRunning(child)) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  /** @throws {Error} if the process ends before its program runs; what it had to say is on standard error. */
  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    this.#starts += 1;
    const { network, folder, endpoint } = this.#around;
    const [program, ...words] = network.commandOn(this.host);
    const child = spawn(program, [...words, process.execPath, MAIN], {
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      serialization: "advanced",
    });
    this.#child = child;
    const { promise: started, resolve, reject } = Promise.withResolvers<undefined>();
    child.once("exit", () => {
      reject(new Error(`the process on ${this.host} ended`));
    });
    child.on("message", (message) => {
      // What a process had to say before it was ended is of no interest any more.
      if (this.#child === child) this.#take(message as FromProcess, resolve);
    });
    this.#tell({
      type: "start",
      plan: this.#plan,
      starts: this.#starts,
      folder: join(folder, this.host),
      endpoint,
      endpoints: this.#around.endpoints(),
    });
    await started;
  }

  #take(message: FromProcess, started: (nothing: undefined) => void): void {
    switch (message.type) {
      case "started":
        started(undefined);
        return;
      case "event":
        this.events.push(message.event);
        return;
      case "observation":
        this.#around.observed({ ...message.observation, host: this.host });
        return;
    }
  }

  /** Nothing happens if it is about to end, or has. */
  #tell(message: ToProcess): void {
    if (this.#child?.connected === true) this.#child.send(message);
  }
}

/** What a world of namespaces is made with. */
export interface NamespaceWorldOptions {
  readonly topology: TopologyPlan;
  /** Share of the packets that the outer line of each NAT box loses, each way. Default 0. */
  readonly lossRatio?: number;
}

/**
 * A world of this machine's kernel: each host is a network namespace, NAT boxes translate by nftables, and each
 * program is a process of its own in real time, with a folder as disk. It runs the programs of the control network.
 */
export class NamespaceWorld implements World {
  readonly kind = "namespaces";
  readonly network: NamespaceNetwork;
  readonly #topology: TopologyPlan;
  /** Where the disks of its hosts are. */
  readonly folder: string;
  readonly #time = new RealTime();
  readonly #processes = new Map<string, NamespaceProcess>();
  readonly #listeners: ((observation: Observation) => void)[] = [];

  private constructor(network: NamespaceNetwork, topology: TopologyPlan, folder: string) {
    this.network = network;
    this.#topology = topology;
    this.folder = folder;
  }

  /** Builds it. @throws if the machine does not allow it; nothing is left behind then. */
  static async open(options: NamespaceWorldOptions): Promise<NamespaceWorld> {
    const folder = mkdtempSync(join(tmpdir(), "tagwire-world-"));
    const network = await NamespaceNetwork.open({ ...options, folders: [folder] });
    return new NamespaceWorld(network, options.topology, folder);
  }

  get nowMs(): number {
    return this.#time.nowMs;
  }

  /** @throws {RangeError} if the host has a process, or there is no such host. */
  async add(plan: ProcessPlan): Promise<WorldProcess> {
    const { host, udpPort, tcpPort } = plan;
    if (this.#processes.has(host)) throw new RangeError(`host ${host} has a process already`);
    const found = this.#topology.hosts.find(({ name }) => name === host);
    if (found === undefined) throw new RangeError(`there is no host ${host}`);
    const process = new NamespaceProcess(plan, {
      network: this.network,
      folder: this.folder,
      endpoint: { address: found.address, port: udpPort ?? tcpPort ?? 0 },
      endpoints: () =>
        new Map([...this.#processes].map(([name, { endpoint }]) => [name, endpoint])),
      observed: (observation) => {
        for (const listener of this.#listeners) listener(observation);
      },
    });
    this.#processes.set(host, process);
    await process.start();
    return process;
  }

  onObservation(listener: (observation: Observation) => void): void {
    this.#listeners.push(listener);
  }

  until(condition: () => boolean, withinMs: number): Promise<boolean> {
    return this.#time.until(condition, withinMs);
  }

  pass(ms: number): Promise<void> {
    return this.#time.pass(ms);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((process) => process.crash()));
    await this.network.close();
  }
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
