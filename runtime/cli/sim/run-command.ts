import { join } from "node:path";
import { caseOfSeed } from "../../../sim/campaign/index.ts";
import type { CampaignResult } from "../../../sim/campaign/index.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, integer, optionalText } from "../option-spec.ts";
import { runAsked } from "./campaign-run.ts";
import { campaignText } from "./campaign-text.ts";
import { failuresToShow, writeFailure } from "./failure.ts";
import type { WrittenFailure } from "./failure.ts";
import { colourOf } from "./colour.ts";
import { failureText } from "./failure-text.ts";
import { TRACE_FILES, tracedRun, writeTrace } from "./failure-folder.ts";
import { Interruption } from "./interruption.ts";
import { chooseScenarios, SCENARIOS_DOC } from "./scenario-choice.ts";
import type { ChosenScenario } from "./scenario-choice.ts";
import { CAMPAIGN_OPTIONS, OUT_OPTIONS, seedsAsked } from "./sim-options.ts";
import { SIM_TITLES } from "./sim-titles.ts";
import { writeTextFile } from "./written-file.ts";

const OPTIONS = {
  ...CAMPAIGN_OPTIONS,
  ...OUT_OPTIONS,
  stopAtFirst: flag({
    doc: "End a scenario's campaign at the lowest seed that fails",
    fallback: false,
    env: "TAGWIRE_SIM_STOP_AT_FIRST",
  }),
  failures: integer({
    doc: "Of how many failures of a scenario files are written: of each rule its first, then others",
    fallback: 3,
    env: "TAGWIRE_SIM_FAILURES",
    min: 0,
    max: 1000,
  }),
  trace: flag({
    doc: "Write trace, capture and diagram of each run, also of those that pass; at most 20",
    fallback: false,
    flagOnly: true,
  }),
  result: optionalText({
    doc: "Write the results as JSON to this file, for merge and coverage",
    form: "file",
    env: "TAGWIRE_SIM_RESULT",
  }),
};

type RunOptions = CommandRun<typeof OPTIONS>;

const TRACED_RUNS_MAX = 20;

/** `tagwire sim run`: campaigns. */
export const RUN_COMMAND: Command = defineCommand({
  ...SIM_TITLES.run,
  positionals: { scenarios: { doc: SCENARIOS_DOC, required: false, many: true } },
  options: OPTIONS,
  examples: [
    ["$0 sim run control --seeds 1000", "A campaign, on all cores"],
    ["$0 sim run control --seed 17 --trace", "One seed, with its trace, capture and diagram"],
    ["$0 sim run --seeds 10000 --shard 2/8 --result shard-2.json", "An eighth of all, in CI"],
    ["$0 sim run ./scenarios.ts --seeds 200", "Scenarios of one's own"],
  ],
  run: runRunCommand,
});

async function runRunCommand(run: RunOptions): Promise<ExitCode> {
  const { rest, values, write, json, terminal } = run;
  const colour = colourOf(terminal.out, terminal.env);
  const chosen = await chooseScenarios(rest);
  using interruption = new Interruption();
  const results: CampaignResult[] = [];
  const failures: WrittenFailure[] = [];
  for (const each of chosen) {
    if (interruption.hasCome) break;
    const result = await runAsked(each, {
      values,
      output: terminal.err,
      signal: interruption.signal,
      failuresToldMax: values.failures,
      stopAtFirst: values.stopAtFirst,
    });
    results.push(result);
    if (!json) terminal.out.write(`${campaignText(result, colour)}\n`);
    if (values.trace) await traceRuns(run, each, result);
    for (const failure of failuresToShow(result.failures, values.failures)) {
      const written = await writeFailure(failure, {
        chosen: each,
        seed: failure.seed,
        choices: result.choices,
        out: values.out,
        shrinkS: values.shrink ? values.shrinkS : undefined,
        signal: interruption.signal,
        output: terminal.err,
      });
      failures.push(written);
      if (!json) terminal.out.write(`${failureText(written, colour)}\n`);
    }
  }
  const isInterrupted = interruption.hasCome;
  if (values.result !== undefined) {
    await writeTextFile("--result", values.result, `${JSON.stringify({ results })}\n`);
  }
  const failed = results.reduce((sum, result) => sum + result.failures.length, 0);
  if (json) write({ ok: failed === 0 && !isInterrupted, isInterrupted, results, failures }, "");
  else if (isInterrupted) run.tell("interrupted; what is above is of the runs that had ended");
  if (failed > 0) return EXIT.failed;
  return isInterrupted ? EXIT.interrupted : EXIT.ok;
}

/** Writes what happened in the first runs of a campaign, but for those that had to be ended from outside: here nobody would. */
async function traceRuns(
  { values, json, terminal }: RunOptions,
  chosen: ChosenScenario,
  { runs, choices, failures }: CampaignResult,
): Promise<void> {
  const { first, step } = seedsAsked(values);
  const unfinished = new Set(
    failures.flatMap(({ seed, traceHash }) => (traceHash === "" ? [seed] : [])),
  );
  for (let index = 0; index < Math.min(runs, TRACED_RUNS_MAX); index += 1) {
    const seed = first + index * step;
    if (unfinished.has(seed)) continue;
    const folder = join(values.out, `${chosen.scenario.name}-${String(seed)}-trace`);
    const given = caseOfSeed(chosen.scenario, seed, choices);
    await writeTrace({
      chosen,
      case: given,
      folder,
      replay: undefined,
      title: `${chosen.scenario.name}, seed ${String(seed)}`,
      run: tracedRun(chosen, given),
    });
    if (!json) terminal.out.write(`  seed ${String(seed)}: ${folder}/${TRACE_FILES.join(", ")}\n`);
  }
}
