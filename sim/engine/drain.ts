/** Taken when this file loads, for both are trapped while a simulation runs. */
const nextTurn = setImmediate;

/**
 * How what an event set off (promises, `process.nextTick`, streams) is carried out before the next event.
 * `tick`: all in one turn of Node's loop, by `process._tickCallback`, which Node does not document.
 * `turn`: each event in a turn of its own, some three times slower. Both give the same hash.
 */
export type Drain = "tick" | "turn";

const drainQueues = (process as { readonly _tickCallback?: () => void })._tickCallback;

/** The fastest way that this Node has. */
export const DRAIN_DEFAULT: Drain = drainQueues === undefined ? "turn" : "tick";

/**
 * Calls `step` until it says that it is done, and lets all that each call set off come to an end before
 * the next call and before the end.
 * @param step true if there is more to do.
 * @throws what `step` throws; what a tick or microtask throws and nobody catches, such as the error of a stream that
 * nobody listens to; {RangeError} if this Node cannot drain so; {Error} if such faults go to somebody else already.
 */
export function stepDraining(step: () => boolean, drain: Drain): Promise<void> {
  if (process.hasUncaughtExceptionCaptureCallback()) {
    throw new Error("a run that drains must hear of faults that nobody catches, and others do");
  }
  return new Promise((resolve, reject) => {
    new Stepping(step, resolve, reject).start(drain);
  });
}

class Stepping {
  readonly #step: () => boolean;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  #isOver = false;

  constructor(step: () => boolean, resolve: () => void, reject: (reason: unknown) => void) {
    this.#step = step;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(drain: Drain): void {
    process.setUncaughtExceptionCaptureCallback((error) => {
      this.#end(error);
    });
    // Microtasks do not nest: only code that a turn of the loop calls directly can drain them.
    nextTurn(() => {
      if (drain === "tick") this.#finishInOneTurn();
      else this.#finishOverTurns();
    });
  }

  #finishInOneTurn(): void {
    if (drainQueues === undefined) {
      this.#end(new RangeError("this Node has no process._tickCallback"));
      return;
    }
    let isMore = true;
    while (isMore && !this.#isOver) {
      isMore = this.#next();
      // What a tick throws has to go up to Node, which puts in order what it left behind, and tells of it.
      drainQueues.call(process);
    }
    this.#end();
  }

  #finishOverTurns(): void {
    if (this.#isOver) return;
    const isMore = this.#next();
    nextTurn(() => {
      if (isMore) this.#finishOverTurns();
      else this.#end();
    });
  }

  #next(): boolean {
    try {
      return this.#step();
    } catch (error) {
      this.#end(error);
      return false;
    }
  }

  /** Ends it once. What was thrown is passed on as it is. */
  #end(...faults: readonly unknown[]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    process.setUncaughtExceptionCaptureCallback(null);
    if (faults.length === 0) this.#resolve();
    else this.#reject(faults[0]);
  }
}
