/** What the number of a message is to its receiver. */
export type NumberStanding =
  /** Not taken yet. */
  | "new"
  /** Its message was taken. */
  | "taken"
  /** So old that it cannot be told any more whether its message was taken. */
  | "stale";

/** Which numbers are taken, as a store keeps it. */
export interface TakenNumbersState {
  /** Nothing is told apart up to this number; 0 for none. */
  readonly staleTo: number;
  /** Runs of taken numbers, each as its first and its last: ascending, with a gap between any two. */
  readonly runs: readonly (readonly [first: number, last: number])[];
}

/** Nothing is taken. */
const NOTHING_TAKEN: TakenNumbersState = { staleTo: 0, runs: [] };

/**
 * The numbers of one sender's messages that were taken. What it costs is bounded by the number of gaps, not by how far
 * numbers lie apart, so that a message that cannot be taken keeps none of those after it from being told apart.
 */
export class TakenNumbers {
  readonly #runsMax: number;
  #state: TakenNumbersState;

  /** @param runsMax runs that are kept, at least 1: of more the lowest is forgotten, and all up to its end is stale. */
  constructor(runsMax: number, state: TakenNumbersState = NOTHING_TAKEN) {
    this.#runsMax = runsMax;
    this.#state = state;
  }

  get state(): TakenNumbersState {
    return this.#state;
  }

  check(number: number): NumberStanding {
    const { runs, staleTo } = this.#state;
    if (!Number.isSafeInteger(number) || number < 1 || number <= staleTo) return "stale";
    const isTaken = runs.some(([first, last]) => first <= number && number <= last);
    return isTaken ? "taken" : "new";
  }

  /** The state after this number was taken too, which must be new; changes nothing. */
  after(number: number): TakenNumbersState {
    const { runs, staleTo } = this.#state;
    const below = runs.filter(([, last]) => last < number - 1);
    const above = runs.filter(([first]) => first > number + 1);
    const beside = runs.slice(below.length, runs.length - above.length).flat();
    const run = [Math.min(number, ...beside), Math.max(number, ...beside)] as const;
    const all = [...below, run, ...above];
    const forgotten = all.slice(0, Math.max(0, all.length - this.#runsMax));
    return {
      staleTo: forgotten.at(-1)?.[1] ?? staleTo,
      runs: all.slice(forgotten.length),
    };
  }

  accept(number: number): void {
    this.#state = this.after(number);
  }
}

/** Whether a value that a store gave back is such a state. */
export function isTakenNumbersState(value: unknown): value is TakenNumbersState {
  if (typeof value !== "object" || value === null) return false;
  const { runs, staleTo } = value as Partial<Record<keyof TakenNumbersState, unknown>>;
  if (!isNumber(staleTo) || !Array.isArray(runs)) return false;
  let end = staleTo;
  return runs.every((run: unknown) => {
    if (!Array.isArray(run) || run.length !== 2) return false;
    const [first, last] = run as readonly unknown[];
    if (!isNumber(first) || !isNumber(last) || first <= end || last < first) return false;
    end = last + 1;
    return true;
  });
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
