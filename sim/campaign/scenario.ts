import type { RandomStream } from "../engine/index.ts";
import type { Fault } from "../network/fault.ts";
import type { LinkPresetName } from "../network/link-presets.ts";
import type { TopologyPlan } from "../network/topology.ts";
import type { SimulatedWorld } from "../world/simulated-world.ts";

/** Something that the scenario does at a time: a client connects, an attacker replays. */
export interface Action {
  /** Virtual milliseconds since the start. */
  readonly atMs: number;
  /** Which, as the scenario knows it. */
  readonly name: string;
  /** The host it is about; actions of hosts that are not in the topology are skipped. */
  readonly host: string;
  /** What else it needs, JSON values. */
  readonly with?: Readonly<Record<string, unknown>>;
}

/** One run of a scenario as plain JSON: all that is random has been drawn. Any subset of its faults, actions and optional hosts is a case too. */
export interface Case {
  readonly scenario: string;
  /** What the run itself is seeded with (ports, keys, nonces). */
  readonly seed: number;
  readonly topology: TopologyPlan;
  readonly faults: readonly Fault[];
  readonly actions: readonly Action[];
  /** When the last fault ends and the healed phase begins, virtual milliseconds. */
  readonly healAtMs: number;
  /** What else the scenario needs, JSON values. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a user may fix about the cases that are drawn. */
export interface CaseChoices {
  /** Link preset of every home. Default: drawn for each. */
  readonly preset?: LinkPresetName;
  /** NAT profile of every home. Default: drawn for each. */
  readonly nat?: string;
}

/** A rule that a run must not break. One file each. */
export interface Checker {
  /** kebab-case: `places-are-exclusive`. */
  readonly name: string;
  /** The rule in one sentence. */
  readonly doc: string;
}

/** That a rule was broken. */
export interface Violation {
  /** Name of the checker, or `crash` where a role threw. */
  readonly checker: string;
  readonly message: string;
  /** Virtual milliseconds. */
  readonly atMs: number;
}

/** What a scenario gets to run one case. */
export interface CaseRun {
  readonly world: SimulatedWorld;
  readonly case: Case;
  /** Reports that a rule was broken; the first ends the run at the next `until` or `pass`. */
  violate(checker: string, message: string): void;
}

/** What a campaign runs again and again: a network, what happens in it, and what must hold. */
export interface Scenario {
  readonly name: string;
  readonly doc: string;
  readonly checkers: readonly Checker[];
  /** Hosts that a smaller case may lack. Default none. */
  optionalHosts?(topology: TopologyPlan): readonly string[];
  /** Draws a case. Equal streams and choices give equal cases. */
  draw(random: RandomStream, choices: CaseChoices): Case;
  /** Runs it: safety phase until `healAtMs`, then the healed phase, which must converge within its bound. */
  run(run: CaseRun): Promise<void>;
}
