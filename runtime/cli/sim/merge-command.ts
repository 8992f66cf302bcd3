import { mergeCampaigns } from "../../../sim/campaign/index.ts";
import type { CampaignResult } from "../../../sim/campaign/index.ts";
import type { Command } from "../command.ts";
import { defineCommand } from "../command.ts";
import { configError } from "../config-error.ts";
import { EXIT } from "../exit-code.ts";
import { optionalText } from "../option-spec.ts";
import { campaignText, violationText } from "./campaign-text.ts";
import { colourOf } from "./colour.ts";
import { readResults } from "./result-file.ts";
import { SIM_TITLES } from "./sim-titles.ts";
import { writeTextFile } from "./written-file.ts";

const OPTIONS = {
  result: optionalText({
    doc: "Write the merged results to this file",
    flagOnly: true,
    form: "file",
  }),
};

/** `tagwire sim merge`: the result that one machine would have had. */
export const MERGE_COMMAND: Command = defineCommand({
  ...SIM_TITLES.merge,
  positionals: {
    results: { doc: "Files that `tagwire sim run --result` wrote", required: true, many: true },
  },
  options: OPTIONS,
  examples: [
    ["$0 sim merge shard-1.json shard-2.json", "What all shards came to"],
    ["$0 sim merge shards/*.json --result all.json", "As a file, for `$0 sim coverage all.json`"],
  ],
  run: async ({ rest, values, write, terminal }) => {
    const byScenario = new Map<string, CampaignResult[]>();
    for (const path of rest) {
      for (const result of await readResults(path)) {
        const others = byScenario.get(result.scenario) ?? [];
        byScenario.set(result.scenario, [...others, result]);
      }
    }
    const results = [...byScenario].map(([scenario, parts]) => merged(scenario, parts));
    if (values.result !== undefined) {
      await writeTextFile("--result", values.result, `${JSON.stringify({ results })}\n`);
    }
    const lines = results.flatMap((result) => [
      campaignText(result, colourOf(terminal.out, terminal.env)),
      ...result.failures.map(
        ({ seed, violation }) => `  seed ${String(seed)}: ${violationText(violation)}`,
      ),
    ]);
    write({ results }, lines.join("\n"));
    return results.some(({ failures }) => failures.length > 0) ? EXIT.failed : EXIT.ok;
  },
});

/** @throws {ConfigError} if the parts are of different campaigns, or the same seeds were run twice. */
function merged(scenario: string, parts: readonly CampaignResult[]): CampaignResult {
  try {
    return mergeCampaigns(parts);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw configError(scenario, `${error.message}.`, "Give each shard of one campaign once.");
  }
}
