import { TraceHash } from "../engine/trace-hash.ts";
import { CountSum } from "./coverage/coverage-counter.ts";
import type { CoverageCounts } from "./coverage/coverage-counter.ts";
import type { CaseOutcome } from "./run-case.ts";
import type { CaseChoices, Violation } from "./scenario.ts";
import { joinSeeds } from "./seeds.ts";
import type { SeedRange } from "./seeds.ts";

/** A seed whose run broke a rule. */
export interface CampaignFailure {
  readonly seed: number;
  /** The first, which ended the run. */
  readonly violation: Violation;
  /** Empty if the run was ended from outside. */
  readonly traceHash: string;
}

/** How long a campaign took; the only part that differs from machine to machine. */
export interface CampaignPace {
  readonly wallMs: number;
  /** Threads that ran cases; 0 if the calling thread did. */
  readonly workers: number;
  readonly seedsPerMinute: number;
}

/** What came of a campaign, as plain JSON. Those of shards are merged by `mergeCampaigns`. */
export interface CampaignResult {
  readonly version: 1;
  readonly scenario: string;
  readonly choices: CaseChoices;
  /** The seeds that were run: fewer than were asked for if the first failure ended the campaign. */
  readonly seeds: readonly SeedRange[];
  readonly runs: number;
  readonly events: number;
  /** Virtual milliseconds of all runs. */
  readonly virtualMs: number;
  /** All that failed, by seed. */
  readonly failures: readonly CampaignFailure[];
  /** The sum of all runs. */
  readonly coverage: CoverageCounts;
  /** 16 hexadecimal digits that follow from the seeds and the hashes of their runs, in whatever order they ran. */
  readonly digest: string;
  readonly pace: CampaignPace;
}

/** A seed with what came of it. */
export interface SeedOutcome {
  readonly seed: number;
  readonly outcome: CaseOutcome;
}

/** Adds up what runs came to. The order in which they are added does not matter. */
export class CampaignSum {
  readonly #outcomes: {
    readonly seed: number;
    readonly events: number;
    readonly virtualMs: number;
  }[] = [];
  readonly #failures: CampaignFailure[] = [];
  readonly #coverage = new CountSum();
  #digest = 0n;

  add({ seed, outcome }: SeedOutcome): void {
    const { events, virtualMs, traceHash, coverage } = outcome;
    const [violation] = outcome.violations;
    this.#outcomes.push({ seed, events, virtualMs });
    if (violation !== undefined) this.#failures.push({ seed, violation, traceHash });
    this.#coverage.add(coverage);
    this.#digest ^= seedDigest(seed, traceHash);
  }

  result(
    about: Pick<CampaignResult, "scenario" | "choices">,
    pace: Pick<CampaignPace, "wallMs" | "workers">,
  ): CampaignResult {
    const runs = this.#outcomes.length;
    const sum = (of: "events" | "virtualMs"): number =>
      exactSum(this.#outcomes.map((outcome) => outcome[of]));
    return {
      version: 1,
      ...about,
      seeds: joinSeeds(this.#outcomes.map(({ seed }) => ({ first: seed, count: 1, step: 1 }))),
      runs,
      events: sum("events"),
      virtualMs: sum("virtualMs"),
      failures: bySeed(this.#failures),
      coverage: this.#coverage.counts,
      digest: digestText(this.#digest),
      pace: { ...pace, seedsPerMinute: seedsPerMinute(runs, pace.wallMs) },
    };
  }
}

/**
 * The result that one campaign over all of the seeds would have had; the pace is that of machines side by side.
 * @throws {RangeError} on results of different scenarios or choices, on none, or if a seed is in two of them.
 */
export function mergeCampaigns(results: readonly CampaignResult[]): CampaignResult {
  const [first] = results;
  if (first === undefined) throw new RangeError("there is no result to merge");
  const { version, scenario, choices } = first;
  const about = JSON.stringify({ version, scenario, choices });
  for (const other of results) {
    const { version: itsVersion, scenario: itsScenario, choices: itsChoices } = other;
    const its = { version: itsVersion, scenario: itsScenario, choices: itsChoices };
    if (JSON.stringify(its) !== about) {
      throw new RangeError(`results of different campaigns: ${about} and ${JSON.stringify(its)}`);
    }
  }
  const coverage = new CountSum();
  for (const result of results) coverage.add(result.coverage);
  const wallMs = Math.max(...results.map(({ pace }) => pace.wallMs));
  const runs = exactSum(results.map((result) => result.runs));
  return {
    version,
    scenario,
    choices,
    seeds: joinSeeds(results.flatMap(({ seeds }) => seeds)),
    runs,
    events: exactSum(results.map(({ events }) => events)),
    virtualMs: exactSum(results.map(({ virtualMs }) => virtualMs)),
    failures: bySeed(results.flatMap(({ failures }) => failures)),
    coverage: coverage.counts,
    digest: digestText(results.reduce((sum, { digest }) => sum ^ BigInt(`0x${digest}`), 0n)),
    pace: {
      wallMs,
      workers: exactSum(results.map(({ pace }) => pace.workers)),
      seedsPerMinute: seedsPerMinute(runs, wallMs),
    },
  };
}

function seedDigest(seed: number, traceHash: string): bigint {
  const hash = new TraceHash();
  hash.addFloat(seed);
  hash.addString(traceHash);
  return BigInt(`0x${hash.digest()}`);
}

function digestText(digest: bigint): string {
  return digest.toString(16).padStart(16, "0");
}

/** Virtual times are multiples of a microsecond, so that microseconds add up exactly in any order. */
function exactSum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + Math.round(value * 1000), 0) / 1000;
}

function bySeed(failures: readonly CampaignFailure[]): readonly CampaignFailure[] {
  return [...failures].sort((one, other) => one.seed - other.seed);
}

function seedsPerMinute(runs: number, wallMs: number): number {
  return wallMs > 0 ? Math.round((runs * 60_000) / wallMs) : 0;
}
