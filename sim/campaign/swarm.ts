import type { RandomStream } from "../engine/index.ts";
import { NAT_PROFILES } from "../nat/index.ts";
import type { Fault } from "../network/fault.ts";
import { LINK_PRESETS } from "../network/link-presets.ts";
import type { LinkPresetName } from "../network/link-presets.ts";
import type { CaseChoices } from "./scenario.ts";

/** A kind of fault: what may befall a packet, a link, a host or a NAT box. */
export type FaultKind = Fault["kind"];

/** All of them. */
export const FAULT_KINDS: readonly FaultKind[] = [
  "drop",
  "duplicate",
  "delay",
  "corrupt",
  "linkDown",
  "partition",
  "addressChange",
  "natReboot",
  "crash",
  "clockRate",
  "clockJump",
];

/** Links that a home may have: the machine itself is none. */
const HOME_PRESETS = (Object.keys(LINK_PRESETS) as LinkPresetName[]).filter(
  (preset) => preset !== "loopback",
);
const PROFILES_MAX = 4;
/** One seed in so many has no fault at all, and one has all kinds, which chance alone would make rare. */
const EXTREMES_EVERY = 10;

/**
 * What is switched on for a seed. With everything on in each run, kinds of faults hide each other: a process that
 * crashes every second never gets to where a lost packet would have hurt (Groce et al., Swarm Testing, ISSTA 2012).
 */
export interface Swarm {
  readonly faultKinds: readonly FaultKind[];
  /** What links of homes are drawn from, at least one. */
  readonly presets: readonly LinkPresetName[];
  /** What NAT boxes are drawn from, at least one. */
  readonly profiles: readonly string[];
}

/** What a swarm is drawn from. */
export interface SwarmOptions {
  /** Kinds that the scenario stands. Default all. */
  readonly faultKinds?: readonly FaultKind[];
  /** Default all but `loopback`. */
  readonly presets?: readonly LinkPresetName[];
  /** Default all. */
  readonly profiles?: readonly string[];
  /** What the user fixed. Default nothing. */
  readonly choices?: CaseChoices;
}

/** Draws what is on: each kind of fault by a coin, a few presets and profiles. */
export function drawSwarm(random: RandomStream, options: SwarmOptions = {}): Swarm {
  const { faultKinds = FAULT_KINDS, presets = HOME_PRESETS, choices = {} } = options;
  const { profiles = NAT_PROFILES.map(({ name }) => name) } = options;
  const { preset, nat } = choices;
  return {
    faultKinds: drawKinds(random.fork("fault kinds"), faultKinds),
    presets: preset === undefined ? drawSome(random.fork("presets"), presets) : [preset],
    profiles: nat === undefined ? drawSome(random.fork("profiles"), profiles) : [nat],
  };
}

function drawKinds(random: RandomStream, kinds: readonly FaultKind[]): readonly FaultKind[] {
  const extreme = random.below(EXTREMES_EVERY);
  if (extreme === 0) return [];
  if (extreme === 1) return kinds;
  return kinds.filter(() => random.chance(0.5));
}

function drawSome<T>(random: RandomStream, from: readonly T[]): readonly T[] {
  return random.shuffle(from).slice(0, random.integer(1, Math.min(PROFILES_MAX, from.length)));
}
