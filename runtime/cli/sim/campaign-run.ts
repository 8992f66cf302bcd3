import { runCampaign } from "../../../sim/campaign/index.ts";
import type { CampaignResult } from "../../../sim/campaign/index.ts";
import type { TextOutput } from "../terminal.ts";
import type { ValuesOf } from "../option-spec.ts";
import { violationText } from "./campaign-text.ts";
import { ProgressText } from "./progress.ts";
import type { ChosenScenario } from "./scenario-choice.ts";
import { choicesAsked, seedsAsked } from "./sim-options.ts";
import type { CAMPAIGN_OPTIONS } from "./sim-options.ts";

/** How a campaign is run. */
export interface CampaignRunOptions {
  readonly values: ValuesOf<typeof CAMPAIGN_OPTIONS>;
  /** Gets how far it is, and failures as they are found. */
  readonly output: TextOutput;
  readonly signal: AbortSignal;
  /** How many failures are told as they are found. */
  readonly failuresToldMax: number;
  /** Default false. */
  readonly stopAtFirst?: boolean;
}

/** Runs the campaign of a scenario that the command line asks for. */
export async function runAsked(
  { scenario, source }: ChosenScenario,
  { values, output, signal, failuresToldMax, stopAtFirst = false }: CampaignRunOptions,
): Promise<CampaignResult> {
  const progress = new ProgressText(output, scenario.name);
  try {
    return await runCampaign({
      source,
      seeds: seedsAsked(values),
      choices: choicesAsked(values),
      workers: values.workers,
      stopAtFirst,
      signal,
      onProgress: (state) => {
        const { failure } = state;
        if (failure !== undefined && state.failures <= failuresToldMax) {
          const { seed, violation } = failure;
          progress.note(
            `${scenario.name}: seed ${String(seed)} fails: ${violationText(violation)}`,
          );
        }
        progress.take(state);
      },
    });
  } finally {
    progress.end();
  }
}
