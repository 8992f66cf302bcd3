import {
  CountSum,
  coverageReport,
  coverageText,
  isCovered,
  parseExcuses,
  runCampaign,
} from "../../../sim/campaign/index.ts";
import type { CampaignResult, Excuses, ScenarioSpec } from "../../../sim/campaign/index.ts";
import { coveragePage } from "../../../sim/view/coverage/coverage-page.ts";
import { OperatorError } from "../../core/index.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import { ConfigError, configError } from "../config-error.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, optionalText } from "../option-spec.ts";
import { countText } from "./campaign-text.ts";
import { Interruption } from "./interruption.ts";
import { ProgressText } from "./progress.ts";
import { REPLAY_OPTIONS } from "./replay-file.ts";
import { readResults } from "./result-file.ts";
import { chooseScenarios } from "./scenario-choice.ts";
import type { ChosenScenario } from "./scenario-choice.ts";
import { CAMPAIGN_OPTIONS, choicesAsked, seedsAsked } from "./sim-options.ts";
import { SIM_TITLES } from "./sim-titles.ts";
import { readTextFile, writeTextFile } from "./written-file.ts";

const OPTIONS = {
  ...CAMPAIGN_OPTIONS,
  ...REPLAY_OPTIONS,
  excuses: optionalText({
    doc: "JSON object of elements that no run can exercise, each with the reason",
    form: "file",
    env: "TAGWIRE_SIM_EXCUSES",
  }),
  html: optionalText({
    doc: "Write the report as a page to this file",
    flagOnly: true,
    form: "file",
  }),
  check: flag({
    doc: "Fail if anything was neither exercised nor excused, or an excuse is stale",
    fallback: false,
    flagOnly: true,
  }),
};

type CoverageRun = CommandRun<typeof OPTIONS>;

/** `tagwire sim coverage`: what of the spec was exercised. */
export const COVERAGE_COMMAND: Command = defineCommand({
  ...SIM_TITLES.coverage,
  positionals: {
    results: {
      doc: "Files that `tagwire sim run --result` or `merge --result` wrote; without one campaigns are run now",
      required: false,
      many: true,
    },
  },
  options: OPTIONS,
  examples: [
    ["$0 sim coverage --seeds 50", "Run all built-in scenarios and tell"],
    ["$0 sim coverage all.json --html coverage.html", "Of results that there are, as a page"],
    [
      "$0 sim coverage all.json --excuses excuses.json --check",
      "Fail in CI if something is missing",
    ],
  ],
  run: runCoverageCommand,
});

async function runCoverageCommand(run: CoverageRun): Promise<ExitCode> {
  const { rest, values, write, tell } = run;
  using interruption = new Interruption();
  const chosen = await chooseScenarios(values.scenarios === undefined ? [] : [values.scenarios]);
  const results =
    rest.length > 0
      ? (await Promise.all(rest.map(readResults))).flat()
      : await runAll(run, chosen, interruption);
  const counts = new CountSum();
  for (const { coverage } of results) counts.add(coverage);
  const excuses = await readExcuses(values.excuses);
  const report = coverageReport(specOf(chosen, results), counts.counts, excuses);
  const about = results.map(({ scenario, runs }) => `${scenario}: ${countText(runs, "seed")}`);
  if (values.html !== undefined) {
    const title = "What of the spec was exercised";
    await writeTextFile("--html", values.html, coveragePage(report, { title, about }));
    tell(`wrote ${values.html}`);
  }
  write(report, [...about, coverageText(report)].join("\n"));
  if (interruption.hasCome) return EXIT.interrupted;
  return values.check && !isCovered(report) ? EXIT.failed : EXIT.ok;
}

async function runAll(
  { values, terminal }: CoverageRun,
  chosen: readonly ChosenScenario[],
  { signal }: Interruption,
): Promise<readonly CampaignResult[]> {
  const results: CampaignResult[] = [];
  for (const { scenario, source } of chosen) {
    if (signal.aborted) break;
    const progress = new ProgressText(terminal.err, scenario.name);
    results.push(
      await runCampaign({
        source,
        seeds: seedsAsked(values),
        choices: choicesAsked(values),
        workers: values.workers,
        signal,
        onProgress: (state) => {
          progress.take(state);
        },
      }),
    );
    progress.end();
  }
  return results;
}

/** The spec that the results' scenarios share. @throws {ConfigError} if they have none, or several. */
function specOf(
  chosen: readonly ChosenScenario[],
  results: readonly CampaignResult[],
): ScenarioSpec {
  const remedy = "Give results of scenarios of one spec, and --scenarios if it is your own.";
  const specs = results.map((result): ScenarioSpec => {
    const found = chosen.find(({ scenario }) => scenario.name === result.scenario);
    const spec = found?.scenario.spec;
    if (spec === undefined) {
      const what = found === undefined ? "is not known" : "names no spec";
      throw configError(result.scenario, `the scenario ${what}.`, remedy);
    }
    return spec;
  });
  const [first] = specs;
  if (first === undefined) throw configError("results", "there are none.", remedy);
  const text = JSON.stringify(first);
  if (specs.some((spec) => JSON.stringify(spec) !== text)) {
    throw configError("results", "their scenarios are of different specs.", remedy);
  }
  return first;
}

async function readExcuses(path: string | undefined): Promise<Excuses> {
  if (path === undefined) return {};
  const text = await readTextFile("--excuses", path);
  try {
    return parseExcuses(text, path);
  } catch (error) {
    throw error instanceof OperatorError ? new ConfigError([error]) : error;
  }
}
