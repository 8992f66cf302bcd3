import type { Crypto, Endpoint } from "../../runtime/core/index.ts";
import { SimulatedCrypto } from "../crypto/simulated-crypto.ts";
import { Simulation } from "../engine/index.ts";
import type {
  EventHandler,
  RandomStream,
  SimulationOptions,
  TraceRecord,
} from "../engine/index.ts";
import type { Fault } from "../network/fault.ts";
import { SimNetwork } from "../network/sim-network.ts";
import type { TopologyPlan } from "../network/topology.ts";
import type { Observation } from "./observation.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import type { ProcessPlan, ProgramFactory, World } from "./world.ts";

/** How long a world may go on, so that a run of it has an end. */
export interface WorldBounds {
  /** Events and waits. Default 2^53 - 1. */
  readonly eventsMax: number;
  /** Virtual milliseconds. Default 2^53 - 1. */
  readonly virtualMsMax: number;
}

/** A world went on for longer than its bounds: something in it comes to no end. */
export class EndlessWorldError extends Error {
  override readonly name = "EndlessWorldError";
}

/** What a simulated world is made with. */
export interface SimulatedWorldOptions extends Omit<SimulationOptions, "startUs"> {
  readonly topology: TopologyPlan;
  /** What is to go wrong. Faults that match nothing are harmless. Default nothing. */
  readonly faults?: readonly Fault[];
  /** From when on no packet has a fault, virtual milliseconds. Default never. */
  readonly healAtMs?: number;
  readonly bounds?: Partial<WorldBounds>;
  /** Programs by the names that process plans use. */
  readonly programs: Readonly<Record<string, ProgramFactory>>;
  /** The primitives of one host; `random` is the host's own stream, which goes on over its restarts. Default: simulated ones. */
  readonly createCrypto?: (random: RandomStream) => Crypto;
}

/** Something that is to happen in a world, by its label. */
interface Deed {
  readonly label: string;
  readonly run: () => unknown;
}

/**
 * A world in virtual time: programs on the hosts of a simulated network. Whatever a scenario does between two
 * waits happens as events of the simulation, at that time and in that order, so that it is part of the trace and
 * nothing of it may ask the machine for time or randomness.
 */
export class SimulatedWorld implements World {
  readonly kind = "simulated";
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly topology: TopologyPlan;
  readonly #options: SimulatedWorldOptions;
  readonly #processes = new Map<string, SimulatedProcess>();
  readonly #listeners: ((observation: Observation) => void)[] = [];
  readonly #taps: ((record: TraceRecord) => void)[] = [];
  readonly #bounds: WorldBounds;
  #waits = 0;
  #abandoned: { readonly reason: unknown } | undefined;

  /** @throws {RangeError} if the topology makes no sense, or a time is no integer. */
  constructor(options: SimulatedWorldOptions) {
    const { seed, sink, watch, topology, faults, healAtMs, bounds } = options;
    this.#options = options;
    const [eventsMax, virtualMsMax] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    this.#bounds = { eventsMax, virtualMsMax, ...bounds };
    this.topology = topology;
    const write = (record: TraceRecord): void => {
      sink?.write(record);
      for (const tap of this.#taps) tap(record);
    };
    this.simulation = new Simulation({ seed, sink: { write }, watch });
    this.network = new SimNetwork(this.simulation, {
      topology,
      ...(faults && { faults }),
      ...(healAtMs !== undefined && { healAtUs: Math.round(healAtMs * 1000) }),
    });
  }

  get nowMs(): number {
    return this.simulation.nowUs / 1000;
  }

  /** All processes, in the order in which they were added. */
  get processes(): Iterable<SimulatedProcess> {
    return this.#processes.values();
  }

  /** The process on a host. @throws {RangeError} if there is none. */
  process(host: string): SimulatedProcess {
    const process = this.#processes.get(host);
    if (process === undefined) throw new RangeError(`there is no process on host ${host}`);
    return process;
  }

  /** Starts a process at this time. @throws {RangeError} if its host has one, or there is no such host or program. */
  add(plan: ProcessPlan): Promise<SimulatedProcess> {
    const { host, program } = plan;
    if (this.#processes.has(host)) throw new RangeError(`host ${host} has a process already`);
    const { programs, createCrypto = createSimulatedCrypto } = this.#options;
    const factory = Object.hasOwn(programs, program) ? programs[program] : undefined;
    if (factory === undefined) throw new RangeError(`there is no program ${program}`);
    const crypto = createCrypto(this.simulation.random(`crypto ${host}`));
    const process = new SimulatedProcess(this, {
      plan,
      program: factory(plan.options as never),
      crypto,
    });
    this.#processes.set(host, process);
    return process.start().then(() => process);
  }

  onObservation(listener: (observation: Observation) => void): void {
    this.#listeners.push(listener);
  }

  /** Hears each record of the trace from now on; the detail may change afterwards. What a checker on all cables sees. */
  onRecord(tap: (record: TraceRecord) => void): void {
    this.#taps.push(tap);
  }

  /** Tells the world what a process observed; it is part of the trace. */
  observed(observation: Observation): void {
    const { host, kind, ...detail } = observation;
    this.simulation.trace.record(host, kind, detail);
    for (const listener of this.#listeners) listener(observation);
  }

  /** Where a host is reached, as of now. @throws {RangeError} if it has no process. */
  endpointOf(host: string): Endpoint {
    return this.process(host).endpoint;
  }

  /** Does something as an event of the simulation. @param atMs virtual milliseconds; now if that is past. */
  schedule(atMs: number, label: string, run: () => void): void {
    const timeUs = Math.max(this.simulation.nowUs, Math.round(atMs * 1000));
    this.simulation.scheduleAt<Deed>(timeUs, this.#deeds, { label, run });
  }

  /** Ends all waiting: the next or the running `until` or `pass` throws the reason. The first reason stays. */
  abandon(reason: unknown): void {
    this.#abandoned ??= { reason };
    this.simulation.stop();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- virtual time passes at once; a throw is a rejection
  async until(condition: () => boolean, withinMs: number): Promise<boolean> {
    this.#run(withinMs, condition);
    return condition();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- virtual time passes at once; a throw is a rejection
  async pass(ms: number): Promise<void> {
    this.#run(ms);
  }

  /** Nothing is left behind: a world in virtual time is memory. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  readonly #deeds: EventHandler<Deed> = {
    label: "scenario",
    handle: ({ label, run }) => {
      this.simulation.trace.record("scenario", "deed", label);
      // A promise fails the run: the rest of it would happen when the waiting is over.
      return run();
    },
  };

  #run(forMs: number, condition?: () => boolean): void {
    if (this.#abandoned === undefined && condition?.() !== true) this.#pass(forMs, condition);
    // What was given as the reason is passed on as it is.
    if (this.#abandoned !== undefined) throw this.#abandoned.reason;
  }

  #pass(forMs: number, condition?: () => boolean): void {
    const { simulation } = this;
    const { eventsMax, virtualMsMax } = this.#bounds;
    this.#waits += 1;
    const eventsLeft = eventsMax - simulation.events - this.#waits;
    const msLeft = virtualMsMax - this.nowMs;
    const end =
      eventsLeft <= 0
        ? "events-max"
        : simulation.run({
            forUs: Math.ceil(Math.min(forMs, msLeft) * 1000),
            eventsMax: eventsLeft,
            ...(condition && { stopWhen: condition }),
          });
    if (end === "events-max") {
      this.abandon(new EndlessWorldError(`it did not end within ${String(eventsMax)} events`));
    } else if (end !== "stopped" && forMs > msLeft) {
      this.abandon(new EndlessWorldError(`it did not end within ${String(virtualMsMax)} ms`));
    }
  }
}

function createSimulatedCrypto(random: RandomStream): Crypto {
  return new SimulatedCrypto(random);
}
