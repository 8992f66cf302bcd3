import type { Scenario } from "../../campaign/scenario.ts";
import { drawCodes, drawOperations, drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";

const HEAL_AT_MS = 25_000;
/** Two routers of one account that claim one mac. */
const [FIRST, SECOND] = ["router 1", "router 3"];
const SETTLED_RATIO = 0.5;

/** How a network comes to know its routers. */
export const enrolment: Scenario = controlScenario({
  name: "enrolment",
  doc: "Routers and servers enrol while packets are lost, doubled, reordered and damaged; two routers claim one mac, and its owner may settle that.",
  size: { servers: 1, routers: 4, clients: 1 },
  healAtMs: HEAL_AT_MS,
  faultKinds: ["drop", "duplicate", "delay", "corrupt", "linkDown", "natReboot", "crash"],
  timedMax: 2,
  packetsMax: 60,
  stallsOfTen: 5,
  adapt: (plan) => {
    if (plan.host !== SECOND) return plan;
    const { mac, ...others } = plan.options as { readonly mac: number };
    return { ...plan, options: { ...others, mac: mac - 2 } };
  },
  actions: (random, stage) => [
    ...drawVisits(random.fork("visits"), stage, { count: 2, fromMs: 5_000, toMs: HEAL_AT_MS }),
    ...drawOperations(random.fork("operations"), stage, 1),
    ...drawCodes(random.fork("codes"), stage, 12),
    ...(random.chance(SETTLED_RATIO)
      ? [
          {
            atMs: random.integer(3_000, HEAL_AT_MS),
            name: "settle",
            host: FIRST,
            with: { accept: random.chance(0.5) },
          },
        ]
      : []),
  ],
});
