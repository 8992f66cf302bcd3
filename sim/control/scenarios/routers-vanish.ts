import type { Action, Scenario } from "../../campaign/scenario.ts";
import type { RandomStream } from "../../engine/index.ts";
import type { Fault } from "../../network/fault.ts";
import { drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";

const HEAL_AT_MS = 30_000;
const GONE_FOR_GOOD_RATIO = 0.3;
const DOWN_MS_MIN = 8_000;
/** Clients ask for a router some time after it fell silent: at first the hub still looks for it. */
const ASKED_AFTER_MS_MAX = 15_000;
const VANISHED_MAX = 4;

/** Routers that are gone when they are wanted. */
export const routersVanish: Scenario = controlScenario({
  name: "routers-vanish",
  doc: "Routers crash, some of them for good, and clients ask for them while the hub still counts on them and later, when it must not.",
  size: { servers: 2, routers: 3, clients: 2 },
  healAtMs: HEAL_AT_MS,
  accounts: 1,
  faultKinds: ["drop", "delay", "duplicate", "linkDown", "natReboot"],
  timedMax: 2,
  packetsMax: 100,
  periodsMs: [200, 500, 1_000],
  actions: (random, stage) => [
    ...drawVisits(random.fork("visits"), stage, { count: 4, fromMs: 2_000, toMs: 28_000 }),
    ...Array.from({ length: VANISHED_MAX }, (_none, index) =>
      drawVanished(random.fork(`vanished ${String(index)}`), stage.routers, stage.clients),
    ),
  ],
  faults: (random, _stage, actions) =>
    actions
      .filter(({ with: given }) => given?.["afterMs"] !== undefined)
      .map(({ atMs, with: given = {} }): Fault => {
        const fromMs = atMs - (given["afterMs"] as number);
        const downMs = random.integer(DOWN_MS_MIN, Math.max(DOWN_MS_MIN, HEAL_AT_MS - fromMs));
        const isForGood = random.chance(GONE_FOR_GOOD_RATIO) || fromMs + downMs > HEAL_AT_MS;
        return {
          kind: "crash",
          host: given["router"] as string,
          atUs: fromMs * 1_000,
          what: "process",
          writesKept: 0,
          ...(!isForGood && { downForUs: downMs * 1_000 }),
        };
      }),
});

/** A visit to a router that crashed `afterMs` before. */
function drawVanished(
  random: RandomStream,
  routers: readonly string[],
  clients: readonly string[],
): Action {
  const [router, host] = [random.pick(routers), random.pick(clients)];
  const crashMs = random.integer(3_000, 18_000);
  const afterMs = random.integer(0, ASKED_AFTER_MS_MAX);
  const visit = { router, afterMs, method: "system.info", holdMs: 0 };
  return { atMs: crashMs + afterMs, name: "visit", host, with: visit };
}
