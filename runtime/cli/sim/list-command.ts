import { BUILT_IN_CHECKERS } from "../../../sim/campaign/index.ts";
import type { Command } from "../command.ts";
import { defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { chooseScenarios, scenarioText } from "./scenario-choice.ts";
import type { ChosenScenario } from "./scenario-choice.ts";
import { SIM_TITLES } from "./sim-titles.ts";

/** `tagwire sim list`: what can be run, and which rules it must keep. */
export const LIST_COMMAND: Command = defineCommand({
  ...SIM_TITLES.list,
  positionals: { modules: { doc: "Paths of modules of scenarios", required: false, many: true } },
  options: {},
  examples: [
    ["$0 sim list", "What is built in"],
    ["$0 sim list ./scenarios.ts --json", "Those of one's own, for tools"],
  ],
  run: async ({ rest, write }) => {
    const chosen = await chooseScenarios(rest);
    const scenarios = chosen.map(({ scenario: { name, doc, checkers }, source }) => ({
      name,
      run: scenarioText(source),
      doc,
      checkers,
    }));
    write({ scenarios, checkers: BUILT_IN_CHECKERS }, listText(chosen));
    return EXIT.ok;
  },
});

/** Scenarios of one family share their rules, which are then told once. */
function listText(chosen: readonly ChosenScenario[]): string {
  const docs = new Map<string, string>();
  for (const { scenario } of chosen) {
    for (const { name, doc } of [...scenario.checkers, ...BUILT_IN_CHECKERS]) docs.set(name, doc);
  }
  const isShared = (name: string): boolean =>
    chosen.every(({ scenario }) => scenario.checkers.some((checker) => checker.name === name)) ||
    BUILT_IN_CHECKERS.some((checker) => checker.name === name);
  const scenarios = chosen.map(({ scenario, source }) => {
    const own = scenario.checkers.filter(({ name }) => !isShared(name)).map(({ name }) => name);
    const rules = own.length === 0 ? "" : `\n    rules: ${own.join(", ")}`;
    return `  ${scenarioText(source)}\n    ${scenario.doc}${rules}`;
  });
  const shared = [...docs].filter(([name]) => isShared(name));
  const others = [...docs].filter(([name]) => !isShared(name));
  const rulesText = (
    title: string,
    rules: readonly (readonly [string, string])[],
  ): readonly string[] =>
    rules.length === 0 ? [] : [title, ...rules.map(([name, doc]) => `  ${name}\n    ${doc}`)];
  return [
    "Scenarios:",
    ...scenarios,
    ...rulesText("Rules of each of them:", shared),
    ...rulesText("Rules of some:", others),
  ].join("\n");
}
