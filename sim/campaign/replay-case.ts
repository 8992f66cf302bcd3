import type { Replay } from "./replay-file.ts";
import { runCase } from "./run-case.ts";
import type { CaseOutcome, RunCaseOptions } from "./run-case.ts";
import type { Scenario } from "./scenario.ts";
import { isSameFailure } from "./shrink/shrink-case.ts";

/** What replaying came to. */
export interface ReplayReport {
  readonly outcome: CaseOutcome;
  /** Whether the verdict is the one expected, and of a violation the failure: the checker, of crashes also the place. */
  readonly isSameVerdict: boolean;
  /** Whether all happened as it did then; undefined if the file has no hash. */
  readonly isSameHash: boolean | undefined;
  /** For people, one sentence or two. */
  readonly text: string;
}

/** Runs the case of a replay and compares. The scenario is that of the case's name. */
export async function replayCase(
  scenario: Scenario,
  replay: Replay,
  options: RunCaseOptions = {},
): Promise<ReplayReport> {
  const { expect } = replay;
  const outcome = await runCase(scenario, replay.case, options);
  const [violation] = outcome.violations;
  const isSameVerdict =
    expect.verdict === "passed"
      ? violation === undefined
      : violation !== undefined && isSameFailure(violation, expect.violation);
  const isSameHash =
    expect.traceHash === undefined ? undefined : expect.traceHash === outcome.traceHash;
  const text = `${verdictText(replay, outcome, isSameVerdict)} ${hashText(replay, isSameHash)}`;
  return { outcome, isSameVerdict, isSameHash, text: text.trimEnd() };
}

function verdictText({ expect }: Replay, { violations }: CaseOutcome, isSame: boolean): string {
  const [violation] = violations;
  const now =
    violation === undefined ? "it passes" : `${violation.checker} is broken: ${violation.message}`;
  if (isSame) return violation === undefined ? "It passes, as then." : `As then, ${now}.`;
  const then = expect.verdict === "passed" ? "it passed" : `${expect.violation.checker} was broken`;
  return `Then ${then}; now ${now}.`;
}

function hashText({ tool }: Replay, isSameHash: boolean | undefined): string {
  if (isSameHash === undefined) return "";
  if (isSameHash) return "All happened as it did then.";
  return `Not all happened as it did when ${tool} wrote the file: the roles, the scenario or the simulator have changed.`;
}
