import type { Scenario } from "../../campaign/scenario.ts";
import { drawCodes, drawOperations, drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";

const HEAL_AT_MS = 40_000;

/** The workhorse of campaigns: everything at once, in a network of ten hosts, for about a minute. */
export const control: Scenario = controlScenario({
  name: "control",
  doc: "The whole control network of ten hosts, most of them behind NAT, with every kind of fault for 40 s and then the healed phase.",
  size: { servers: 2, routers: 4, clients: 3 },
  healAtMs: HEAL_AT_MS,
  actions: (random, stage) => [
    ...drawVisits(random.fork("visits"), stage, { count: 8, fromMs: 2_000, toMs: HEAL_AT_MS }),
    ...drawOperations(random.fork("operations"), stage, 3),
    ...drawCodes(random.fork("codes"), stage, 4),
  ],
});
