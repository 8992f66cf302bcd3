import { setTimeout as sleep } from "node:timers/promises";
import type { NatPacket } from "../../../sim/nat/index.ts";
import { createSeededNatRandom } from "../../../sim/nat/random.ts";
import { readConntrack } from "./conntrack-lines.ts";
import { ModelReplay, type Mismatch } from "./model-replay.ts";
import { NatLab, type NatLabOptions } from "./nat-lab.ts";
import { Operations } from "./operations.ts";
import { arrivalText, type NatTrace, type PacketStep, type TableStep } from "./trace.ts";

/** A kernel's configuration with the profile that models it. */
export interface CampaignSetup {
  readonly profile: string;
  readonly lab: NatLabOptions;
  /** The profile's timeouts where the laboratory's differ. */
  readonly timeouts: Readonly<Record<string, number>>;
}

/** A run of random packets through one fresh NAT. */
export interface CampaignRun {
  readonly setup: CampaignSetup;
  readonly seed: number;
  readonly protocols: readonly NatPacket["protocol"][];
  /** How many packets between two pauses. */
  readonly burst: number;
  readonly bursts: number;
  /** Ages connections between bursts. A burst must be short against every timeout, so that no age is at its edge. */
  readonly pauseMs: number;
}

/** What a run gave. */
export interface CampaignResult {
  readonly trace: NatTrace;
  readonly mismatches: readonly Mismatch[];
  /** How long the slowest burst took. Above two seconds, times within it do not say enough (UDP streams). */
  readonly slowestBurstMs: number;
}

/** Timeouts so short that a run sees them pass. */
const SHORT = {
  sysctls: { nf_conntrack_udp_timeout: 4, nf_conntrack_udp_timeout_stream: 7 },
  timeouts: { udpMs: 4000, udpStreamMs: 7000 },
};

/** Every Linux profile, and one with short timeouts. */
export const CAMPAIGN_SETUPS: readonly CampaignSetup[] = [
  {
    profile: "linux-masquerade",
    lab: { masquerade: "", input: "accept" },
    timeouts: {},
  },
  {
    profile: "linux-masquerade-input-drop",
    lab: { masquerade: "", input: "drop" },
    timeouts: {},
  },
  {
    profile: "linux-random",
    lab: { masquerade: "random", input: "accept" },
    timeouts: {},
  },
  {
    profile: "linux-fully-random",
    lab: { masquerade: "fully-random", input: "accept" },
    timeouts: {},
  },
  {
    profile: "linux-masquerade",
    lab: { masquerade: "", input: "accept", sysctls: SHORT.sysctls },
    timeouts: SHORT.timeouts,
  },
];

/** Sends random packets through a real NAT and the model, and compares what comes out and what both remember. */
export async function runCampaign(run: CampaignRun): Promise<CampaignResult> {
  const { setup, seed, protocols, burst, bursts, pauseMs } = run;
  const { profile, timeouts } = setup;
  const steps: (PacketStep | TableStep)[] = [];
  const model = new ModelReplay({ profile, timeouts });
  const operations = new Operations(createSeededNatRandom(seed), protocols);
  await using lab = await NatLab.open(setup.lab);
  const startMs = performance.now();
  const take = (step: PacketStep | TableStep): void => {
    steps.push(step);
    model.take(step);
  };
  let slowestBurstMs = 0;
  for (let round = 0; round < bursts; round += 1) {
    if (round > 0) await sleep(pauseMs);
    // Reading the table collects what expired, which Linux itself does at a time of its own; until then a source may
    // get the port of an expired connection again.
    lab.conntrack();
    const burstMs = performance.now();
    for (let count = 0; count < burst; count += 1) {
      const { side, packet } = operations.next();
      const atMs = Math.round(performance.now() - startMs);
      const arrivals = await lab.send(side, packet);
      take({ atMs, side, packet, outcome: arrivals.map(arrivalText).sort() });
      const out = arrivals.find((arrival) => arrival.side === "wan")?.observed;
      if (side === "lan" && out?.kind === "packet") operations.learn(packet, out.packet);
    }
    slowestBurstMs = Math.max(slowestBurstMs, performance.now() - burstMs);
    const atMs = Math.round(performance.now() - startMs);
    take({ atMs, table: readConntrack(lab.conntrack()) });
  }
  return { trace: { profile, timeouts, steps }, mismatches: model.mismatches, slowestBurstMs };
}
