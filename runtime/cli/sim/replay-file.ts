import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { createReplay, formatReplay, parseReplay } from "../../../sim/campaign/index.ts";
import type { Case, CaseOutcome, Replay, Violation } from "../../../sim/campaign/index.ts";
import { OperatorError } from "../../core/index.ts";
import { ConfigError } from "../config-error.ts";
import { optionalText } from "../option-spec.ts";
import type { OptionSpec } from "../option-spec.ts";
import { packageVersion } from "../package-version.ts";
import { BUILT_IN_MODULE, chooseScenarioOf } from "./scenario-choice.ts";
import type { ChosenScenario } from "./scenario-choice.ts";
import { readTextFile, writeTextFile } from "./written-file.ts";

/** Options of commands that read a replay. */
export const REPLAY_OPTIONS: { readonly scenarios: OptionSpec<string | undefined> } = {
  scenarios: optionalText({
    doc: "Module that has the scenarios; default: the one that a replay file names, else those built in",
    form: "path",
    env: "TAGWIRE_SIM_SCENARIOS",
  }),
};

/** A replay with its scenario. */
export interface LoadedReplay {
  readonly chosen: ChosenScenario;
  readonly replay: Replay;
}

/** A replay to be written. */
export interface ReplayToWrite {
  readonly path: string;
  readonly chosen: ChosenScenario;
  readonly case: Case;
  readonly note: string;
  /** What the case was drawn from, if that is known. */
  readonly seed: number | undefined;
}

/** Writes a case with what it came to. */
export async function writeReplay(about: ReplayToWrite, outcome: CaseOutcome): Promise<void> {
  await writeTextFile("--out", about.path, formatReplay(createReplay(partsOf(about, outcome))));
}

/** Writes a case whose run was ended from outside: nothing is known of it but that. */
export async function writeUnfinishedReplay(
  about: ReplayToWrite,
  violation: Violation,
): Promise<void> {
  const nothing = { traceHash: "", events: 0, virtualMs: 0, coverage: {} };
  const outcome = { verdict: "violated", violations: [violation], ...nothing } as const;
  const { expect: _, ...others } = createReplay(partsOf(about, outcome));
  const replay = { ...others, expect: { verdict: "violated", violation } as const };
  await writeTextFile("--out", about.path, formatReplay(replay));
}

function partsOf(about: ReplayToWrite, outcome: CaseOutcome): Parameters<typeof createReplay>[0] {
  const { path, chosen, case: given, note, seed } = about;
  const { module } = chosen.source;
  const isBuiltIn = module === BUILT_IN_MODULE;
  return {
    case: given,
    outcome,
    tool: `tagwire ${packageVersion()}`,
    note,
    ...(seed !== undefined && { seed }),
    ...(!isBuiltIn && { module: pathFrom(dirname(path), fileURLToPath(module)) }),
  };
}

/** A path from a folder as replay files have it. */
function pathFrom(folder: string, path: string): string {
  return relative(folder, path).split(sep).join("/");
}

/**
 * Reads a replay and finds its scenario.
 * @param module where, as the command line has it; default: what the file names, else what is built in.
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
  const named = replay.module === undefined ? undefined : resolve(dirname(path), replay.module);
  return { chosen: await chooseScenarioOf(replay.case.scenario, module ?? named), replay };
}
