import { dirname } from "node:path";
import { replayCase, sizeOf } from "../../../sim/campaign/index.ts";
import type { ReplayReport } from "../../../sim/campaign/index.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, optionalText } from "../option-spec.ts";
import { violationText } from "./campaign-text.ts";
import { colourOf } from "./colour.ts";
import { TRACE_FILES, writeTrace } from "./failure-folder.ts";
import { sizeText } from "./failure.ts";
import { replayCommand } from "./replay-command-line.ts";
import { readReplay, REPLAY_OPTIONS } from "./replay-file.ts";
import type { LoadedReplay } from "./replay-file.ts";
import { SIM_TITLES } from "./sim-titles.ts";

const OPTIONS = {
  ...REPLAY_OPTIONS,
  trace: flag({
    doc: "Write trace, capture and diagram; --no-trace only runs it",
    fallback: true,
    flagOnly: true,
  }),
  out: optionalText({ doc: "Folder for them; default: that of the file", flagOnly: true }),
};

/** `tagwire sim replay`: the same case again. */
export const REPLAY_COMMAND: Command = defineCommand({
  ...SIM_TITLES.replay,
  positionals: { file: { doc: "A replay.json", required: true } },
  options: OPTIONS,
  examples: [
    ["$0 sim replay sim-failures/control-17/replay.json", "See it fail, or pass once it is mended"],
    ["$0 sim replay replay.json --scenarios ./scenarios.ts", "Of a scenario of one's own"],
    ["$0 sim replay replay.json --no-trace --json", "Only what came of it"],
  ],
  run: runReplayCommand,
});

async function runReplayCommand(run: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { values, positionals, write } = run;
  const { file = "" } = positionals;
  const loaded = await readReplay(file, values.scenarios);
  const { chosen, replay } = loaded;
  const folder = values.out ?? dirname(file);
  const report = values.trace
    ? await writeTrace({
        chosen,
        folder,
        replay: replayCommand(file, chosen.source),
        title: `${chosen.scenario.name}, replayed`,
        case: replay.case,
        run: (sink) => replayCase(chosen.scenario, replay, { sink }),
      })
    : await replayCase(chosen.scenario, replay);
  const { coverage: _, ...outcome } = report.outcome;
  const { isSameVerdict, isSameHash } = report;
  const text = reportText(run, loaded, report);
  const files = values.trace ? `\n  look at ${folder}/: ${TRACE_FILES.join(", ")}` : "";
  write({ scenario: chosen.scenario.name, isSameVerdict, isSameHash, ...outcome }, text + files);
  return outcome.verdict === "passed" ? EXIT.ok : EXIT.failed;
}

function reportText(
  { terminal }: CommandRun<typeof OPTIONS>,
  { chosen, replay }: LoadedReplay,
  { outcome, text }: ReplayReport,
): string {
  const colour = colourOf(terminal.out, terminal.env);
  const [violation] = outcome.violations;
  return [
    `${chosen.scenario.name}: a case of ${sizeText(sizeOf(replay.case))}. ${replay.note ?? ""}`.trimEnd(),
    violation === undefined
      ? `  ${colour.good("passed")}`
      : `  ${colour.bad("FAILED")} ${violationText(violation)}`,
    ...(violation?.stack ?? []).map((line) => `      at ${line}`),
    `  ${text}`,
  ].join("\n");
}
