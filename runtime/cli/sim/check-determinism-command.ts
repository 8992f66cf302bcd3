import { setImmediate as nextTurn } from "node:timers/promises";
import { caseOfSeed, checkCase } from "../../../sim/campaign/index.ts";
import type { DeterminismReport } from "../../../sim/engine/index.ts";
import type { Command } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { integer } from "../option-spec.ts";
import { countText } from "./campaign-text.ts";
import { Interruption } from "./interruption.ts";
import { ProgressText } from "./progress.ts";
import { chooseScenarios, SCENARIOS_DOC } from "./scenario-choice.ts";
import { choicesAsked, DRAW_OPTIONS } from "./sim-options.ts";
import { SIM_TITLES } from "./sim-titles.ts";

const OPTIONS = {
  ...DRAW_OPTIONS,
  seeds: integer({
    doc: "How many seeds of each scenario, each run twice",
    fallback: 3,
    env: "TAGWIRE_SIM_SEEDS",
    min: 1,
    max: 1_000_000,
  }),
};

/** `tagwire sim check-determinism`: whether a seed gives one run. */
export const CHECK_DETERMINISM_COMMAND: Command = defineCommand({
  ...SIM_TITLES.checkDeterminism,
  positionals: { scenarios: { doc: SCENARIOS_DOC, required: false, many: true } },
  options: OPTIONS,
  examples: [
    ["$0 sim check-determinism", "A few seeds of each built-in scenario"],
    ["$0 sim check-determinism ./scenarios.ts --seed 17", "One seed of one's own"],
  ],
  run: async ({ rest, values, write, tell, terminal }) => {
    using interruption = new Interruption();
    const checks: SeedCheck[] = [];
    for (const { scenario } of await chooseScenarios(rest)) {
      const progress = new ProgressText(terminal.err, scenario.name);
      const startedMs = performance.now();
      for (let index = 0; index < values.seeds && !interruption.hasCome; index += 1) {
        const seed = (values.seed ?? 1) + index;
        const report = await checkCase(scenario, caseOfSeed(scenario, seed, choicesAsked(values)));
        checks.push({ scenario: scenario.name, seed, report });
        const runs = index + 1;
        const failures = checks.filter(isDifferent).length;
        const seedsPerMinute = Math.round((runs * 60_000) / (performance.now() - startedMs));
        progress.take({ runs, total: values.seeds, failures, seedsPerMinute });
        await nextTurn();
      }
      progress.end();
      if (interruption.hasCome) break;
    }
    const isInterrupted = interruption.hasCome;
    write({ checks, isInterrupted }, checksText(checks));
    if (isInterrupted) tell("interrupted; what is above is of the runs that had ended");
    if (checks.some(isDifferent)) return EXIT.failed;
    return isInterrupted ? EXIT.interrupted : EXIT.ok;
  },
});

/** What came of a seed. */
interface SeedCheck {
  readonly scenario: string;
  readonly seed: number;
  readonly report: DeterminismReport;
}

function isDifferent({ report }: SeedCheck): boolean {
  return report.verdict === "different";
}

/** Of each scenario the seeds whose runs differ, and how many do not. */
function checksText(checks: readonly SeedCheck[]): string {
  const names = [...new Set(checks.map(({ scenario }) => scenario))];
  return names
    .flatMap((name) => {
      const its = checks.filter(({ scenario }) => scenario === name);
      const same = countText(its.filter((check) => !isDifferent(check)).length, "seed");
      return [
        ...its.flatMap(({ seed, report }) =>
          report.verdict === "different" ? `${name}, seed ${String(seed)}: ${report.text}` : [],
        ),
        `${name}: ${same} ran twice to the same hash`,
      ];
    })
    .join("\n");
}
