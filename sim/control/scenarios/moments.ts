import type { Scenario } from "../../campaign/scenario.ts";
import { drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";
import { drawEarlyStop, drawMoments, drawRareMoments } from "../moments.ts";

const HEAL_AT_MS = 40_000;

/** The moments that chance seldom hits. */
export const moments: Scenario = controlScenario({
  name: "moments",
  doc: "Parties are stopped, crash and leave in the very moment in which a machine of theirs or of another's comes to some state, on links that are slow enough for that to matter.",
  size: { servers: 2, routers: 3, clients: 3, serverLink: { preset: "lte" } },
  healAtMs: HEAL_AT_MS,
  accounts: 1,
  faultKinds: ["drop", "delay"],
  packetsMax: 40,
  stallsOfTen: 4,
  periodsMs: [200, 1_000, 5_000],
  limits: (random) => ({
    keyRotationMs: random.pick([8_000, 86_400_000]),
    // Where a place is given up before the hub gives up the router, the hub hears it from the server.
    placeMs: random.pick([2_800, 30_000]),
    // Less than `tellMs`, so that the hub may give up a router that has not even left it.
    verifyMs: random.pick([2_900, 10_000]),
  }),
  // A slow disk makes the states that wait for it last.
  adapt: (plan, random) => ({
    ...plan,
    options: { ...(plan.options as object), syncMs: random.pick([2, 100, 1_000]) },
  }),
  actions: (random, stage) => [
    ...drawVisits(random.fork("visits"), stage, { count: 12, fromMs: 2_000, toMs: 36_000 }),
    ...drawMoments(random.fork("moments"), stage, 16),
    ...drawRareMoments(random.fork("rare moments"), stage, 2),
    drawEarlyStop(random.fork("early stop"), stage),
  ],
});
