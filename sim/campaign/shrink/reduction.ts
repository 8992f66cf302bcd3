import type { Case } from "../scenario.ts";

/** A way to make cases smaller: places, some of which are taken away, or made simpler, at once. */
export interface Reduction {
  /** What it is about, for progress: `faults`. */
  readonly name: string;
  /** True if each place must be tried by itself. Default false: large groups are tried first. */
  readonly isSingle?: boolean;
  /** How many places of the case can become simpler. */
  count(given: Case): number;
  /** The case with the places from `from` to before `to` simpler. May be an equal case, which then counts for nothing. */
  reduce(given: Case, from: number, to: number): Case;
}

/** A list without the members from `from` to before `to`. */
export function without<T>(list: readonly T[], from: number, to: number): T[] {
  return [...list.slice(0, from), ...list.slice(to)];
}
