import { RadixQueue } from "./radix-queue.ts";
import { hashOfLabel } from "./trace-hash.ts";

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
const SLOTS_MIN = 64;

/**
 * Events in order of time, and of their pushing where times are equal. Pushing and popping allocate nothing
 * once the queue has grown to its working size.
 *
 * A cancelled event stays in its place without its handler until its time comes, or until more than half of
 * all are such; then they are swept out. So cancelling costs no search.
 */
export class EventQueue {
  readonly #queue = new RadixQueue();
  /**
   * Handler and argument of each slot, side by side for the sake of the cache; `undefined` if the slot is free or its
   * event was cancelled.
   */
  #held: unknown[] = new Array<undefined>(2 * SLOTS_MIN).fill(undefined);
  /** How often each slot was used: with the slot, the id of an event. */
  #generations: Int32Array<ArrayBuffer> = new Int32Array(SLOTS_MIN);
  /** Slots that are free, the last one first: it is the one that the cache has. */
  #free: Int32Array<ArrayBuffer> = new Int32Array(SLOTS_MIN);
  #freeCount = 0;
  #slots = 0;
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
  /** Hash of the label of its handler. */
  poppedLabelHash = 0;

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
    const queue = this.#queue;
    if (!(time >= queue.lastTime && time <= Number.MAX_SAFE_INTEGER && Math.floor(time) === time)) {
      const least = String(queue.lastTime);
      throw new RangeError(
        `an event's time must be a safe integer >= ${least}, not ${String(time)}`,
      );
    }
    const slot = this.#takeSlot();
    this.#held[2 * slot] = handler;
    this.#held[2 * slot + 1] = argument;
    // Most handlers that push are those that push themselves again.
    const isAgain = (handler as unknown) === this.poppedHandler;
    const labelHash = isAgain ? this.poppedLabelHash : hashOfLabel(handler.label);
    queue.add(slot, time, this.#pushed, labelHash);
    this.#pushed += 1;
    this.#live += 1;
    return (this.#generations[slot] as number) * EVENTS_WAITING_MAX + slot;
  }

  /** Takes an event out. False if it was popped or cancelled before, or there never was such an event. */
  cancel(id: EventId): boolean {
    const slot = id % EVENTS_WAITING_MAX;
    if (!(slot < this.#slots) || this.#held[2 * slot] === undefined) return false;
    if (this.#generations[slot] !== (id - slot) / EVENTS_WAITING_MAX) return false;
    this.#release(slot);
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
      const handler = this.#held[2 * slot] as EventHandler<never> | undefined;
      this.#free[this.#freeCount] = slot;
      this.#freeCount += 1;
      if (handler === undefined) {
        this.#dead -= 1;
        continue;
      }
      this.#live -= 1;
      this.poppedTime = queue.takenTime;
      this.poppedSequence = queue.takenSequence;
      this.poppedHandler = handler;
      this.poppedArgument = this.#held[2 * slot + 1];
      this.poppedLabelHash = queue.takenMark;
      this.#release(slot);
      return true;
    }
    this.poppedHandler = undefined;
    this.poppedArgument = undefined;
    return false;
  }

  /** Lets go of what is handed to whom. */
  #release(slot: number): void {
    this.#held[2 * slot] = undefined;
    this.#held[2 * slot + 1] = undefined;
  }

  #sweep(): void {
    this.#queue.retain((slot) => {
      if (this.#held[2 * slot] !== undefined) return true;
      this.#free[this.#freeCount] = slot;
      this.#freeCount += 1;
      return false;
    });
    this.#dead = 0;
  }

  #takeSlot(): number {
    while (this.#freeCount > 0) {
      this.#freeCount -= 1;
      const slot = this.#free[this.#freeCount] as number;
      const generation = (this.#generations[slot] as number) + 1;
      this.#generations[slot] = generation;
      if (generation < GENERATIONS_MAX) return slot;
    }
    const slot = this.#slots;
    if (slot === EVENTS_WAITING_MAX) {
      throw new RangeError(`no more than ${String(EVENTS_WAITING_MAX)} events may wait at a time`);
    }
    if (slot === this.#generations.length) this.#grow();
    this.#slots += 1;
    return slot;
  }

  #grow(): void {
    const slots = this.#slots * 2;
    const held = new Array<unknown>(2 * slots).fill(undefined);
    for (const [index, one] of this.#held.entries()) held[index] = one;
    const generations = new Int32Array(slots);
    generations.set(this.#generations);
    const free = new Int32Array(slots);
    free.set(this.#free);
    this.#held = held;
    this.#generations = generations;
    this.#free = free;
  }
}
