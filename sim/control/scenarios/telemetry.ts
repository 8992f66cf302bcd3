import type { Scenario } from "../../campaign/scenario.ts";
import { drawOperations, drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";

/** What the hub knows of routers. */
export const telemetry: Scenario = controlScenario({
  name: "telemetry",
  doc: "Many reports of many routers, lost, doubled, overtaken by later ones and coming from changing addresses; the hub holds the newest that it took in.",
  size: { servers: 1, routers: 6, clients: 2 },
  healAtMs: 20_000,
  faultKinds: ["drop", "duplicate", "delay", "corrupt", "natReboot", "addressChange", "crash"],
  timedMax: 2,
  packetsMax: 200,
  stallsOfTen: 5,
  periodsMs: [100, 300, 1_000],
  actions: (random, stage) => [
    ...drawVisits(random.fork("visits"), stage, { count: 2, fromMs: 2_000, toMs: 15_000 }),
    ...drawOperations(random.fork("operations"), stage, 2),
  ],
});
