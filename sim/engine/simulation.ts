import { installTraps } from "./ambient-traps.ts";
import type { InstalledTraps } from "./ambient-traps.ts";
import { DRAIN_DEFAULT, stepDraining } from "./drain.ts";
import type { Drain } from "./drain.ts";
import { EventQueue } from "./event-queue.ts";
import type { EventHandler, EventId } from "./event-queue.ts";
import { RandomStream } from "./random-stream.ts";
import { Trace } from "./trace.ts";
import type { TraceOptions } from "./trace.ts";

/** What a simulation starts with. */
export interface SimulationOptions extends TraceOptions {
  /** All that is random follows from it. */
  readonly seed: number | string;
  /** Virtual time at the start, microseconds, an integer >= 0. Default 0. */
  readonly startUs?: number;
}

/** How far to run. Without any bound, until no event waits. */
export interface RunBounds {
  /** Virtual time up to which events are handled, included; then it is this time. Microseconds, an integer, or Infinity. */
  readonly untilUs?: number;
  /** The same, counted from now. */
  readonly forUs?: number;
  /** Events to handle at most. More than that ends the run as `events-max`. Default 2^53 - 1. */
  readonly eventsMax?: number;
  /** Asked after each event; true ends the run. Cheaper than many short runs, for each sets the traps anew. */
  readonly stopWhen?: () => boolean;
}

/** How far to run, and how handlers that are asynchronous come to their ends. */
export interface DrainingBounds extends RunBounds {
  /** Default: the fastest that this Node has. */
  readonly drain?: Drain;
}

/**
 * Why a run ended. `idle`: no event waits. `time`: its time is over. `events-max`: it handled as many events
 * as it may, and others wait. `stopped`: by `stop()` or `stopWhen`.
 */
export type RunEnd = "idle" | "time" | "events-max" | "stopped";

/**
 * Virtual time and what happens in it. The time is that of the event that is handled; nothing takes time
 * unless it schedules. Handlers get everything from here: the time, randomness, the trace.
 *
 * While it runs, the machine's own clock, timers, randomness, files and network throw (`AmbientError`).
 */
export class Simulation {
  readonly trace: Trace;
  readonly #queue = new EventQueue();
  readonly #randomRoot: RandomStream;
  readonly #streams = new Map<string, RandomStream>();
  #nowUs: number;
  /** Bounds of the run that goes on. */
  #endUs = Infinity;
  #eventsEnd = Infinity;
  #stopWhen: (() => boolean) | undefined = undefined;
  #isStopping = false;
  #isDraining = false;
  /** The first that an asynchronous handler failed with, boxed since it may be anything. */
  #rejection: { readonly reason: unknown } | undefined = undefined;
  #end: RunEnd = "idle";

  /** @throws {RangeError} if the start is no safe integer >= 0. */
  constructor({ seed, startUs = 0, sink, watch }: SimulationOptions) {
    if (!Number.isSafeInteger(startUs) || startUs < 0) {
      throw new RangeError(`a simulation cannot start at ${String(startUs)} µs`);
    }
    this.#nowUs = startUs;
    this.#randomRoot = RandomStream.fromSeed(seed);
    this.trace = new Trace({ sink, watch });
  }

  /** Virtual time, microseconds, an integer that never decreases. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** Events that wait. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Events that were handled. */
  get events(): number {
    return this.trace.events;
  }

  /**
   * Hands `argument` to `handler` after some time; after 0 µs in the same instant, behind all that is due then.
   * @param delayUs microseconds, an integer >= 0.
   * @throws {RangeError} if it is not, or too many events wait.
   */
  schedule<Argument>(
    delayUs: number,
    handler: EventHandler<Argument>,
    argument: Argument,
  ): EventId {
    if (!(delayUs >= 0)) throw new RangeError(`a delay must be >= 0, not ${String(delayUs)} µs`);
    return this.#queue.push(this.#nowUs + delayUs, handler, argument);
  }

  /**
   * Hands `argument` to `handler` at some time.
   * @param timeUs microseconds, an integer that is not in the past.
   * @throws {RangeError} if it is not, or too many events wait.
   */
  scheduleAt<Argument>(
    timeUs: number,
    handler: EventHandler<Argument>,
    argument: Argument,
  ): EventId {
    if (!(timeUs >= this.#nowUs)) {
      const [time, now] = [String(timeUs), String(this.#nowUs)];
      throw new RangeError(`an event cannot be scheduled for ${time} µs: it is ${now} µs`);
    }
    return this.#queue.push(timeUs, handler, argument);
  }

  /** Takes an event out. False if it was handled or cancelled before. */
  cancel(id: EventId): boolean {
    return this.#queue.cancel(id);
  }

  /**
   * The stream of random numbers of this label, always the same object: whoever asks again goes on where
   * the last draw ended. Its numbers depend on the seed and the label alone.
   * @param label names the one consumer: `router-3 jitter`.
   */
  random(label: string): RandomStream {
    const known = this.#streams.get(label);
    if (known !== undefined) return known;
    const stream = this.#randomRoot.fork(label);
    this.#streams.set(label, stream);
    return stream;
  }

  /** Ends the run after the event that is handled now. */
  stop(): void {
    this.#isStopping = true;
  }

  /**
   * Handles events in their order, for handlers that are synchronous. May be called again to go on.
   * @throws what a handler throws; {AmbientError} if one used the machine's; {TypeError} if one returned a
   * promise; {RangeError} if the bounds are past or no integers; {Error} if a simulation runs already.
   */
  run(bounds: RunBounds = {}): RunEnd {
    const traps = this.#begin(bounds);
    try {
      while (this.#handleNext()) this.#endEvent(traps);
      return this.#finish();
    } finally {
      traps.remove();
    }
  }

  /**
   * Handles events in their order. After each, all that it set off comes to its end in the same instant:
   * promises, `process.nextTick`, streams. May be called again to go on.
   * @throws like `run`, but for promises: the first that is rejected, and nobody catches, ends the run, and so does
   * what a tick or microtask throws. {Error} if faults that nobody catches go to somebody else already.
   */
  async runDraining({ drain = DRAIN_DEFAULT, ...bounds }: DrainingBounds = {}): Promise<RunEnd> {
    const traps = this.#begin(bounds);
    let isEventOpen = false;
    this.#isDraining = true;
    process.on("unhandledRejection", this.#onRejection);
    try {
      await stepDraining(() => {
        if (isEventOpen) this.#endEvent(traps);
        isEventOpen = this.#handleNext();
        return isEventOpen;
      }, drain);
      return this.#finish();
    } finally {
      process.off("unhandledRejection", this.#onRejection);
      this.#isDraining = false;
      traps.remove();
    }
  }

  #begin({ untilUs, forUs, eventsMax = Infinity, stopWhen }: RunBounds): InstalledTraps {
    const ends = [untilUs ?? Infinity, forUs === undefined ? Infinity : this.#nowUs + forUs];
    const endUs = Math.min(...ends);
    const isWhole = endUs === Infinity || Number.isInteger(endUs);
    if (!(endUs >= this.#nowUs && isWhole)) {
      throw new RangeError(
        `a run cannot end at ${String(endUs)} µs: it is ${String(this.#nowUs)} µs`,
      );
    }
    if (!(eventsMax >= 0)) throw new RangeError(`a run cannot have ${String(eventsMax)} events`);
    const traps = installTraps();
    this.#endUs = endUs;
    this.#eventsEnd = this.events + eventsMax;
    this.#stopWhen = stopWhen;
    this.#isStopping = false;
    this.#rejection = undefined;
    return traps;
  }

  /** Handles the next event; false if the run is at its end. */
  #handleNext(): boolean {
    const queue = this.#queue;
    if (this.#isStopping) return this.#endAs("stopped");
    if (queue.size === 0) return this.#endAs("idle");
    if (this.trace.events >= this.#eventsEnd) return this.#endAs("events-max");
    if (!queue.popUntil(this.#endUs)) return this.#endAs("time");
    this.#nowUs = queue.poppedTime;
    this.trace.beginEvent(queue);
    const result: unknown = queue.poppedHandler?.handle(queue.poppedArgument as never);
    if (result !== undefined && result instanceof Promise) this.#adopt(result);
    return true;
  }

  #endAs(end: RunEnd): false {
    this.#end = end;
    return false;
  }

  #endEvent(traps: InstalledTraps): void {
    if (traps.violation !== undefined) throw traps.violation;
    // What was thrown is passed on as it is.
    if (this.#rejection !== undefined) throw this.#rejection.reason;
    this.trace.endEvent();
    if (this.#stopWhen?.() === true) this.#isStopping = true;
  }

  #finish(): RunEnd {
    const isTimeOver = this.#end === "time" || this.#end === "idle";
    if (isTimeOver && this.#endUs < Infinity) this.#nowUs = this.#endUs;
    return this.#end;
  }

  #adopt(promise: Promise<unknown>): void {
    if (!this.#isDraining) {
      // The run fails for the promise itself, whatever becomes of it.
      promise.catch(() => undefined);
      const { label = "without a label" } = this.trace.event;
      throw new TypeError(`the handler ${label} is asynchronous: the run must be one that drains`);
    }
    promise.catch(this.#onRejection);
  }

  readonly #onRejection = (reason: unknown): void => {
    this.#rejection ??= { reason };
  };
}
