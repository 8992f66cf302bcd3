/**
 * Losses that come in bursts (Gilbert 1960, Elliott 1963): a link is good or bad, changes between the two at
 * random with each packet, and loses packets more often while it is bad.
 */
export interface BurstLoss {
  /** Chance that a good link is bad for the next packet, 0–1. */
  readonly goodToBadRatio: number;
  /** Chance that a bad link is good for the next packet, 0–1. */
  readonly badToGoodRatio: number;
  /** Packets lost while it is good, 0–1. */
  readonly goodLossRatio: number;
  /** Packets lost while it is bad, 0–1. */
  readonly badLossRatio: number;
}

/**
 * What a link is like. `up` is from the host or NAT box to the segment, `down` the other way. Latency,
 * bandwidth, queue and MTU are at work in every run; losses, duplicates and reorderings are not drawn in a run
 * but sampled ahead of it into a list of faults (`planFaults`).
 */
export interface LinkParameters {
  /** One way, microseconds, an integer. */
  readonly latencyUs: number;
  /** Mean of what is added to the latency, exponentially distributed; it never reorders. Microseconds. */
  readonly jitterUs: number;
  readonly upBitsPerSecond: number;
  readonly downBitsPerSecond: number;
  /** What may wait in front of each direction; more is dropped. */
  readonly queueBytes: number;
  /** The largest packet with its headers, bytes. */
  readonly mtuBytes: number;
  readonly loss: BurstLoss;
  /** Packets that arrive twice, 0–1. */
  readonly duplicationRatio: number;
  /** Packets that arrive late enough to be overtaken, 0–1. */
  readonly reorderingRatio: number;
  /** How late, microseconds, an integer. */
  readonly reorderingUs: number;
}

const MBIT = 1_000_000;
const LOSSLESS: BurstLoss = {
  goodToBadRatio: 0,
  badToGoodRatio: 1,
  goodLossRatio: 0,
  badLossRatio: 0,
};

/** Links by name. Each member says where its numbers come from; those without a source are round guesses, and say so. */
export interface LinkPresets {
  /** The machine itself: Linux's `lo` (MTU 65536); its latency is that of a wake-up, as `ping 127.0.0.1` shows it. */
  readonly loopback: LinkParameters;
  /** Switched Ethernet at home, 1 Gbit/s (IEEE 802.3ab) with 1500 bytes; a guess of 200 µs. */
  readonly lan: LinkParameters;
  /** Between racks of one place: 10 Gbit/s and some 250 µs for a half round trip (Guo et al., Pingmesh, SIGCOMM 2015), losses about 10^-5. */
  readonly dataCentre: LinkParameters;
  /** VDSL2 as sold, 50/10 Mbit/s, PPPoE (RFC 2516: MTU 1492); the idle latency is that of the FCC's Measuring Broadband America reports for DSL. */
  readonly dsl: LinkParameters;
  /** Mobile, latency and rate of OpenSignal's and the FCC's reports on LTE; MTU 1358 (3GPP TS 23.060, annex C); deep queues (Jiang et al., IMC 2012). */
  readonly lte: LinkParameters;
  /** Geostationary: 35,786 km up and down take 240 ms; rates of the FCC's fixed broadband reports; a DVB-S2 fade loses packets in bursts (a guess). */
  readonly satellite: LinkParameters;
  /** Wi-Fi among many others: jitter of tens of ms (Høiland-Jørgensen et al., USENIX ATC 2017), losses in bursts after the retries of 802.11 (a guess of 1.5 % overall). */
  readonly congestedWifi: LinkParameters;
}

/** The name of a preset. */
export type LinkPresetName = keyof LinkPresets;

/** The presets. */
export const LINK_PRESETS: LinkPresets = {
  loopback: {
    latencyUs: 20,
    jitterUs: 0,
    upBitsPerSecond: 40_000 * MBIT,
    downBitsPerSecond: 40_000 * MBIT,
    queueBytes: 16_000_000,
    mtuBytes: 65_536,
    loss: LOSSLESS,
    duplicationRatio: 0,
    reorderingRatio: 0,
    reorderingUs: 0,
  },
  lan: {
    latencyUs: 200,
    jitterUs: 20,
    upBitsPerSecond: 1000 * MBIT,
    downBitsPerSecond: 1000 * MBIT,
    queueBytes: 1_000_000,
    mtuBytes: 1500,
    loss: LOSSLESS,
    duplicationRatio: 0,
    reorderingRatio: 0,
    reorderingUs: 0,
  },
  dataCentre: {
    latencyUs: 125,
    jitterUs: 25,
    upBitsPerSecond: 10_000 * MBIT,
    downBitsPerSecond: 10_000 * MBIT,
    queueBytes: 4_000_000,
    mtuBytes: 1500,
    loss: { ...LOSSLESS, goodLossRatio: 0.000_01 },
    duplicationRatio: 0,
    reorderingRatio: 0.000_1,
    reorderingUs: 200,
  },
  dsl: {
    latencyUs: 12_000,
    jitterUs: 1_500,
    upBitsPerSecond: 10 * MBIT,
    downBitsPerSecond: 50 * MBIT,
    queueBytes: 256_000,
    mtuBytes: 1492,
    loss: {
      goodToBadRatio: 0.000_5,
      badToGoodRatio: 0.3,
      goodLossRatio: 0.000_1,
      badLossRatio: 0.5,
    },
    duplicationRatio: 0.000_1,
    reorderingRatio: 0.000_5,
    reorderingUs: 5_000,
  },
  lte: {
    latencyUs: 25_000,
    jitterUs: 8_000,
    upBitsPerSecond: 10 * MBIT,
    downBitsPerSecond: 30 * MBIT,
    queueBytes: 1_000_000,
    mtuBytes: 1358,
    loss: { goodToBadRatio: 0.001, badToGoodRatio: 0.2, goodLossRatio: 0.000_5, badLossRatio: 0.6 },
    duplicationRatio: 0.000_5,
    reorderingRatio: 0.002,
    reorderingUs: 30_000,
  },
  satellite: {
    latencyUs: 270_000,
    jitterUs: 10_000,
    upBitsPerSecond: 3 * MBIT,
    downBitsPerSecond: 25 * MBIT,
    queueBytes: 1_000_000,
    mtuBytes: 1500,
    loss: { goodToBadRatio: 0.002, badToGoodRatio: 0.1, goodLossRatio: 0.001, badLossRatio: 0.5 },
    duplicationRatio: 0.000_5,
    reorderingRatio: 0.001,
    reorderingUs: 50_000,
  },
  congestedWifi: {
    latencyUs: 4_000,
    jitterUs: 20_000,
    upBitsPerSecond: 8 * MBIT,
    downBitsPerSecond: 12 * MBIT,
    queueBytes: 500_000,
    mtuBytes: 1500,
    loss: { goodToBadRatio: 0.01, badToGoodRatio: 0.25, goodLossRatio: 0.002, badLossRatio: 0.35 },
    duplicationRatio: 0.002,
    reorderingRatio: 0.01,
    reorderingUs: 40_000,
  },
};
