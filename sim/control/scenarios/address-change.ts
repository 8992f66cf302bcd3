import type { Scenario } from "../../campaign/scenario.ts";
import type { Fault } from "../../network/fault.ts";
import { drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";

/** An invitation is on its way for so long. */
const WAITING_MS = 3_000;
const FREE_ADDRESSES = 40;

/** Routers that are somewhere else when they are wanted. */
export const addressChange: Scenario = controlScenario({
  name: "address-change",
  doc: "The boxes of routers and clients reboot or get another address while a router is awaited, so that the invitation goes where nobody is any more.",
  size: { servers: 2, routers: 3, clients: 3 },
  healAtMs: 35_000,
  accounts: 1,
  faultKinds: ["drop", "duplicate", "delay", "natReboot", "addressChange"],
  packetsMax: 60,
  periodsMs: [2_000, 5_000, 20_000],
  actions: (random, stage) => drawVisits(random, stage, { count: 8, fromMs: 2_000, toMs: 30_000 }),
  faults: (random, _stage, visits) =>
    visits.map(({ atMs, host, with: given = {} }, index): Fault => {
      const router = given["router"] as string;
      const node = `${random.chance(0.8) ? router : host} box`;
      const atUs = 1_000 * (atMs + random.integer(-200, WAITING_MS));
      if (random.chance(0.5)) return { kind: "natReboot", nat: node, atUs };
      const address = `198.51.100.${String(100 + ((index * 7) % FREE_ADDRESSES))}`;
      return { kind: "addressChange", node, atUs, address };
    }),
});
