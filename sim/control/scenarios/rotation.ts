import type { Scenario } from "../../campaign/scenario.ts";
import { controlScenario } from "../control-scenario.ts";

/** Reports are never missed, so that whom a rotation locks out stays locked out and is seen. */
const UNANSWERED_MAX = 250;

/** How keys change without anybody noticing. */
export const rotation: Scenario = controlScenario({
  name: "rotation",
  doc: "Keys rotate every few seconds while reports, offers and acknowledgements are lost and hub, routers and servers crash at any point; nobody ever needs to enrol again.",
  // Keys change faster than clients could meet routers under them.
  size: { servers: 2, routers: 3, clients: 0 },
  healAtMs: 30_000,
  faultKinds: ["drop", "duplicate", "delay", "corrupt", "partition", "crash", "clockJump"],
  timedMax: 8,
  packetsMax: 120,
  stallsOfTen: 5,
  crashesInStalls: true,
  periodsMs: [300, 1_000, 3_000],
  limits: (random) => ({
    keyRotationMs: random.pick([300, 1_000, 3_000]),
    unansweredMax: UNANSWERED_MAX,
  }),
  actions: () => [],
});
