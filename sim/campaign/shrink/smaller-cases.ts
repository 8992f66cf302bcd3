import type { Case, Scenario } from "../scenario.ts";
import { FEWER_ACTIONS, FEWER_FAULTS, fewerHosts } from "./reduce-lists.ts";
import { SIMPLER_LINKS, SIMPLER_NATS } from "./reduce-network.ts";
import { EARLIER_PACKETS, SIMPLER_TIMES } from "./reduce-numbers.ts";
import { FEWER_OUTAGES } from "./reduce-outages.ts";
import type { Reduction } from "./reduction.ts";

/** Where a search for smaller cases is. Plain data: it goes with the case from which the search goes on. */
export interface ShrinkCursor {
  /** Number of the reduction, in their order. */
  readonly reduction: number;
  /** Places that are tried at once; `Infinity` before the first try of a reduction. */
  readonly size: number;
  /** The place to try next. */
  readonly offset: number;
  /** Whether a smaller case was found since the first reduction. */
  readonly hasShrunk: boolean;
}

/** A case to try, and where to go on if it is taken. */
export interface SmallerCase {
  readonly case: Case;
  readonly cursor: ShrinkCursor;
  /** What was made simpler: `faults`. */
  readonly what: string;
}

const START: ShrinkCursor = { reduction: 0, size: Infinity, offset: 0, hasShrunk: false };

/**
 * Smaller cases than the given one, the boldest first. Whoever finds one that will do goes on from it with its
 * cursor; if none will do, the given case is as small as this search gets it: no single step is left.
 *
 * Lists are cut by delta debugging (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, TSE 2002):
 * all of it, then halves, quarters, down to single members; the cursor keeps what was tried in vain before the latest
 * success from being tried again. When all reductions are through and one found something, they begin anew, for what
 * one took away may let another go further.
 */
export function* smallerCases(
  scenario: Scenario,
  given: Case,
  cursor: ShrinkCursor = START,
): Generator<SmallerCase> {
  const reductions = reductionsOf(scenario);
  yield* fromCursor(reductions, given, cursor);
  if (cursor.hasShrunk) yield* fromCursor(reductions, given, START);
}

function* fromCursor(
  reductions: readonly Reduction[],
  given: Case,
  cursor: ShrinkCursor,
): Generator<SmallerCase> {
  const text = JSON.stringify(given);
  for (let index = cursor.reduction; index < reductions.length; index += 1) {
    const reduction = reductions[index] as Reduction;
    const count = reduction.count(given);
    const isFirst = index === cursor.reduction;
    const sizeMax = reduction.isSingle === true ? 1 : count;
    let offset = isFirst ? cursor.offset : 0;
    let size = Math.min(isFirst ? cursor.size : Infinity, sizeMax);
    for (; count > 0 && size >= 1; size = Math.floor(size / 2)) {
      for (; offset < count; offset += size) {
        const smaller = reduction.reduce(given, offset, Math.min(offset + size, count));
        // Who went on from an equal case would never come to an end.
        if (JSON.stringify(smaller) === text) continue;
        const next = { reduction: index, size, offset, hasShrunk: true };
        yield { case: smaller, cursor: next, what: reduction.name };
      }
      offset = 0;
    }
  }
}

function reductionsOf(scenario: Scenario): readonly Reduction[] {
  const lists = [FEWER_FAULTS, FEWER_ACTIONS, fewerHosts(scenario), FEWER_OUTAGES];
  const simpler = [SIMPLER_LINKS, SIMPLER_NATS, simplerParameters(scenario)];
  return [...lists, ...EARLIER_PACKETS, ...simpler, ...SIMPLER_TIMES];
}

/** What the scenario itself knows to simplify. */
function simplerParameters(scenario: Scenario): Reduction {
  const simpler = (given: Case): readonly Case[] => [...(scenario.simplify?.(given) ?? [])];
  return {
    name: "parameters",
    isSingle: true,
    count: (given) => simpler(given).length,
    reduce: (given, from) => simpler(given)[from] ?? given,
  };
}
