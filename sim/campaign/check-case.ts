import { checkDeterminism } from "../engine/index.ts";
import type { DeterminismOptions, DeterminismReport } from "../engine/index.ts";
import { runCase } from "./run-case.ts";
import type { Case, Scenario } from "./scenario.ts";

/**
 * Runs a case twice and compares event by event; if the runs differ, says where first, with both sides. A case that
 * fails is compared up to its end, like any other.
 * @throws {RangeError} if the case's topology makes no sense.
 */
export function checkCase(
  scenario: Scenario,
  given: Case,
  options: DeterminismOptions = {},
): Promise<DeterminismReport> {
  return checkDeterminism((watch) => runCase(scenario, given, { watch }), options);
}
