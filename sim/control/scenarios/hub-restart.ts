import type { Scenario } from "../../campaign/scenario.ts";
import type { RandomStream } from "../../engine/index.ts";
import type { Fault } from "../../network/fault.ts";
import { drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";

const HEAL_AT_MS = 35_000;
/** A brokerage takes some seconds: crashes soon after a client asked hit each of its steps. */
const BROKERAGE_MS = 4_000;
/** But where nothing is lost all of them follow each other at once. */
const SWIFT_MS = 800;
const DOWN_MS_MAX = 5_000;
const WRITES_KEPT_MAX = 8;

/** A hub that starts again at any point. */
export const hubRestart: Scenario = controlScenario({
  name: "hub-restart",
  doc: "The hub crashes again and again, at any point of enrolments, rotations and meetings, with its last unsynced writes lost or not.",
  size: { servers: 2, routers: 3, clients: 3 },
  healAtMs: HEAL_AT_MS,
  accounts: 1,
  faultKinds: ["drop", "delay", "clockJump", "crash"],
  crashable: ["hub"],
  packetsMax: 60,
  stallsOfTen: 2,
  actions: (random, stage) => drawVisits(random, stage, { count: 8, fromMs: 1_000, toMs: 30_000 }),
  faults: (random, _stage, visits) => [
    ...visits
      .filter(() => random.chance(0.4))
      .map(({ atMs }) => {
        const withinMs = random.chance(0.5) ? SWIFT_MS : BROKERAGE_MS;
        return hubCrash(random, atMs + random.integer(0, withinMs));
      }),
    ...Array.from({ length: random.integer(1, 3) }, () =>
      hubCrash(random, random.below(HEAL_AT_MS - DOWN_MS_MAX)),
    ),
  ],
});

function hubCrash(random: RandomStream, atMs: number): Fault {
  const downMs = random.integer(0, Math.min(DOWN_MS_MAX, Math.max(0, HEAL_AT_MS - atMs)));
  return {
    kind: "crash",
    host: "hub",
    atUs: atMs * 1_000,
    what: random.pick(["process", "machine"] as const),
    writesKept: random.integer(0, WRITES_KEPT_MAX),
    downForUs: downMs * 1_000,
  };
}
