import type { Crypto, ProtocolElements } from "../../runtime/core/index.ts";
import type { RandomStream } from "../engine/index.ts";
import type { Fault } from "../network/fault.ts";
import type { LinkPresetName } from "../network/link-presets.ts";
import type { TopologyPlan } from "../network/topology.ts";
import type { MessageDecoder } from "../view/message-decoder.ts";
import type { SimulatedWorld, WorldBounds } from "../world/simulated-world.ts";
import type { ProgramFactory } from "../world/world.ts";

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
  /**
   * When the healed phase begins, virtual milliseconds, >= 0. From here on no packet has a fault; whoever draws timed
   * faults sees to it that they end before.
   */
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
  /** Name of the checker, or one of `BUILT_IN_CHECKERS`. */
  readonly checker: string;
  readonly message: string;
  /** Virtual milliseconds. */
  readonly atMs: number;
  /** Of a crash: where it was thrown, innermost first, one line each. */
  readonly stack?: readonly string[];
}

/** Rules that hold for every scenario without its asking. */
export const BUILT_IN_CHECKERS: readonly Checker[] = [
  { name: "crash", doc: "Nothing throws: no role, no program, and not the scenario itself." },
  { name: "endless", doc: "A run comes to its end within the bounds of its scenario." },
];

/** What the coverage of a campaign is measured against. */
export interface ScenarioSpec {
  /** Of each protocol that the scenario's roles speak: `CONTROL_ELEMENTS` of `generated/control/elements.ts`. */
  readonly protocols: readonly ProtocolElements[];
  /** The roles that each program plays, as the specs call them. Messages of other programs are not counted. */
  readonly rolesOf: Readonly<Record<string, readonly string[]>>;
  /** Elements that no run can exercise, by name, each with the reason. Default none. */
  readonly excuses?: Readonly<Record<string, string>>;
}

/** What a scenario gets to run one case. */
export interface CaseRun {
  readonly world: SimulatedWorld;
  readonly case: Case;
  /** Reports that a rule was broken; the first ends the run at the next `until` or `pass`. */
  readonly violate: (checker: string, message: string) => void;
}

/** What a campaign runs again and again: a network, what happens in it, and what must hold. */
export interface Scenario {
  readonly name: string;
  readonly doc: string;
  readonly checkers: readonly Checker[];
  /** Programs by the names that its process plans use. */
  readonly programs: Readonly<Record<string, ProgramFactory>>;
  /**
   * The primitives of one host; `random` is the host's own stream, which goes on over its restarts. Default:
   * `SimulatedCrypto`, which is fast and no real protocol's.
   */
  readonly createCrypto?: (random: RandomStream) => Crypto;
  /** Default: coverage is not measured. */
  readonly spec?: ScenarioSpec;
  /** Names messages in diagrams of its runs. Default: they show datagrams and segments. */
  readonly decoder?: MessageDecoder;
  /** When a run is `endless`. Default 5 million events, 24 virtual hours. */
  readonly bounds?: Partial<WorldBounds>;
  /** Hosts that a smaller case may lack. Default none. */
  optionalHosts?(topology: TopologyPlan): readonly string[];
  /** Cases with simpler `parameters`, the simplest first, for shrinking. Default none. */
  simplify?(given: Case): Iterable<Case>;
  /** Draws the case of a seed. Equal streams and choices give equal cases. */
  draw(random: RandomStream, choices: CaseChoices): Case;
  /** Runs it: safety phase until `healAtMs`, then the healed phase, which must converge within its bound. */
  run(run: CaseRun): Promise<void>;
}
