import { CAMPAIGN_SETUPS, runCampaign } from "./campaign.ts";
import type { CampaignResult, CampaignRun } from "./campaign.ts";
import type { Mismatch } from "./model-replay.ts";

/** How large a campaign is. */
export interface NatCampaignOptions {
  /** At least so many packets are compared, shared among all setups. */
  readonly operations: number;
  readonly seed: number;
  /** Hears of each run that is over. */
  readonly onRun?: (run: RunSummary, done: number, total: number) => void;
}

/** What came of one run. */
export interface RunSummary {
  readonly profile: string;
  /** Timeouts that differ from the profile's, milliseconds. */
  readonly timeouts: Readonly<Record<string, number>>;
  readonly protocols: readonly string[];
  readonly seed: number;
  /** Packets that were compared: how many of either protocol. */
  readonly udp: number;
  readonly tcp: number;
  /** Entries of the kernel's table of connections that were compared. */
  readonly tableEntries: number;
  readonly mismatches: readonly Mismatch[];
  /** Whether the machine was too busy each time, so that times within bursts say too little to judge a difference. */
  readonly isInconclusive: boolean;
}

/** What came of a campaign. */
export interface NatCampaignReport {
  /** Packets that were compared in conclusive runs. */
  readonly operations: number;
  readonly udp: number;
  readonly tcp: number;
  readonly tableEntries: number;
  readonly mismatches: number;
  readonly inconclusiveRuns: number;
  readonly seconds: number;
  readonly runs: readonly RunSummary[];
}

const BURST = 150;
const PAUSE_MS = 2500;

/** Runs wait most of the time, so several at once do not disturb each other. */
const RUNS_AT_ONCE = 4;

/** A burst that takes longer leaves open whether a connection was older than two seconds when a packet came. */
export const BURST_MS_MAX = 1500;

/** How often a run that differs is tried on a machine that was too busy. */
const ATTEMPTS = 3;

const PROTOCOLS = [["udp"], ["tcp"], ["udp", "tcp"]] as const;

/** The runs of a campaign: each setup of the kernel with UDP, with TCP and with both. */
export function planCampaign({ operations, seed }: NatCampaignOptions): readonly CampaignRun[] {
  const count = CAMPAIGN_SETUPS.length * PROTOCOLS.length;
  const bursts = Math.max(2, Math.ceil(operations / count / BURST));
  return CAMPAIGN_SETUPS.flatMap((setup, at) =>
    PROTOCOLS.map((protocols, of) => ({
      setup,
      seed: seed * 1000 + at * PROTOCOLS.length + of,
      protocols,
      burst: BURST,
      bursts,
      pauseMs: PAUSE_MS,
    })),
  );
}

/** Compares kernel and model over random packets. @throws if the machine does not allow namespaces. */
export async function runNatCampaign(options: NatCampaignOptions): Promise<NatCampaignReport> {
  const startMs = performance.now();
  const planned = planCampaign(options);
  const waiting = [...planned];
  const runs: RunSummary[] = [];
  const work = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      const summary = await judged(run);
      runs.push(summary);
      options.onRun?.(summary, runs.length, planned.length);
    }
  };
  await Promise.all(Array.from({ length: RUNS_AT_ONCE }, work));
  const conclusive = runs.filter(({ isInconclusive }) => !isInconclusive);
  const sum = (of: (run: RunSummary) => number): number =>
    conclusive.reduce((total, run) => total + of(run), 0);
  return {
    operations: sum(({ udp, tcp }) => udp + tcp),
    udp: sum(({ udp }) => udp),
    tcp: sum(({ tcp }) => tcp),
    tableEntries: sum(({ tableEntries }) => tableEntries),
    mismatches: sum(({ mismatches }) => mismatches.length),
    inconclusiveRuns: runs.length - conclusive.length,
    seconds: Math.round((performance.now() - startMs) / 1000),
    runs: runs.toSorted((one, other) => one.seed - other.seed),
  };
}

async function judged(run: CampaignRun): Promise<RunSummary> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await runCampaign(run);
    const isBusy = result.mismatches.length > 0 && result.slowestBurstMs > BURST_MS_MAX;
    if (!isBusy || attempt === ATTEMPTS) return summaryOf(run, result, isBusy);
  }
}

function summaryOf(run: CampaignRun, result: CampaignResult, isInconclusive: boolean): RunSummary {
  const { setup, seed, protocols } = run;
  const { steps } = result.trace;
  const packets = (protocol: string): number =>
    steps.filter((step) => "packet" in step && step.packet.protocol === protocol).length;
  const tables = steps.map((step) => ("table" in step ? step.table.size : 0));
  return {
    profile: setup.profile,
    timeouts: setup.timeouts,
    protocols,
    seed,
    udp: packets("udp"),
    tcp: packets("tcp"),
    tableEntries: tables.reduce((total, size) => total + size, 0),
    mismatches: result.mismatches,
    isInconclusive,
  };
}
