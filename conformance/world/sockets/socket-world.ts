import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../../../runtime/core/index.ts";
import { createNodeCrypto } from "../../../runtime/io/node-crypto.ts";
import type { Observation } from "../../../sim/world/observation.ts";
import type {
  ProcessPlan,
  Program,
  ProgramFactory,
  World,
  WorldProcess,
} from "../../../sim/world/world.ts";
import { FolderDisk } from "../folder-disk.ts";
import { ProgramHost, programOf } from "../program-host.ts";
import { RealTime } from "../real-time.ts";
import { freePort } from "./free-port.ts";

const ADDRESS = "127.0.0.1";

/** A program on a port of the loopback interface. */
class SocketProcess implements WorldProcess {
  readonly events: unknown[] = [];
  /** The port that stands for the host, over all its starts; 0 if the plan wants none of its own. */
  readonly #port: number;
  readonly #plan: ProcessPlan;
  readonly #world: SocketWorld;
  readonly #disk: FolderDisk;
  #starts = 0;
  #running: ProgramHost | undefined;

  constructor(world: SocketWorld, plan: ProcessPlan, port: number) {
    this.#world = world;
    this.#plan = plan;
    this.#port = port;
    this.#disk = new FolderDisk(join(world.folder, plan.host));
  }

  get host(): string {
    return this.#plan.host;
  }

  get endpoint(): Endpoint {
    return this.#running?.endpoint ?? { address: ADDRESS, port: this.#port };
  }

  command(command: unknown): void {
    this.#running?.command(command);
  }

  async crash(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.crash();
  }

  async start(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#starts += 1;
    const { host, udpPort, tcpPort } = this.#plan;
    this.#running = await ProgramHost.start({
      program: this.#world.programOf(this.#plan),
      starts: this.#starts,
      disk: this.#disk,
      crypto: createNodeCrypto(),
      unixMs: () => Date.now(),
      endpoint: { address: ADDRESS, port: this.#port },
      endpointOf: (name) => this.#world.endpointOf(name),
      observe: (observation) => {
        this.#world.observed({ ...observation, host });
      },
      onEvent: (event) => {
        this.events.push(event);
      },
      // A port that the plan names is one that others know, so it stays the same; any other may change with each start.
      udpPort: udpPort === undefined ? undefined : udpPort === 0 ? 0 : this.#port,
      tcpPort: tcpPort === undefined ? undefined : this.#port,
    });
  }
}

/** What a world on sockets is made with. */
export interface SocketWorldOptions {
  /** Programs by the names that process plans use. */
  readonly programs: Readonly<Record<string, ProgramFactory>>;
}

/**
 * A world of this process: programs on loopback sockets, each on ports of its own, with folders as disks and in real
 * time. There is no topology: everybody reaches everybody.
 */
export class SocketWorld implements World {
  readonly kind = "sockets";
  readonly folder: string = mkdtempSync(join(tmpdir(), "tagwire-world-"));
  readonly #options: SocketWorldOptions;
  readonly #time = new RealTime();
  readonly #processes = new Map<string, SocketProcess>();
  readonly #listeners: ((observation: Observation) => void)[] = [];

  constructor(options: SocketWorldOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return this.#time.nowMs;
  }

  /** @throws {RangeError} if the host has a process, or there is no such program. */
  async add(plan: ProcessPlan): Promise<WorldProcess> {
    const { host, udpPort = 0, tcpPort } = plan;
    if (this.#processes.has(host)) throw new RangeError(`host ${host} has a process already`);
    const isKnown = udpPort !== 0 || tcpPort !== undefined;
    const port = isKnown ? await freePort(ADDRESS) : 0;
    const process = new SocketProcess(this, plan, port);
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
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** For its processes. @throws {RangeError} if there is no such program. */
  programOf(plan: ProcessPlan): Program<unknown, unknown> {
    return programOf(this.#options.programs, plan);
  }

  /** For its processes. @throws {RangeError} if there is no such host. */
  endpointOf(host: string): Endpoint {
    const process = this.#processes.get(host);
    if (process === undefined) throw new RangeError(`there is no process on host ${host}`);
    return process.endpoint;
  }

  /** For its processes. */
  observed(observation: Observation): void {
    for (const listener of this.#listeners) listener(observation);
  }
}
