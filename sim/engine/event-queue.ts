import { RadixQueue } from "./radix-queue.ts";

/** What an event is handed to when it is due. One object may handle any number of events. */
export interface EventHandler<Argument = unknown> {
  /**
   * Names the handler in the trace hash and in reports: `router-3 telemetry`. It must not depend on
   * anything that differs between runs. Without one, events are told apart by time, order and argument.
   */
  readonly label?: string;
  /** Does the event. It may return a promise only in a run that drains; nobody waits for it. */
  handle(argument: Argument): unknown;
}

/** Names one event of one queue. No other event ever gets it, so that a late cancel hits nothing. */
export type EventId = number;

/** Bound of the events that wait at a time: an id holds the slot in its low 24 bits. */
const EVENTS_WAITING_MAX: number = 2 ** 24;
/** What the slot leaves of a safe integer. A slot that was used so often is never used again. */
const GENERATIONS_MAX = 2 ** 29;
/** Cancelled events that may stay, however few others there are. */
const DEAD_MIN = 64;

/**
 * Events in order of time, and of their pushing where times are equal. Pushing and popping allocate nothing
 * once the queue has grown to its working size.
 *
 * A cancelled event stays in its place without its handler until its time comes, or until more than half of
 * all are such; then they are swept out. So cancelling costs no search.
 */
export class EventQueue {
  readonly #queue = new RadixQueue();
  /** Handler of each slot; `undefined` if the slot is free or its event was cancelled. */
  readonly #handlers: (EventHandler<never> | undefined)[] = [];
  readonly #arguments: unknown[] = [];
  /** How often each slot was used: with the slot, the id of an event. */
  readonly #generations: number[] = [];
  readonly #free: number[] = [];
  #live = 0;
  /** Cancelled events that are still in their places. */
  #dead = 0;
  #pushed = 0;

  /** Time of the event popped last. */
  poppedTime = 0;
  /** How many events had been pushed before the one popped last. */
  poppedSequence = 0;
  /** Handler of the event popped last; none if there was no event. */
  poppedHandler: EventHandler<never> | undefined = undefined;
  /** Argument of the event popped last. */
  poppedArgument: unknown = undefined;

  /** Events that wait: pushed, and neither popped nor cancelled. */
  get size(): number {
    return this.#live;
  }

  /**
   * Adds an event.
   * @param time integer up to `Number.MAX_SAFE_INTEGER`, not before the event popped last, nor before a limit up to
   * which there was none.
   * @throws {RangeError} if the time is no such integer, or as many events wait as ever may.
   */
  push<Argument>(time: number, handler: EventHandler<Argument>, argument: Argument): EventId {
    if (!(time >= this.#queue.lastTime && Number.isSafeInteger(time))) {
      const least = String(this.#queue.lastTime);
      throw new RangeError(
        `an event's time must be a safe integer >= ${least}, not ${String(time)}`,
      );
    }
    const slot = this.#takeSlot();
    this.#handlers[slot] = handler;
    this.#arguments[slot] = argument;
    this.#queue.add(slot, time, this.#pushed);
    this.#pushed += 1;
    this.#live += 1;
    return (this.#generations[slot] as number) * EVENTS_WAITING_MAX + slot;
  }

  /** Takes an event out. False if it was popped or cancelled before, or there never was such an event. */
  cancel(id: EventId): boolean {
    const slot = id % EVENTS_WAITING_MAX;
    if (this.#handlers[slot] === undefined) return false;
    if (this.#generations[slot] !== (id - slot) / EVENTS_WAITING_MAX) return false;
    this.#handlers[slot] = undefined;
    this.#arguments[slot] = undefined;
    this.#live -= 1;
    this.#dead += 1;
    if (this.#dead > DEAD_MIN && this.#dead > this.#live) this.#sweep();
    return true;
  }

  /**
   * Takes the next event out, if it is due by `limit`, and shows it in the members `popped…`.
   * False if none is; then no event may be pushed any more for a time before `limit`.
   */
  popUntil(limit: number): boolean {
    const queue = this.#queue;
    // Cancelled events alone must not take the queue to their time.
    while (this.#live > 0) {
      const slot = queue.takeUntil(limit);
      if (slot < 0) break;
      const handler = this.#handlers[slot];
      if (handler === undefined) {
        this.#dead -= 1;
        this.#free.push(slot);
        continue;
      }
      this.#live -= 1;
      this.poppedTime = queue.timeOf(slot);
      this.poppedSequence = queue.sequenceOf(slot);
      this.poppedHandler = handler;
      this.poppedArgument = this.#arguments[slot];
      this.#handlers[slot] = undefined;
      this.#arguments[slot] = undefined;
      this.#free.push(slot);
      return true;
    }
    this.poppedHandler = undefined;
    this.poppedArgument = undefined;
    return false;
  }

  #sweep(): void {
    this.#queue.retain((slot) => {
      if (this.#handlers[slot] !== undefined) return true;
      this.#free.push(slot);
      return false;
    });
    this.#dead = 0;
  }

  #takeSlot(): number {
    for (;;) {
      const slot = this.#free.pop();
      if (slot === undefined) break;
      const generation = (this.#generations[slot] as number) + 1;
      this.#generations[slot] = generation;
      if (generation < GENERATIONS_MAX) return slot;
    }
    const slot = this.#handlers.length;
    if (slot === EVENTS_WAITING_MAX) {
      throw new RangeError(`no more than ${String(EVENTS_WAITING_MAX)} events may wait at a time`);
    }
    this.#handlers.push(undefined);
    this.#arguments.push(undefined);
    this.#generations.push(0);
    return slot;
  }
}
