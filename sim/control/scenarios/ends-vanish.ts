import type { Action, Scenario } from "../../campaign/scenario.ts";
import type { RandomStream } from "../../engine/index.ts";
import type { Fault } from "../../network/fault.ts";
import { drawVisits } from "../actions.ts";
import { controlScenario } from "../control-scenario.ts";
import { drawLimits } from "../draw-case.ts";
import type { DrawnStage } from "../draw-case.ts";

const HEAL_AT_MS = 30_000;
const GONE_FOR_GOOD_RATIO = 0.5;
const DOWN_MS_MIN = 8_000;
/** Clients ask for a router some time after it fell silent: at first the hub still looks for it. */
const ASKED_AFTER_MS_MAX = 12_000;
/** How long a client waits for the hub: less than the hub waits for a router that is gone, or more. */
const ASK_MS = [10_000, 50_000, 50_000];
const VANISHED_MAX = 3;
const HELD_MS = 60_000;
/** By then a client that asked is told where to meet, and has not met yet. */
const GIVE_UP_MS = { least: 150, most: 1_200 };
/** What is added to an action as to what goes wrong: when, before (<0) or after it, and to whom. */
interface Vanishing {
  readonly gone: "router" | "client";
  readonly goneMs: number;
}

/** Routers and clients that are gone when the other end wants them. */
export const endsVanish: Scenario = controlScenario({
  name: "ends-vanish",
  doc: "Routers crash, some of them for good, and clients ask for them while the hub still counts on them and later, when it must not; clients give up or vanish in the middle of a meeting.",
  size: { servers: 2, routers: 4, clients: 3 },
  healAtMs: HEAL_AT_MS,
  accounts: 1,
  faultKinds: ["drop", "delay", "duplicate", "linkDown", "natReboot"],
  timedMax: 2,
  packetsMax: 100,
  limits: (random) => ({ ...drawLimits(random), askMs: random.pick(ASK_MS) }),
  periodsMs: [200, 500, 1_000],
  actions: (random, stage) => [
    ...drawVisits(random.fork("visits"), stage, { count: 3, fromMs: 2_000, toMs: 28_000 }),
    ...Array.from({ length: VANISHED_MAX }, (_none, index) => [
      drawAskedLate(random.fork(`asked late ${String(index)}`), stage),
      drawGivenUp(random.fork(`given up ${String(index)}`), stage),
    ]).flat(),
    drawClientGone(random.fork("client gone"), stage),
  ],
  faults: (random, _stage, actions) => actions.flatMap((action) => vanish(random, action)),
});

/** A visit to a router that has crashed. */
function drawAskedLate(random: RandomStream, { clients, routers }: DrawnStage): Action {
  const crashMs = random.integer(3_000, 18_000);
  const afterMs = random.integer(0, ASKED_AFTER_MS_MAX);
  const gone: Vanishing = { gone: "router", goneMs: -afterMs };
  const router = random.pick(routers.slice(1));
  const visit = { router, method: "system.info", holdMs: 0, ...gone };
  return { atMs: crashMs + afterMs, name: "visit", host: random.pick(clients), with: visit };
}

/** A visit that is given up on the way, to a router that crashes while it waits for its client. */
function drawGivenUp(random: RandomStream, { clients, routers }: DrawnStage): Action {
  const giveUpMs = random.integer(GIVE_UP_MS.least, GIVE_UP_MS.most);
  const gone: Vanishing = { gone: "router", goneMs: giveUpMs + random.integer(500, 8_000) };
  const [router, method] = [random.pick(routers.slice(1)), "system.info"];
  const atMs = random.integer(3_000, 18_000);
  const visit = { router, method, holdMs: 0, giveUpMs, ...gone };
  return { atMs, name: "visit", host: random.pick(clients), with: visit };
}

/** A visit whose client vanishes for good while it is connected; its router, the first, is none of those that crash. */
function drawClientGone(random: RandomStream, { clients, routers }: DrawnStage): Action {
  const gone: Vanishing = { gone: "client", goneMs: random.integer(1_000, 5_000) };
  const [router = "", method] = [routers[0], "system.info"];
  const atMs = random.integer(3_000, 20_000);
  const visit = { router, method, holdMs: HELD_MS, ...gone };
  return { atMs, name: "visit", host: random.pick(clients), with: visit };
}

function vanish(random: RandomStream, { atMs, host, with: given = {} }: Action): readonly Fault[] {
  const { gone, goneMs, router } = given as Partial<Vanishing> & { readonly router: string };
  if (gone === undefined || goneMs === undefined) return [];
  const fromMs = atMs + goneMs;
  const atUs = fromMs * 1_000;
  // A machine that fails says nothing, so that the other end must find out by itself.
  if (gone === "client") return [{ kind: "crash", host, atUs, what: "machine", writesKept: 0 }];
  const downMs = random.integer(DOWN_MS_MIN, Math.max(DOWN_MS_MIN, HEAL_AT_MS - fromMs));
  const isForGood = random.chance(GONE_FOR_GOOD_RATIO) || fromMs + downMs > HEAL_AT_MS;
  const crash = { kind: "crash", host: router, atUs, what: "process", writesKept: 0 } as const;
  return [{ ...crash, ...(!isForGood && { downForUs: downMs * 1_000 }) }];
}
