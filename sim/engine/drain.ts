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
 * @throws what `step` throws, and {RangeError} if this Node cannot drain so.
 */
export function stepDraining(step: () => boolean, drain: Drain): Promise<void> {
  // Microtasks do not nest: only code that a turn of the loop calls directly can drain them.
  return new Promise((resolve, reject) => {
    const finish = drain === "tick" ? finishInOneTurn : finishOverTurns;
    nextTurn(() => {
      finish(step, resolve, reject);
    });
  });
}

type Reject = (reason: unknown) => void;

function finishInOneTurn(step: () => boolean, resolve: () => void, reject: Reject): void {
  try {
    if (drainQueues === undefined) throw new RangeError("this Node has no process._tickCallback");
    let isMore = true;
    while (isMore) {
      isMore = step();
      drainQueues.call(process);
    }
    resolve();
  } catch (error) {
    reject(error);
  }
}

function finishOverTurns(step: () => boolean, resolve: () => void, reject: Reject): void {
  try {
    if (step()) {
      nextTurn(() => {
        finishOverTurns(step, resolve, reject);
      });
    } else {
      nextTurn(resolve);
    }
  } catch (error) {
    reject(error);
  }
}
