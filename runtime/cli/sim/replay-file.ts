import { createReplay, formatReplay, parseReplay } from "../../../sim/campaign/index.ts";
import type { Case, CaseOutcome, Replay, Violation } from "../../../sim/campaign/index.ts";
import { OperatorError } from "../../core/index.ts";
import { ConfigError } from "../config-error.ts";
import { optionalText } from "../option-spec.ts";
import type { OptionSpec } from "../option-spec.ts";
import { packageVersion } from "../package-version.ts";
import { chooseScenarioOf } from "./scenario-choice.ts";
import type { ChosenScenario } from "./scenario-choice.ts";
import { readTextFile, writeTextFile } from "./written-file.ts";

/** Options of commands that read a replay. */
export const REPLAY_OPTIONS: { readonly scenarios: OptionSpec<string | undefined> } = {
  scenarios: optionalText({
    doc: "Module that has the file's scenario; default: those built in",
    form: "path",
    env: "TAGWIRE_SIM_SCENARIOS",
  }),
};

/** A replay with its scenario. */
export interface LoadedReplay {
  readonly chosen: ChosenScenario;
  readonly replay: Replay;
}

/** Writes a case with what it came to. */
export async function writeReplay(
  path: string,
  given: Case,
  outcome: CaseOutcome,
  note: string,
): Promise<void> {
  const replay = createReplay({ case: given, outcome, tool: toolText(), note });
  await writeTextFile("--out", path, formatReplay(replay));
}

/** Writes a case whose run was ended from outside: nothing is known of it but that. */
export async function writeUnfinishedReplay(
  path: string,
  given: Case,
  violation: Violation,
  note: string,
): Promise<void> {
  const outcome = { verdict: "violated", violations: [violation], traceHash: "" } as const;
  const nothing = { events: 0, virtualMs: 0, coverage: {} };
  const { expect: _, ...others } = createReplay({
    case: given,
    outcome: { ...outcome, ...nothing },
    tool: toolText(),
    note,
  });
  const replay = { ...others, expect: { verdict: "violated", violation } as const };
  await writeTextFile("--out", path, formatReplay(replay));
}

/**
 * Reads a replay and finds its scenario.
 * @param module where, as the command line has it; undefined for what is built in.
 * @throws {ConfigError} if the file is no replay, or there is no such scenario.
 */
export async function readReplay(path: string, module: string | undefined): Promise<LoadedReplay> {
  const text = await readTextFile("file", path);
  let replay: Replay;
  try {
    replay = parseReplay(text, path);
  } catch (error) {
    throw error instanceof OperatorError ? new ConfigError([error]) : error;
  }
  return { chosen: await chooseScenarioOf(replay.case.scenario, module), replay };
}

function toolText(): string {
  return `tagwire ${packageVersion()}`;
}
