/** What a deadline uses of a role's kernel. */
export interface DeadlineClock {
  readonly nowMs: number;
  arm(timer: string, afterMs: number, fire: () => void): void;
  cancel(timer: string): void;
}

/** One timer for many things that become due, armed for the first of them. */
export class Deadline {
  readonly #clock: DeadlineClock;
  readonly #timer: string;
  readonly #fire: () => void;
  #dueMs: number | undefined;

  /** @param fire looks what is due by now; it calls `moveTo` with what is due next. */
  constructor(clock: DeadlineClock, timer: string, fire: () => void) {
    this.#clock = clock;
    this.#timer = timer;
    this.#fire = fire;
  }

  /** Sets when the first thing is due, in the time of `nowMs`; undefined for nothing. */
  moveTo(dueMs: number | undefined): void {
    if (dueMs === this.#dueMs) return;
    this.#dueMs = dueMs;
    if (dueMs === undefined) {
      this.#clock.cancel(this.#timer);
      return;
    }
    this.#clock.arm(this.#timer, Math.max(0, dueMs - this.#clock.nowMs), () => {
      // Forgotten first: a host's timer may fire a little early, and then it must be armed once more.
      this.#dueMs = undefined;
      this.#fire();
    });
  }
}
