import { dirname } from "node:path";
import { NothingToShrinkError, shrinkCase } from "../../../sim/campaign/index.ts";
import type { ShrinkResult } from "../../../sim/campaign/index.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand, FailedError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { integer, optionalText } from "../option-spec.ts";
import { violationText } from "./campaign-text.ts";
import { tracedRun, writeTrace } from "./failure-folder.ts";
import { ShrinkText, sizeText } from "./failure.ts";
import { Interruption } from "./interruption.ts";
import { replayCommand } from "./replay-command-line.ts";
import { readReplay, REPLAY_OPTIONS, writeReplay } from "./replay-file.ts";
import type { LoadedReplay } from "./replay-file.ts";
import { SIM_TITLES } from "./sim-titles.ts";

const OPTIONS = {
  ...REPLAY_OPTIONS,
  seconds: integer({
    doc: "How long the search may take",
    fallback: 600,
    flagOnly: true,
    min: 1,
    max: 86_400,
  }),
  runs: integer({
    doc: "How many runs it may take",
    fallback: 20_000,
    flagOnly: true,
    min: 1,
    max: 10_000_000,
  }),
  to: optionalText({ doc: "File for the smaller case; default: the same file", flagOnly: true }),
};

/** `tagwire sim shrink`: as small as it gets. */
export const SHRINK_COMMAND: Command = defineCommand({
  ...SIM_TITLES.shrink,
  positionals: { file: { doc: "A replay.json", required: true } },
  options: OPTIONS,
  examples: [
    ["$0 sim shrink sim-failures/control-17/replay.json --seconds 1800", "Search for longer"],
    ["$0 sim shrink replay.json --to small/replay.json", "Keep the larger one"],
  ],
  run: runShrinkCommand,
});

async function runShrinkCommand({
  values,
  positionals,
  write,
  terminal,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { file = "" } = positionals;
  const { to = file } = values;
  const loaded = await readReplay(file, values.scenarios);
  const { chosen, replay } = loaded;
  using interruption = new Interruption();
  const progress = new ShrinkText(terminal.err);
  const shrunk = await asFailure(file, () =>
    shrinkCase(chosen.scenario, replay.case, {
      wallMsMax: values.seconds * 1000,
      runsMax: values.runs,
      signal: interruption.signal,
      onProgress: (state) => {
        progress.take(state);
      },
    }),
  );
  progress.end();
  await writeSmaller(to, loaded, shrunk);
  const { from, to: size, runs, violation, isComplete } = shrunk;
  const lines = [
    `${chosen.scenario.name}: from ${sizeText(from)} to ${sizeText(size)} in ${String(runs)} runs${isComplete ? "" : ", and there may be smaller ones"}`,
    `  ${violationText(violation)}`,
    `  run it again: ${replayCommand(to, chosen.source)}`,
  ];
  write({ file: to, from, to: size, runs, isComplete, violation }, lines.join("\n"));
  return interruption.hasCome ? EXIT.interrupted : EXIT.ok;
}

async function writeSmaller(
  file: string,
  { chosen, replay }: LoadedReplay,
  { case: given, from }: ShrinkResult,
): Promise<void> {
  const { outcome } = await writeTrace({
    chosen,
    case: given,
    folder: dirname(file),
    replay: replayCommand(file, chosen.source),
    title: `${chosen.scenario.name}, made smaller`,
    run: tracedRun(chosen, given),
  });
  const { note = `Made smaller from ${sizeText(from)}.`, seed } = replay;
  await writeReplay({ path: file, chosen, case: given, note, seed }, outcome);
}

/** A case that passes cannot be made smaller: the operator is told so. */
async function asFailure<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NothingToShrinkError)) throw error;
    throw new FailedError(EXIT.failed, {
      place: file,
      problem: "its case passes: there is nothing to make smaller.",
      remedy: "Give a case that fails; `tagwire sim replay` shows whether it does.",
    });
  }
}
