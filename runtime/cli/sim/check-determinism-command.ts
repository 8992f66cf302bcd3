import { setImmediate as nextTurn } from "node:timers/promises";
import { caseOfSeed, checkCase } from "../../../sim/campaign/index.ts";
import type { DeterminismReport } from "../../../sim/engine/index.ts";
import type { Command } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { integer } from "../option-spec.ts";
import { countText } from "./campaign-text.ts";
import { Interruption } from "./interruption.ts";
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
  run: async ({ rest, values, write }) => {
    using interruption = new Interruption();
    const checks: { scenario: string; seed: number; report: DeterminismReport }[] = [];
    const lines: string[] = [];
    for (const { scenario } of await chooseScenarios(rest)) {
      let sameCount = 0;
      for (let index = 0; index < values.seeds && !interruption.hasCome; index += 1) {
        const seed = (values.seed ?? 1) + index;
        const given = caseOfSeed(scenario, seed, choicesAsked(values));
        const report = await checkCase(scenario, given);
        checks.push({ scenario: scenario.name, seed, report });
        if (report.verdict === "same") sameCount += 1;
        else lines.push(`${scenario.name}, seed ${String(seed)}: ${report.text}`);
        await nextTurn();
      }
      lines.push(`${scenario.name}: ${countText(sameCount, "seed")} ran twice to the same hash`);
    }
    write({ checks }, lines.join("\n"));
    if (checks.some(({ report }) => report.verdict === "different")) return EXIT.failed;
    return interruption.hasCome ? EXIT.interrupted : EXIT.ok;
  },
});
