import { EventHeap } from "./event-heap.ts";

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
export const EVENTS_WAITING_MAX: number = 2 ** 24;
/** What the slot leaves of a safe integer. A slot that was used so often is never used again. */
const GENERATIONS_MAX = 2 ** 29;
/** Cancelled events that may lie in the heap, however few live ones there are. */
const DEAD_MIN = 64;

/**
 * Events in order of time, and of their pushing where times are equal.
 *
 * A cancelled event stays in the heap without its handler until it surfaces, or until more than half of the
 * heap is such; then they are swept out. So cancelling costs no search and moving an entry no back pointer.
 */
export class EventQueue {
  readonly #heap = new EventHeap();
  /** Handler of each slot; `undefined` if the slot is free or its event was cancelled. */
  readonly #handlers: (EventHandler<never> | undefined)[] = [];
  readonly #arguments: unknown[] = [];
  /** How often each slot was used: with the slot, the id of an event. */
  readonly #generations: number[] = [];
  readonly #free: number[] = [];
  #dead = 0;
  #sequence = 0;

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
    return this.#heap.length - this.#dead;
  }

  /**
   * Adds an event.
   * @param time integer from 0 to `Number.MAX_SAFE_INTEGER`; it may lie before what was popped last.
   * @throws {RangeError} if the time is no such integer, or as many events wait as ever may.
   */
  push<Argument>(time: number, handler: EventHandler<Argument>, argument: Argument): EventId {
    if (!(time >= 0 && Number.isSafeInteger(time))) {
      throw new RangeError(`an event's time must be a safe integer >= 0, not ${String(time)}`);
    }
    const slot = this.#takeSlot();
    this.#handlers[slot] = handler;
    this.#arguments[slot] = argument;
    this.#heap.add(time, this.#sequence, slot);
    this.#sequence += 1;
    return (this.#generations[slot] as number) * EVENTS_WAITING_MAX + slot;
  }

  /** Takes an event out. False if it was popped or cancelled before, or there never was such an event. */
  cancel(id: EventId): boolean {
    const slot = id % EVENTS_WAITING_MAX;
    if (this.#handlers[slot] === undefined) return false;
    if (this.#generations[slot] !== (id - slot) / EVENTS_WAITING_MAX) return false;
    this.#handlers[slot] = undefined;
    this.#arguments[slot] = undefined;
    this.#dead += 1;
    if (this.#dead > DEAD_MIN && this.#dead * 2 > this.#heap.length) this.#sweep();
    return true;
  }

  /** Time of the next event; `Infinity` if none waits. */
  peekTime(): number {
    this.#dropDead();
    return this.#heap.length === 0 ? Infinity : this.#heap.firstTime;
  }

  /** Takes the next event out and shows it in the members `popped…`. False if none waits. */
  pop(): boolean {
    this.#dropDead();
    const heap = this.#heap;
    if (heap.length === 0) {
      this.poppedHandler = undefined;
      this.poppedArgument = undefined;
      return false;
    }
    const slot = heap.firstSlot;
    this.poppedTime = heap.firstTime;
    this.poppedSequence = heap.firstSequence;
    this.poppedHandler = this.#handlers[slot];
    this.poppedArgument = this.#arguments[slot];
    this.#handlers[slot] = undefined;
    this.#arguments[slot] = undefined;
    heap.removeFirst();
    this.#releaseSlot(slot);
    return true;
  }

  #dropDead(): void {
    const heap = this.#heap;
    while (heap.length > 0 && this.#handlers[heap.firstSlot] === undefined) {
      const slot = heap.firstSlot;
      heap.removeFirst();
      this.#releaseSlot(slot);
      this.#dead -= 1;
    }
  }

  #sweep(): void {
    this.#heap.retain((slot) => {
      if (this.#handlers[slot] !== undefined) return true;
      this.#releaseSlot(slot);
      return false;
    });
    this.#dead = 0;
  }

  #takeSlot(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const slot = this.#handlers.length;
    if (slot === EVENTS_WAITING_MAX) {
      throw new RangeError(`no more than ${String(EVENTS_WAITING_MAX)} events may wait at a time`);
    }
    this.#handlers.push(undefined);
    this.#arguments.push(undefined);
    this.#generations.push(0);
    return slot;
  }

  #releaseSlot(slot: number): void {
    const generation = (this.#generations[slot] as number) + 1;
    this.#generations[slot] = generation;
    if (generation < GENERATIONS_MAX) this.#free.push(slot);
  }
}
