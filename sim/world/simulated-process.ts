import type { Crypto, Endpoint, Role } from "../../runtime/core/index.ts";
import { SimHost } from "../host/sim-host.ts";
import type { SimDisk } from "../host/sim-disk.ts";
import type { SimulatedWorld } from "./simulated-world.ts";
import type { ProcessPlan, Program, ProgramProcess, WorldProcess } from "./world.ts";

/** What a simulated process is made of. */
export interface SimulatedProcessOptions {
  readonly plan: ProcessPlan;
  /** Whoever made the plan gives it the commands that it knows. */
  readonly program: Program<never, unknown>;
  readonly crypto: Crypto;
}

type AnyHost = SimHost<unknown, unknown>;

/** What the functions of a program give back, whatever their types say. */
interface Answering {
  onStart?(process: ProgramProcess<unknown>): unknown;
  onEvent?(event: unknown, process: ProgramProcess<unknown>): unknown;
}

/** A program on a host of a simulated world. */
export class SimulatedProcess implements WorldProcess {
  readonly plan: ProcessPlan;
  /** The host that drives its role. */
  readonly simHost: AnyHost;
  readonly events: unknown[] = [];
  readonly #world: SimulatedWorld;
  readonly #program: Program<unknown, unknown>;
  readonly #crypto: Crypto;
  readonly #listeners: ((event: unknown) => void)[] = [];

  /** Not started yet. @throws {RangeError} if the network has no such host. */
  constructor(world: SimulatedWorld, { plan, program, crypto }: SimulatedProcessOptions) {
    const { host: name, udpPort, tcpPort } = plan;
    this.plan = plan;
    this.#world = world;
    this.#program = program;
    this.#crypto = crypto;
    this.simHost = new SimHost<unknown, unknown>({
      network: world.network,
      name,
      createRole: (host) => this.#createRole(host),
      onStart: (host) => {
        this.#refusePromise(this.#answering.onStart?.(this.#around(host)));
      },
      onEvent: (event, host) => {
        this.#take(event, host);
      },
      ...(udpPort !== undefined && { udpPort }),
      ...(tcpPort !== undefined && { tcpPort }),
    });
  }

  get host(): string {
    return this.plan.host;
  }

  get isRunning(): boolean {
    return this.simHost.isRunning;
  }

  /** The role that runs; undefined while the process is down. */
  get role(): Role<unknown, unknown> | undefined {
    return this.simHost.role;
  }

  get disk(): SimDisk {
    return this.simHost.disk;
  }

  get endpoint(): Endpoint {
    const { host, udpPort, tcpPort } = this.plan;
    const { address } = this.#world.network.node(host);
    return { address, port: this.simHost.udpAddress?.port ?? udpPort ?? tcpPort ?? 0 };
  }

  /** Hears each event when its program has taken it. */
  onEvent(listener: (event: unknown) => void): void {
    this.#listeners.push(listener);
  }

  command(command: unknown): void {
    void this.#do("command", () => {
      this.simHost.command(command);
    });
  }

  /** @param what `machine`: of what was written and not synced only the first `writesKept` operations stay. Default `process`. */
  crash(what: "process" | "machine" = "process", writesKept = 0): Promise<void> {
    return this.#do(`${what} crash`, () => {
      this.simHost.crash(what, writesKept);
    });
  }

  start(): Promise<void> {
    return this.#do("start", () => {
      this.simHost.start();
    });
  }

  #do(what: string, run: () => void): Promise<void> {
    this.#world.schedule(this.#world.nowMs, `${what} ${this.host}`, run);
    return Promise.resolve();
  }

  #createRole(host: AnyHost): Role<unknown, unknown> {
    return this.#program.createRole({
      starts: host.starts,
      disk: host.disk,
      crypto: this.#crypto,
      nowMs: () => host.clock.nowMs,
      unixMs: () => host.clock.unixMs,
      endpoint: this.endpoint,
      endpointOf: (name) => this.#world.endpointOf(name),
      observe: (observation) => {
        this.#world.observed({ ...observation, host: this.host });
      },
    });
  }

  #take(event: unknown, host: AnyHost): void {
    this.events.push(event);
    this.#refusePromise(this.#answering.onEvent?.(event, this.#around(host)));
    for (const listener of this.#listeners) listener(event);
  }

  get #answering(): Answering {
    return this.#program;
  }

  /** @throws {TypeError} if a program is asynchronous: the rest of it would run when all virtual time has passed. */
  #refusePromise(answer: unknown): void {
    if (!(answer instanceof Promise)) return;
    // The run fails for the promise itself, whatever becomes of it.
    answer.catch(() => undefined);
    throw new TypeError(
      `the program of ${this.host} is asynchronous: do what is later by \`after\``,
    );
  }

  #around(host: AnyHost): ProgramProcess<unknown> {
    const { starts } = host;
    return {
      disk: host.disk,
      command: (command) => {
        host.command(command);
      },
      after: (delayMs, work: () => unknown) => {
        this.#world.simulation.schedule(Math.ceil(delayMs * 1000), this.#later, () => {
          const isSame = host.isRunning && host.starts === starts;
          return isSame ? work() : undefined;
        });
      },
    };
  }

  readonly #later = {
    label: "program",
    handle: (work: () => unknown): unknown => work(),
  };
}
