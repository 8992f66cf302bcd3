import {
  CountSum,
  coverageReport,
  coverageText,
  isCovered,
  parseExcuses,
  specElements,
} from "../../../sim/campaign/index.ts";
import type { CampaignResult, Excuses, ScenarioSpec } from "../../../sim/campaign/index.ts";
import { coveragePage } from "../../../sim/view/coverage/coverage-page.ts";
import type { CoveragePart } from "../../../sim/view/coverage/coverage-page.ts";
import { OperatorError } from "../../core/index.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import { ConfigError, configError } from "../config-error.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, optionalText } from "../option-spec.ts";
import { runAsked } from "./campaign-run.ts";
import { countText } from "./campaign-text.ts";
import { Interruption } from "./interruption.ts";
import { REPLAY_OPTIONS } from "./replay-file.ts";
import { readResults } from "./result-file.ts";
import { chooseScenarios } from "./scenario-choice.ts";
import type { ChosenScenario } from "./scenario-choice.ts";
import { CAMPAIGN_OPTIONS } from "./sim-options.ts";
import { SIM_TITLES } from "./sim-titles.ts";
import { readTextFile, writeTextFile } from "./written-file.ts";

const OPTIONS = {
  ...CAMPAIGN_OPTIONS,
  ...REPLAY_OPTIONS,
  excuses: optionalText({
    doc: "JSON object of further elements that no run can exercise, each with the reason",
    form: "file",
    env: "TAGWIRE_SIM_EXCUSES",
  }),
  html: optionalText({
    doc: "Write the report as a page to this file",
    flagOnly: true,
    form: "file",
  }),
  check: flag({
    doc: "Fail if anything was neither exercised nor excused, or an excuse names what is not in the spec",
    fallback: false,
    flagOnly: true,
  }),
};

const FAILURES_TOLD_MAX = 3;

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
  const excuses = await readExcuses(values.excuses);
  const parts = partsOf(chosen, results, excuses);
  if (values.html !== undefined) {
    await writeTextFile("--html", values.html, coveragePage(parts));
    tell(`wrote ${values.html}`);
  }
  const texts = parts.map(({ about, report }) => [...about, "", coverageText(report)].join("\n"));
  write({ reports: parts }, texts.join("\n").trimEnd());
  if (interruption.hasCome) {
    tell("interrupted; what is above is of the runs that had ended");
    return EXIT.interrupted;
  }
  return values.check && !parts.every(({ report }) => isCovered(report)) ? EXIT.failed : EXIT.ok;
}

async function runAll(
  { values, terminal }: CoverageRun,
  chosen: readonly ChosenScenario[],
  { signal }: Interruption,
): Promise<readonly CampaignResult[]> {
  const results: CampaignResult[] = [];
  for (const each of chosen) {
    if (signal.aborted) break;
    results.push(
      await runAsked(each, {
        values,
        output: terminal.err,
        signal,
        failuresToldMax: FAILURES_TOLD_MAX,
      }),
    );
  }
  return results;
}

/** `control: 100 seeds, 2 failed`: what follows the failure in these runs was not exercised. */
function aboutText({ scenario, runs, failures }: CampaignResult): string {
  const failed = failures.length === 0 ? "" : `, ${String(failures.length)} failed`;
  return `${scenario}: ${countText(runs, "seed")}${failed}`;
}

/** A report for each spec that the results' scenarios have. @throws {ConfigError} if there is nothing to report. */
function partsOf(
  chosen: readonly ChosenScenario[],
  results: readonly CampaignResult[],
  excuses: Excuses,
): readonly CoveragePart[] {
  const bySpec = new Map<string, { readonly spec: ScenarioSpec; readonly of: CampaignResult[] }>();
  for (const result of results) {
    const spec = specOf(chosen, result.scenario);
    const key = JSON.stringify(spec);
    const known = bySpec.get(key) ?? { spec, of: [] };
    known.of.push(result);
    bySpec.set(key, known);
  }
  if (bySpec.size === 0) {
    throw configError("results", "there are none.", "Give results that `tagwire sim run` wrote.");
  }
  const specs = [...bySpec.values()].map(({ spec }) => namesOf(spec));
  return [...bySpec.values()].map(({ spec, of }, index) => {
    const counts = new CountSum();
    for (const { coverage } of of) counts.add(coverage);
    // Each spec has the excuses that are for it; those for none of them are told as stale, once.
    const its = Object.entries(excuses).filter(([name]) => {
      const isOfNone = specs.every((names) => !names.has(name));
      return specs[index]?.has(name) === true || (index === 0 && isOfNone);
    });
    return {
      title: spec.protocols.map(({ protocol }) => protocol).join(", "),
      about: of.map(aboutText),
      report: coverageReport(spec, counts.counts, {
        ...spec.excuses,
        ...Object.fromEntries(its),
      }),
    };
  });
}

function namesOf(spec: ScenarioSpec): ReadonlySet<string> {
  return new Set(specElements(spec).map(({ name }) => name));
}

/** The spec of a scenario. @throws {ConfigError} if it is not known, or has none. */
function specOf(chosen: readonly ChosenScenario[], name: string): ScenarioSpec {
  const found = chosen.find(({ scenario }) => scenario.name === name);
  if (found?.scenario.spec !== undefined) return found.scenario.spec;
  throw found === undefined
    ? configError(name, "there is no such scenario.", "Give its module by --scenarios.")
    : configError(name, "the scenario names no spec.", "Give it the member `spec`.");
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
