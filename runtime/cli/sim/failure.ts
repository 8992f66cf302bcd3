import { join } from "node:path";
import { caseOfSeed, runCase, shrinkCase, sizeOf } from "../../../sim/campaign/index.ts";
import type {
  CampaignFailure,
  Case,
  CaseChoices,
  CaseSize,
  ShrinkProgress,
  Violation,
} from "../../../sim/campaign/index.ts";
import type { TextOutput } from "../terminal.ts";
import { countText } from "./campaign-text.ts";
import { TRACE_FILES, tracedRun, writeTrace } from "./failure-folder.ts";
import { replayCommand } from "./replay-command-line.ts";
import { writeReplay, writeUnfinishedReplay } from "./replay-file.ts";
import type { ChosenScenario } from "./scenario-choice.ts";

/** A failure whose files are written. Plain JSON. */
export interface WrittenFailure {
  readonly scenario: string;
  readonly seed: number;
  readonly violation: Violation;
  readonly folder: string;
  readonly files: readonly string[];
  /** The one command that runs it again. */
  readonly replay: string;
  readonly from: CaseSize;
  /** Missing if it was not made smaller. */
  readonly to?: CaseSize;
  /** Runs that making it smaller took. */
  readonly shrinkRuns?: number;
}

/** What is to be written. */
export interface FailureOptions {
  readonly chosen: ChosenScenario;
  readonly seed: number;
  readonly choices: CaseChoices;
  readonly out: string;
  /** Seconds; undefined does not make it smaller. */
  readonly shrinkS: number | undefined;
  readonly signal: AbortSignal;
  /** Gets what goes on, if it is a terminal. */
  readonly output: TextOutput;
}

/** Of each rule the first that broke it, then others, as many as there may be; in the order of their seeds. */
export function failuresToShow(
  failures: readonly CampaignFailure[],
  countMax: number,
): readonly CampaignFailure[] {
  const rules = new Set<string>();
  const firsts = failures.filter(({ violation: { checker } }) => {
    const isFirst = !rules.has(checker);
    rules.add(checker);
    return isFirst;
  });
  const others = failures.filter((failure) => !firsts.includes(failure));
  return [...firsts, ...others].slice(0, countMax).sort((one, other) => one.seed - other.seed);
}

/** Makes the case of a seed smaller, and writes it with its trace. A run that a thread's end cut short is only written as a case. */
export async function writeFailure(
  { violation, traceHash }: Pick<CampaignFailure, "violation" | "traceHash">,
  options: FailureOptions,
): Promise<WrittenFailure> {
  const { chosen, seed, choices, out } = options;
  const { scenario, source } = chosen;
  const drawn = caseOfSeed(scenario, seed, choices);
  const folder = join(out, `${scenario.name}-${String(seed)}`);
  const file = join(folder, "replay.json");
  const replay = replayCommand(file, source);
  const drawnNote = `Drawn from seed ${String(seed)}`;
  const about = { scenario: scenario.name, seed, folder, replay, from: sizeOf(drawn) };
  if (traceHash === "") {
    const note = `${drawnNote}; the run did not end.`;
    await writeUnfinishedReplay({ path: file, chosen, case: drawn, note, seed }, violation);
    return { ...about, violation, files: ["replay.json"] };
  }
  const smaller = await shrunkCase(drawn, options);
  const given = smaller?.case ?? drawn;
  const { outcome } = await writeTrace({
    chosen,
    case: given,
    folder,
    replay,
    title: `${scenario.name}, seed ${String(seed)}${smaller === undefined ? "" : ", made smaller"}`,
    run: tracedRun(chosen, given),
  });
  const shown = outcome.violations[0] ?? violation;
  const how = smaller === undefined ? "" : `, made smaller from ${sizeText(sizeOf(drawn))}`;
  const note = `${drawnNote}${how}.`;
  await writeReplay({ path: file, chosen, case: given, note, seed }, outcome);
  return {
    ...about,
    violation: shown,
    files: ["replay.json", ...TRACE_FILES],
    ...(smaller && { to: sizeOf(given), shrinkRuns: smaller.runs }),
  };
}

/** The smaller case; undefined if it is not asked for, or the failure does not come back. */
async function shrunkCase(
  given: Case,
  { chosen, shrinkS, signal, output }: FailureOptions,
): Promise<{ readonly case: Case; readonly runs: number } | undefined> {
  if (shrinkS === undefined || signal.aborted) return undefined;
  const { scenario } = chosen;
  if ((await runCase(scenario, given)).verdict === "passed") return undefined;
  const progress = new ShrinkText(output);
  try {
    return await shrinkCase(scenario, given, {
      wallMsMax: shrinkS * 1000,
      signal,
      onProgress: (state) => {
        progress.take(state);
      },
    });
  } finally {
    progress.end();
  }
}

/** Tells on a terminal how small a case is by now. */
export class ShrinkText {
  readonly #output: TextOutput;
  #toldMs = 0;

  constructor(output: TextOutput) {
    this.#output = output;
  }

  take({ runs, size }: ShrinkProgress): void {
    const nowMs = performance.now();
    if (this.#output.isTTY !== true || nowMs - this.#toldMs < 200) return;
    this.#toldMs = nowMs;
    this.#output.write(
      `\r\u001b[2Kmaking it smaller: ${sizeText(size)} after ${String(runs)} runs`,
    );
  }

  end(): void {
    if (this.#toldMs > 0) this.#output.write("\r\u001b[2K");
  }
}

/** `2 faults, 1 action, 3 hosts`. */
export function sizeText({ faults, actions, hosts }: CaseSize): string {
  return [countText(faults, "fault"), countText(actions, "action"), countText(hosts, "host")].join(
    ", ",
  );
}
