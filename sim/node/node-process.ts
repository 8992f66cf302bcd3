import { withAnswers } from "../engine/index.ts";
import type {
  AmbientAnswers,
  EventHandler,
  EventId,
  RandomStream,
  Simulation,
} from "../engine/index.ts";
import type { HostClock } from "../host/host-clock.ts";
import type { NetworkNode } from "../network/network-node.ts";

/** What a process is made with. */
export interface NodeProcessOptions {
  readonly simulation: Simulation;
  readonly node: NetworkNode;
  readonly clock: HostClock;
  /** Of all starts of the host, 1 for the first. */
  readonly start: number;
  readonly env: Readonly<Record<string, string>>;
  /** The address of a name; undefined if there is none. */
  readonly resolveName: (name: string) => string | undefined;
}

/** Hears of a host's clock that now goes at another rate. */
export interface ClockWatcher {
  clockChanged(): void;
}

/** One run of a program on a simulated host, from a start to its end. What belongs to it does nothing afterwards. */
export class NodeProcess {
  readonly simulation: Simulation;
  readonly node: NetworkNode;
  readonly clock: HostClock;
  /** The process id: the same in each run, another for each start. */
  readonly pid: number;
  readonly env: Record<string, string>;
  readonly resolveName: (name: string) => string | undefined;
  /** Randomness of `Math.random` and `crypto`: different for each host and each start. */
  readonly random: RandomStream;
  /** What the host's monotonic clock showed at the start, milliseconds. */
  readonly startMs: number;
  /** What its wall clock showed, milliseconds since 1970. */
  readonly startUnixMs: number;
  answers: AmbientAnswers = new Map();
  readonly #watchers = new Set<ClockWatcher>();
  readonly #handlers = new Map<string, EventHandler<() => unknown>>();
  #isOver = false;

  constructor(options: NodeProcessOptions) {
    const { simulation, node, clock, start, env, resolveName } = options;
    this.simulation = simulation;
    this.node = node;
    this.clock = clock;
    this.pid = 1000 + start;
    this.env = { ...env };
    this.resolveName = resolveName;
    this.random = simulation.random(`${node.name} process ${String(start)}`);
    this.startMs = clock.nowMs;
    this.startUnixMs = clock.unixMs;
  }

  get name(): string {
    return this.node.name;
  }

  /** Whether the process has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs code on behalf of this process. Nothing if it has ended. */
  enter<Result>(code: () => Result): Result | undefined {
    return this.#isOver ? undefined : withAnswers(this.answers, code);
  }

  /**
   * Runs code of this process later, behind all that is due then.
   * @param delayUs virtual microseconds, an integer >= 0.
   * @param what names the event in traces: `timer`, `socket`.
   * @param code of which a promise that is rejected fails the run.
   */
  after(delayUs: number, what: string, code: () => unknown): EventId {
    return this.simulation.schedule(delayUs, this.#handler(what), code);
  }

  cancel(event: EventId): void {
    this.simulation.cancel(event);
  }

  /** Tells from now on of changes of the host's clock. */
  watchClock(watcher: ClockWatcher): void {
    this.#watchers.add(watcher);
  }

  clockChanged(): void {
    for (const watcher of this.#watchers) watcher.clockChanged();
  }

  /** The process is gone. Its sockets are closed by the system, which is not its business. */
  end(): void {
    this.#isOver = true;
    this.#watchers.clear();
  }

  #handler(what: string): EventHandler<() => unknown> {
    const known = this.#handlers.get(what);
    if (known !== undefined) return known;
    const handler = {
      label: `${this.name} ${what}`,
      handle: (code: () => unknown) => this.enter(code),
    };
    this.#handlers.set(what, handler);
    return handler;
  }
}
