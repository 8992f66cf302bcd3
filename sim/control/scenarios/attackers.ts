import type { Scenario } from "../../campaign/scenario.ts";
import { drawThefts, drawVisits } from "../actions.ts";
import { drawAttacks } from "../attackers.ts";
import { controlScenario } from "../control-scenario.ts";

/** A network among enemies. */
export const attackers: Scenario = controlScenario({
  name: "attackers",
  doc: "Two machines on the Internet see every datagram of the hub, replay, change and forge them from any address, and send streams of junk, and a third machine says to be one of the routers, and clients come by what was granted to others, while the network does its work.",
  size: { servers: 2, routers: 3, clients: 2, attackers: 2, impostors: 1 },
  healAtMs: 30_000,
  timedMax: 1,
  packetsMax: 60,
  periodsMs: [500, 2_000],
  actions: (random, stage) => [
    ...drawVisits(random.fork("visits"), stage, { count: 5, fromMs: 2_000, toMs: 28_000 }),
    ...drawThefts(random.fork("thefts"), stage, 2),
    ...drawAttacks(random.fork("attacks"), stage, 60),
  ],
});
