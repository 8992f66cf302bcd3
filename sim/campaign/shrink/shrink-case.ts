import { setImmediate as nextTurn } from "node:timers/promises";
import { runCase } from "../run-case.ts";
import type { CaseOutcome } from "../run-case.ts";
import type { Case, Scenario, Violation } from "../scenario.ts";
import { smallerCases } from "./smaller-cases.ts";

/** How long to search. */
export interface ShrinkOptions {
  /** Runs at most. Default 2,000. */
  readonly runsMax?: number;
  /** Milliseconds of this machine, at most; the run that goes on then comes to its end. Default 120,000. */
  readonly wallMsMax?: number;
  /** Hears of each run. */
  readonly onProgress?: (progress: ShrinkProgress) => void;
  /** Ends the search; the smallest case so far is its result. */
  readonly signal?: AbortSignal;
}

/** How large a case is. */
export interface CaseSize {
  readonly faults: number;
  readonly actions: number;
  readonly hosts: number;
}

/** How far shrinking is. */
export interface ShrinkProgress {
  readonly runs: number;
  /** The smallest case so far that fails. */
  readonly size: CaseSize;
  /** What was made simpler in the case that was run now. */
  readonly what: string;
  /** Whether it fails as well, and is the smallest now. */
  readonly isSmaller: boolean;
}

/** What shrinking came to. */
export interface ShrinkResult {
  readonly case: Case;
  /** Of that case. */
  readonly outcome: CaseOutcome;
  /** That case's, by the same checker as at the beginning. */
  readonly violation: Violation;
  readonly from: CaseSize;
  readonly to: CaseSize;
  readonly runs: number;
  /** False if the search ended by one of its bounds: there may be smaller cases. */
  readonly isComplete: boolean;
}

/** A case that does not fail cannot be shrunk. */
export class NothingToShrinkError extends Error {
  override readonly name = "NothingToShrinkError";
}

/** Texts of cases that were run, so that none is run twice; beyond so many the search goes on without. */
const TRIED_MAX = 20_000;

/**
 * Searches for the smallest case that fails as the given one does: few faults, few actions, few hosts, plain links
 * and NAT boxes, short and round times.
 * @throws {NothingToShrinkError} if the given case passes.
 */
export async function shrinkCase(
  scenario: Scenario,
  given: Case,
  options: ShrinkOptions = {},
): Promise<ShrinkResult> {
  const outcome = await runCase(scenario, given);
  const [violation] = outcome.violations;
  if (violation === undefined) {
    throw new NothingToShrinkError(`this case of scenario ${scenario.name} passes`);
  }
  const search = new ShrinkSearch(scenario, { case: given, outcome, violation }, options);
  await search.run();
  return search.result(given);
}

/** Whether two violations are of one failure: the same checker, and of crashes the same error from the same place. */
export function isSameFailure(one: Violation, other: Violation): boolean {
  if (one.checker !== other.checker) return false;
  if (one.checker !== "crash") return true;
  const kindOf = ({ message }: Violation): string => message.split(":", 1)[0] ?? "";
  return kindOf(one) === kindOf(other) && one.stack?.[0] === other.stack?.[0];
}

/** The size of a case. */
export function sizeOf({ faults, actions, topology }: Case): CaseSize {
  return { faults: faults.length, actions: actions.length, hosts: topology.hosts.length };
}

/** A case that fails. */
interface Failing {
  readonly case: Case;
  readonly outcome: CaseOutcome;
  readonly violation: Violation;
}

class ShrinkSearch {
  readonly #scenario: Scenario;
  readonly #options: ShrinkOptions;
  readonly #violation: Violation;
  readonly #tried = new Set<string>();
  readonly #endMs: number;
  #smallest: Failing;
  #runs = 1;
  #isComplete = false;

  constructor(scenario: Scenario, failing: Failing, options: ShrinkOptions) {
    const { wallMsMax = 120_000 } = options;
    this.#scenario = scenario;
    this.#options = options;
    this.#violation = failing.violation;
    this.#smallest = failing;
    this.#endMs = performance.now() + wallMsMax;
  }

  async run(): Promise<void> {
    let candidates = smallerCases(this.#scenario, this.#smallest.case);
    for (let next = candidates.next(); next.done !== true; next = candidates.next()) {
      const { case: candidate, cursor, what } = next.value;
      if (this.#wasTried(candidate)) continue;
      if (this.#isOver()) return;
      // Lets the caller's timers and signals have their turn between two runs.
      await nextTurn();
      const found = await this.#try(candidate);
      if (found !== undefined) {
        this.#smallest = found;
        candidates = smallerCases(this.#scenario, candidate, cursor);
      }
      const size = sizeOf(this.#smallest.case);
      this.#options.onProgress?.({ runs: this.#runs, size, what, isSmaller: found !== undefined });
    }
    this.#isComplete = true;
  }

  result(given: Case): ShrinkResult {
    const to = sizeOf(this.#smallest.case);
    return {
      ...this.#smallest,
      from: sizeOf(given),
      to,
      runs: this.#runs,
      isComplete: this.#isComplete,
    };
  }

  async #try(candidate: Case): Promise<Failing | undefined> {
    this.#runs += 1;
    const outcome = await this.#outcomeOf(candidate);
    const violation = outcome?.violations[0];
    if (outcome === undefined || violation === undefined) return undefined;
    if (!isSameFailure(violation, this.#violation)) return undefined;
    return { case: candidate, outcome, violation };
  }

  async #outcomeOf(candidate: Case): Promise<CaseOutcome | undefined> {
    try {
      return await runCase(this.#scenario, candidate);
    } catch (error) {
      // What a scenario makes simpler may be a network that makes no sense: then it is no case.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #isOver(): boolean {
    const { runsMax = 2_000, signal } = this.#options;
    if (signal?.aborted === true) return true;
    return this.#runs >= runsMax || performance.now() >= this.#endMs;
  }

  #wasTried(candidate: Case): boolean {
    const text = JSON.stringify(candidate);
    if (this.#tried.has(text)) return true;
    if (this.#tried.size < TRIED_MAX) this.#tried.add(text);
    return false;
  }
}
