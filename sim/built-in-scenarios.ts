import type { Scenario } from "./campaign/scenario.ts";
import { CONTROL_SCENARIOS } from "./control/scenarios/control-scenarios.ts";
import { PEER_SCENARIOS } from "./peer/peer-scenarios.ts";
import { TUNNEL_SCENARIOS } from "./tunnel/tunnel-scenarios.ts";

/** The scenarios that `tagwire sim` knows by name. A module of scenarios as any other, so that threads can import it. */
export const scenarios: readonly Scenario[] = [
  ...CONTROL_SCENARIOS,
  ...PEER_SCENARIOS,
  ...TUNNEL_SCENARIOS,
];
