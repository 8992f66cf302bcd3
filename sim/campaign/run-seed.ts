import { RandomStream } from "../engine/index.ts";
import { runCase } from "./run-case.ts";
import type { CaseOutcome, RunCaseOptions } from "./run-case.ts";
import type { Case, CaseChoices, Scenario } from "./scenario.ts";

/** The case of a seed: the same on every machine. */
export function caseOfSeed(scenario: Scenario, seed: number, choices: CaseChoices = {}): Case {
  return scenario.draw(RandomStream.fromSeed(seed), choices);
}

/**
 * Draws the case of a seed and runs it.
 * @throws {Error} that names the seed if the scenario cannot draw it, or drew a topology that makes no sense.
 */
export async function runSeed(
  scenario: Scenario,
  seed: number,
  choices: CaseChoices = {},
  options: RunCaseOptions = {},
): Promise<CaseOutcome> {
  try {
    return await runCase(scenario, caseOfSeed(scenario, seed, choices), options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `scenario ${scenario.name} draws no sound case of seed ${String(seed)}: ${reason}`,
      {
        cause,
      },
    );
  }
}
