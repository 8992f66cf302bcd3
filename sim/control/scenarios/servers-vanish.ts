import type { Scenario } from "../../campaign/scenario.ts";
import type { Fault } from "../../network/fault.ts";
import { drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";

const HEAL_AT_MS = 35_000;
const MEETING_MS = 5_000;
const GONE_FOR_GOOD_RATIO = 0.4;
/** How long handshakes may take: less than those who dial wait themselves, or as long. */
const HANDSHAKE_MS = [2_500, 5_000];

/** Servers that are gone when they are needed. */
export const serversVanish: Scenario = controlScenario({
  name: "servers-vanish",
  doc: "Servers crash or fall silent at any point of a meeting, some of them for good; one that stays is enough for everyone.",
  size: { servers: 3, routers: 3, clients: 3 },
  healAtMs: HEAL_AT_MS,
  accounts: 1,
  faultKinds: ["drop", "linkDown", "partition", "crash"],
  packetsMax: 60,
  // A server that vanished is known to be gone after three of these and a margin.
  periodsMs: [300, 1_000, 2_000],
  places: (random) => random.integer(2, 4),
  crashable: ["server 1", "server 2"],
  adapt: (plan, random) => ({
    ...plan,
    options: {
      ...(plan.options as object),
      systemLimits: { handshakeMs: random.pick(HANDSHAKE_MS) },
    },
  }),
  actions: (random, stage) => drawVisits(random, stage, { count: 10, fromMs: 2_000, toMs: 30_000 }),
  faults: (random, _stage, visits) =>
    visits
      .filter(() => random.chance(0.5))
      .map(({ atMs }): Fault => {
        const fromMs = atMs + random.integer(0, MEETING_MS);
        const downMs = random.integer(0, Math.max(0, HEAL_AT_MS - fromMs));
        const isForGood = random.chance(GONE_FOR_GOOD_RATIO);
        return {
          kind: "crash",
          host: random.pick(["server 1", "server 2"]),
          atUs: fromMs * 1_000,
          what: random.pick(["process", "machine"] as const),
          writesKept: 0,
          ...(!isForGood && { downForUs: downMs * 1_000 }),
        };
      }),
});
