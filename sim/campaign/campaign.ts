import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { CampaignSum } from "./campaign-result.ts";
import type { CampaignFailure, CampaignResult, SeedOutcome } from "./campaign-result.ts";
import { CampaignThread } from "./campaign-thread.ts";
import type { CaseOutcome } from "./run-case.ts";
import { runSeed } from "./run-seed.ts";
import type { CaseChoices } from "./scenario.ts";
import { loadScenario } from "./scenario-source.ts";
import type { ScenarioSource } from "./scenario-source.ts";
import type { SeedRange } from "./seeds.ts";

/** What to run. */
export interface CampaignOptions {
  readonly source: ScenarioSource;
  /** Of a shard only its own: `shardSeeds`. */
  readonly seeds: SeedRange;
  /** Default: everything is drawn. */
  readonly choices?: CaseChoices;
  /** Threads. 0 runs in the calling one, which a run that never returns then stops. Default: one for each core. */
  readonly workers?: number;
  /** Ends the campaign at the lowest seed that fails, which is the same whatever the threads. Default false. */
  readonly stopAtFirst?: boolean;
  /** After so long a run is ended from outside, as `endless`. Milliseconds of this machine. Default 60,000. */
  readonly runWallMsMax?: number;
  /** Hears of each run that has ended. */
  readonly onProgress?: (progress: CampaignProgress) => void;
  /** Ends the campaign early; its result is of the runs that had ended. */
  readonly signal?: AbortSignal;
}

/** How far a campaign is. */
export interface CampaignProgress {
  readonly runs: number;
  /** All that were asked for. */
  readonly total: number;
  readonly failures: number;
  readonly seedsPerMinute: number;
  /** The failure of the run that has ended now, if it failed. */
  readonly failure?: CampaignFailure;
}

const RUN_WALL_MS_MAX_DEFAULT = 60_000;

/**
 * Runs the cases of many seeds. The result, but for its pace, follows from the scenario, the seeds and the choices,
 * not from the number of threads, unless a run had to be ended from outside.
 * @throws {OperatorError} if there is no such scenario.
 * @throws {Error} if the scenario draws a case that makes no sense.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { source, choices = {}, workers = availableParallelism(), signal } = options;
  // Also where threads run it: what is wrong with the module is told as it is, and not as a thread's end.
  const scenario = await loadScenario(source);
  const campaign = new Campaign(options);
  if (workers === 0) {
    for (let seed = campaign.next(); seed !== undefined; seed = campaign.next()) {
      campaign.ran(seed, await runSeed(scenario, seed, choices));
      // Lets the caller's timers and signals have their turn between two runs.
      await nextTurn();
    }
    return campaign.result(0);
  }
  const { runWallMsMax = RUN_WALL_MS_MAX_DEFAULT } = options;
  const threads = Array.from(
    { length: Math.max(1, Math.min(workers, options.seeds.count)) },
    () => new CampaignThread(campaign, { source, choices, runWallMsMax }),
  );
  const onAbort = (): void => {
    campaign.endEarly();
  };
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted === true) onAbort();
  try {
    await campaign.end;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await Promise.all(threads.map((thread) => thread.end()));
  }
  return campaign.result(threads.length);
}

/** What is left to run, and what came of the rest. */
class Campaign {
  /** When all is done that must be; fails if the campaign cannot go on. */
  readonly end: Promise<void>;
  readonly #options: CampaignOptions;
  readonly #startedMs = performance.now();
  readonly #sum = new CampaignSum();
  /** Of a campaign that ends at the first failure: which of them count is known at the end. */
  readonly #kept: SeedOutcome[] = [];
  readonly #running = new Set<number>();
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  #dispatched = 0;
  #runs = 0;
  #failures = 0;
  /** Seeds above it do not count. */
  #lastSeed = Infinity;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.end = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#endIfDone();
  }

  next(): number | undefined {
    const { seeds, signal } = this.#options;
    const seed = seeds.first + this.#dispatched * seeds.step;
    const isOver = this.#dispatched >= seeds.count || seed > this.#lastSeed;
    if (isOver || signal?.aborted === true) return undefined;
    this.#dispatched += 1;
    this.#running.add(seed);
    return seed;
  }

  ran(seed: number, outcome: CaseOutcome): void {
    const { stopAtFirst = false, onProgress, seeds } = this.#options;
    this.#running.delete(seed);
    this.#runs += 1;
    if (stopAtFirst) this.#kept.push({ seed, outcome });
    else this.#sum.add({ seed, outcome });
    const [violation] = outcome.violations;
    const failure = violation && { seed, violation, traceHash: outcome.traceHash };
    if (failure !== undefined) {
      this.#failures += 1;
      if (stopAtFirst) this.#lastSeed = Math.min(this.#lastSeed, seed);
    }
    const runs = this.#runs;
    onProgress?.({
      runs,
      total: seeds.count,
      failures: this.#failures,
      seedsPerMinute: Math.round((runs * 60_000) / (performance.now() - this.#startedMs)),
      ...(failure && { failure }),
    });
    this.#endIfDone();
  }

  failed(error: unknown): void {
    this.#reject(error);
  }

  /** What runs now is not waited for. */
  endEarly(): void {
    this.#resolve();
  }

  result(workers: number): CampaignResult {
    const { source, choices = {} } = this.#options;
    for (const ran of this.#kept) if (ran.seed <= this.#lastSeed) this.#sum.add(ran);
    const wallMs = Math.round(performance.now() - this.#startedMs);
    return this.#sum.result({ scenario: source.scenario, choices }, { wallMs, workers });
  }

  #endIfDone(): void {
    const { seeds } = this.#options;
    const nextSeed = seeds.first + this.#dispatched * seeds.step;
    const isAllGiven = this.#dispatched >= seeds.count || nextSeed > this.#lastSeed;
    const isWaiting = [...this.#running].some((seed) => seed <= this.#lastSeed);
    if (isAllGiven && !isWaiting) this.#resolve();
  }
}
