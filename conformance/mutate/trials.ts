import { runSeed } from "../../sim/campaign/run-seed.ts";
import type { Scenario } from "../../sim/campaign/scenario.ts";
import { CONTROL_SCENARIOS } from "../../sim/control/scenarios/control-scenarios.ts";
import { RandomStream } from "../../sim/engine/index.ts";
import { worksThoughLate } from "../world/late-readers.ts";
import type { Lateness } from "../world/late-readers.ts";
import type { Finding } from "./finding.ts";

/** What was violated, and by which checker's word. */
export type Broken = Pick<Extract<Finding, { readonly caught: true }>, "checker" | "message">;

/** Something that the campaign runs again and again, each time with another seed. */
export interface Trial {
  readonly name: string;
  run(seed: number): Promise<TrialOutcome>;
}

/** What came of one run. */
export interface TrialOutcome {
  /** Undefined if all held. */
  readonly broken: Broken | undefined;
  /** What it cost: the same on every machine. */
  readonly events: number;
}

/** What a run of the late readers costs: about as much as one of a scenario. */
const LATE_READERS_EVENTS = 10_000;
/** The latest that a party reads, milliseconds. */
const LATE_MS_MAX = 60;

/** The simulator hands a reader one segment at a time; what arrives in one piece is tried in memory. */
const lateReaders: Trial = {
  name: "late-readers",
  run: (seed) => {
    const random = RandomStream.fromSeed(seed);
    const draw = (): number => (random.chance(0.5) ? random.integer(1, LATE_MS_MAX) : 0);
    const lateness = { hub: draw(), server: draw(), router: draw(), client: draw() };
    const broken = brokenBy(lateness, seed);
    return Promise.resolve({ broken, events: LATE_READERS_EVENTS });
  },
};

function brokenBy(lateness: Lateness, seed: number): Broken | undefined {
  const when = `where ${JSON.stringify(lateness)} ms pass before a read`;
  try {
    if (worksThoughLate(lateness, seed)) return undefined;
    return { checker: "late-readers-understand", message: `no call passes ${when}` };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { checker: "crash", message: `${text} ${when}` };
  }
}

/** All that the campaign of a mutant runs. */
export const TRIALS: readonly Trial[] = [...CONTROL_SCENARIOS.map(trialOf), lateReaders];

function trialOf(scenario: Scenario): Trial {
  return {
    name: scenario.name,
    run: async (seed) => {
      const { violations, events } = await runSeed(scenario, seed);
      const [broken] = violations;
      return { broken, events };
    },
  };
}
