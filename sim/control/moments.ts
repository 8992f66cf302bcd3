import { CONTROL_ELEMENTS } from "../../generated/control/elements.ts";
import { SYSTEM_ELEMENTS } from "../../generated/system/elements.ts";
import type { Action } from "../campaign/scenario.ts";
import type { RandomStream } from "../engine/index.ts";
import type { ControlStage } from "./control-stage.ts";
import type { DrawnStage } from "./draw-case.ts";

/**
 * What befalls a party at a moment: its operator stops it, its process crashes, its power is cut; a client leaves; a
 * router or server is reset, so that it has to enrol again while the hub knows it.
 */
const DEEDS = ["stop", "stop", "crash", "cut", "leave", "forget"] as const;
/** The hub's clock jumps, so that keys are due to change. */
const HURRY = "hurry";

/** A moment: a machine of the watched host, the action's, comes to a state; then something befalls the target. */
interface Moment {
  readonly machine: string;
  readonly state: string;
  /** The host that it befalls. */
  readonly target: string;
  readonly deed: (typeof DEEDS)[number] | typeof HURRY;
  /** How much later, ms. */
  readonly afterMs: number;
  /** How long the target is down, ms. */
  readonly downMs: number;
  /** Nothing happens from then on, virtual ms. */
  readonly untilMs: number;
}

const DOWN_MS_MAX = 4_000;
const DOWN_MS_MIN = 300;
const AFTER_MS_MAX = 300;
/** An answer of the hub takes hardly less. */
const EARLY_MS = 40;
/** Mostly the party itself, at once: that is where the states are. */
const SELF_RATIO = 0.6;
const AT_ONCE_RATIO = 0.6;

/** Moments of random transitions of the spec, so that rare states are as often hit as those that last. */
export function drawMoments(
  random: RandomStream,
  stage: DrawnStage,
  count: number,
): readonly Action[] {
  const { healAtMs, servers, routers, clients } = stage;
  const hosts = { hub: ["hub"], server: servers, router: routers, client: clients };
  const all = Object.values(hosts).flat();
  const untilMs = healAtMs - 2 * DOWN_MS_MAX;
  const machines = [...CONTROL_ELEMENTS.machines, ...SYSTEM_ELEMENTS.machines];
  const transitions = machines.flatMap(({ machine, roles, transitions: of }) =>
    of.map(({ to }) => ({ machine, roles, state: to })),
  );
  return Array.from({ length: count }, () => {
    const { machine, roles, state } = random.pick(transitions);
    const role = random.pick(roles);
    const host = random.pick(role in hosts ? hosts[role as keyof typeof hosts] : all);
    const target = random.chance(SELF_RATIO) ? host : random.pick(all);
    const deed = random.pick(DEEDS);
    const moment: Moment = {
      machine,
      state,
      target,
      deed: fits(deed, target, stage) ? deed : "crash",
      afterMs: random.chance(AT_ONCE_RATIO) ? 0 : random.integer(1, AFTER_MS_MAX),
      downMs: random.integer(DOWN_MS_MIN, DOWN_MS_MAX),
      untilMs,
    };
    return { atMs: random.below(untilMs), name: "moment", host, with: { ...moment } };
  });
}

function fits(
  deed: (typeof DEEDS)[number],
  target: string,
  { clients, routers, servers }: DrawnStage,
): boolean {
  if (deed === "leave") return clients.includes(target);
  return deed !== "forget" || [...routers, ...servers].includes(target);
}

/** A moment that a transition of the spec hangs on, and that random ones seldom hit; what happens then happens at once. */
interface RareMoment extends Pick<Moment, "machine" | "state" | "deed" | "downMs"> {
  readonly role: "hub" | "server" | "router";
  /** Whom it befalls. Default: the host itself. */
  readonly target?: "router";
  /** Whether the state is one of the first of a process, so that the watch begins with the run. */
  readonly isEarly?: true;
}

/** A process is asked to end while its first key is on the way to the disk, or where a party has come that has not said what for. */
const STOPPED = { deed: "stop", downMs: DOWN_MS_MIN } as const;
const RESET = { deed: "forget", downMs: DOWN_MS_MIN } as const;

const RARE: readonly RareMoment[] = [
  { role: "router", machine: "Enrolment", state: "saving", ...STOPPED, isEarly: true },
  { role: "hub", machine: "SecureChannel", state: "open", ...STOPPED },
  { role: "server", machine: "SecureChannel", state: "open", ...STOPPED },
  // A router asks for its first key again while the hub is about to offer it another.
  { role: "hub", machine: "HubKeys", state: "savingOffer", target: "router", ...RESET },
  // Keys change while a client is on its way to the router: what it was granted under the old ones is void.
  { role: "hub", machine: "HubBrokerage", state: "verified", deed: HURRY, downMs: 0 },
  // The router goes without a word, so that the hub neither sees it leave nor hears that it has arrived.
  { role: "router", machine: "RouterSession", state: "asking", deed: "cut", downMs: DOWN_MS_MAX },
];

/** Each of the rare moments, so many times. */
export function drawRareMoments(
  random: RandomStream,
  { healAtMs, routers, servers }: DrawnStage,
  count: number,
): readonly Action[] {
  const hosts = { hub: ["hub"], server: servers, router: routers };
  const untilMs = healAtMs - 2 * DOWN_MS_MAX;
  return RARE.flatMap(({ role, target: targetRole, isEarly = false, ...rare }) =>
    Array.from({ length: count }, () => {
      const host = random.pick(hosts[role]);
      const target = targetRole === undefined ? host : random.pick(hosts[targetRole]);
      const moment: Moment = { ...rare, target, afterMs: 0, untilMs };
      const atMs = isEarly ? 0 : random.below(untilMs);
      return { atMs, name: "moment", host, with: { ...moment } };
    }),
  );
}

/** A router is stopped before it has heard from the hub for the first time. */
export function drawEarlyStop(random: RandomStream, { routers }: DrawnStage): Action {
  const atMs = random.below(EARLY_MS);
  return { atMs, name: "stop", host: random.pick(routers), with: { downMs: DOWN_MS_MIN } };
}

/** Watches, from now on, for the moment of an action; `perform` does what then happens. */
export function awaitMoment(
  stage: ControlStage,
  { host, with: given }: Action,
  perform: (action: Action) => void,
): void {
  const { machine, state, target, deed, afterMs, downMs, untilMs } = given as unknown as Moment;
  const { world, story } = stage;
  let isOver = !stage.parties.some((party) => party.host === target);
  story.onHappening((happening) => {
    if (isOver || happening.kind !== "observed") return;
    const { observation } = happening;
    if (observation.host !== host || observation.kind !== "transition") return;
    if (observation.machine !== machine || observation.to !== state) return;
    isOver = true;
    if (world.nowMs >= untilMs) return;
    world.schedule(world.nowMs + afterMs, `${deed} ${target}`, () => {
      perform({ atMs: world.nowMs, name: deed, host: target, with: { downMs } });
    });
  });
}
