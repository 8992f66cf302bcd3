import type { Scenario } from "../../campaign/scenario.ts";
import { drawOperations, drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";

/** Who gets a place where. */
export const places: Scenario = controlScenario({
  name: "places",
  doc: "More clients than places: each place is one meeting's, it is free again whoever vanished, and the least loaded server is tried first.",
  size: { servers: 3, routers: 3, clients: 4 },
  healAtMs: 40_000,
  accounts: 1,
  timedMax: 2,
  packetsMax: 60,
  // Routers, too, may have fewer sessions than clients want.
  limits: (random) => ({ sessionsMax: random.pick([3, 32]) }),
  periodsMs: [2_000, 20_000],
  places: (random) => random.integer(1, 2),
  actions: (random, stage) => [
    ...drawVisits(random, stage, { count: 16, fromMs: 2_000, toMs: 38_000 }),
    ...drawOperations(random.fork("operations"), stage, 2),
  ],
});
