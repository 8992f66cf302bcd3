/** Longest wait that one system timer can hold; longer ones are continued. */
const WAIT_MS_MAX = 2 ** 31 - 1;

/** Named timers on the system's clock. */
export class TimerTable {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #now: () => number;
  readonly #onTimer: (timer: string) => void;

  /** @param options.now monotonic ms. @param options.onTimer told once per timer, never before it is due. */
  constructor(options: { readonly now: () => number; readonly onTimer: (timer: string) => void }) {
    this.#now = options.now;
    this.#onTimer = options.onTimer;
  }

  /** Timers that are armed. */
  get size(): number {
    return this.#timers.size;
  }

  /**
   * Arms a timer, replacing one of the same name.
   * @throws {RangeError} if `afterMs` is negative or not finite.
   */
  arm(timer: string, afterMs: number): void {
    if (!(afterMs >= 0 && Number.isFinite(afterMs))) {
      throw new RangeError(`timer ${timer}: cannot wait ${String(afterMs)} ms`);
    }
    this.cancel(timer);
    this.#wait(timer, this.#now() + afterMs);
  }

  /** Cancels a timer, if it is armed. */
  cancel(timer: string): void {
    clearTimeout(this.#timers.get(timer));
    this.#timers.delete(timer);
  }

  cancelAll(): void {
    for (const timeout of this.#timers.values()) clearTimeout(timeout);
    this.#timers.clear();
  }

  #wait(timer: string, dueMs: number): void {
    const waitMs = Math.min(Math.max(0, Math.ceil(dueMs - this.#now())), WAIT_MS_MAX);
    const timeout = setTimeout(() => {
      // The system counts whole milliseconds from the start of its turn and may be early by one.
      if (this.#now() < dueMs) {
        this.#wait(timer, dueMs);
        return;
      }
      this.#timers.delete(timer);
      this.#onTimer(timer);
    }, waitMs);
    this.#timers.set(timer, timeout);
  }
}
