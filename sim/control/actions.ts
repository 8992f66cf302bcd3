import { ClaimOutcome } from "../../generated/control/types.ts";
import type { Inventory } from "../../generated/control/messages/visits.ts";
import type { Action } from "../campaign/scenario.ts";
import type { RandomStream } from "../engine/index.ts";
import { Attackers } from "./attackers.ts";
import { CODE_KINDS, reportsOf } from "./control-stage.ts";
import type { CodeKind, ControlStage, Visit } from "./control-stage.ts";
import type { DrawnStage } from "./draw-case.ts";
import { awaitMoment } from "./moments.ts";
import { REPORTER_FILE } from "./programs/reporter-file.ts";
import { modelOf } from "./programs/router.ts";

/** A client visits a router. `with`: the router's host, the method, and how long it stays, ms. */
interface VisitWith {
  readonly router: string;
  readonly method: string;
  readonly params?: unknown;
  readonly holdMs: number;
  /** After how long the client gives up if nothing came of it, ms. Default never. */
  readonly giveUpMs?: number;
  /** The client whose answer of the hub it uses. Default: its own. */
  readonly grantFor?: string;
}

const TIMEOUT_MS = 5_000;
/** A process that is asked to stop is ended after this time, as a service manager does it. */
const STOP_MS = 200;
/** Jumps of a clock, and the time between them: a rotation takes a report or two. */
const [HURRY_JUMPS, HURRY_MS] = [4, 500];
const PERIODS_MS = [500, 1_000, 3_000];
const METHODS = ["system.info", "system.info", "system.uptime", "config.get", "config.set"];
const FOREIGN_RATIO = 0.1;
const GIVE_UP_RATIO = 0.1;

/** Visits of random clients to routers, mostly of their own accounts, between two times. */
export function drawVisits(
  random: RandomStream,
  stage: DrawnStage,
  {
    count,
    fromMs,
    toMs,
  }: { readonly count: number; readonly fromMs: number; readonly toMs: number },
): readonly Action[] {
  const { accounts, clients, routers } = stage;
  if (clients.length === 0) return [];
  return Array.from({ length: count }, () => {
    const host = random.pick(clients);
    const own = routers.filter((router) => accounts[router] === accounts[host]);
    const isForeign = random.chance(FOREIGN_RATIO) || own.length === 0;
    const router = random.pick(isForeign ? routers : own);
    const method = random.pick(METHODS);
    const periodMs = random.pick(PERIODS_MS);
    const holdMs = random.chance(0.5) ? 0 : random.integer(0, 30_000);
    const giveUpMs = random.integer(1, 2_000);
    const visit: VisitWith = {
      router,
      method,
      holdMs,
      ...(method === "config.set" && { params: { telemetryPeriodMs: periodMs } }),
      ...(random.chance(GIVE_UP_RATIO) && { giveUpMs }),
    };
    return { atMs: random.integer(fromMs, toMs), name: "visit", host, with: { ...visit } };
  });
}

/** Clients that come by what the hub answered another client of the same account. */
export function drawThefts(
  random: RandomStream,
  { accounts, clients, healAtMs, routers }: DrawnStage,
  count: number,
): readonly Action[] {
  return Array.from({ length: count }, () => {
    const [host = "", grantFor = ""] = random.shuffle(clients);
    const own = routers.filter((router) => accounts[router] === accounts[grantFor]);
    const router = random.pick(own.length === 0 ? routers : own);
    const visit: VisitWith = { router, method: "system.info", holdMs: 0, grantFor };
    return { atMs: random.integer(3_000, healAtMs), name: "visit", host, with: { ...visit } };
  });
}

/** Some parties are stopped as their operators do it, and started again; some routers are given news to report. */
export function drawOperations(
  random: RandomStream,
  { healAtMs, routers, servers }: DrawnStage,
  countMax: number,
): readonly Action[] {
  return Array.from({ length: random.integer(0, countMax) }, () => {
    const name = random.pick(["stop", "inventory"]);
    const host = random.pick(name === "stop" ? ["hub", ...routers, ...servers] : routers);
    const atMs = random.integer(0, healAtMs - 1);
    const downMs = random.integer(STOP_MS, Math.max(STOP_MS, Math.min(10_000, healAtMs - atMs)));
    return { atMs, name, host, with: name === "stop" ? { downMs } : {} };
  });
}

/** What is shown to a router. */
interface CodeShown {
  readonly account: string;
  readonly kind: CodeKind;
}

/** Some routers are shown codes of other accounts, and codes for one router that others are shown too. */
export function drawCodes(
  random: RandomStream,
  { accounts, healAtMs, routers }: DrawnStage,
  count: number,
): readonly Action[] {
  return Array.from({ length: count }, () => {
    const host = random.pick(routers);
    const account = random.pick([...new Set(Object.values(accounts))]);
    const kind: CodeKind = accounts[host] === account ? "single" : random.pick(CODE_KINDS);
    const shown: CodeShown = { account, kind };
    const atMs = random.integer(Math.floor(healAtMs / 4), healAtMs);
    return { atMs, name: "showCode", host, with: { ...shown } };
  });
}

/** Plans the actions of a case; those of hosts that are not there are left out. */
export function planActions(stage: ControlStage, actions: readonly Action[]): void {
  const attackers = new Attackers(stage);
  const hosts = new Set(stage.world.topology.hosts.map(({ name }) => name));
  for (const action of actions) {
    if (!hosts.has(action.host)) continue;
    stage.world.schedule(action.atMs, `${action.name} ${action.host}`, () => {
      if (action.name === "attack") attackers.attack(action);
      else if (action.name === "moment") {
        awaitMoment(stage, action, (then) => {
          perform(stage, then);
        });
      } else perform(stage, action);
    });
  }
}

function perform(stage: ControlStage, action: Action): void {
  switch (action.name) {
    case "visit":
      visit(stage, action);
      return;
    case "stop":
      stop(stage, action);
      return;
    case "crash":
    case "cut":
    case "forget":
      crash(stage, action);
      return;
    case "hurry":
      hurry(stage, action.host);
      return;
    case "leave":
      for (const open of stage.openVisits) if (open.visit.client === action.host) stage.leave(open);
      return;
    case "settle":
      settle(stage, action);
      return;
    case "inventory":
      stage.process(action.host).command({ type: "inventory", inventory: newsOf(action.host) });
      return;
    case "showCode":
      showCode(stage, action);
      return;
    default:
      throw new RangeError(`there is no action ${action.name}`);
  }
}

function newsOf(host: string): Inventory {
  const [model, hostname, software] = [modelOf(host), "renamed", "tagwire"];
  return { model, firmware: "simulated 2", hostname, software, interfaces: [] };
}

/**
 * Somebody shows a router another code than the one that it was claimed with: that of another account's fleet, or one
 * for one router. Only when the router knows that it was claimed: before, it would be whoever's code it shows first.
 */
function showCode(stage: ControlStage, { host, with: given }: Action): void {
  const process = stage.process(host);
  const isClaimed = reportsOf(process, "reported").some(
    ({ claim }) => claim === ClaimOutcome.accepted,
  );
  const { account, kind } = given as unknown as CodeShown;
  const code = stage.codeOf(account, kind);
  if (isClaimed && code !== undefined) process.command({ type: "claim", code });
}

function visit(stage: ControlStage, { host: client, with: given }: Action): void {
  const { router, giveUpMs, ...call } = given as unknown as VisitWith;
  const mac = stage.parties.find((party) => party.host === router)?.mac;
  if (mac === undefined) return;
  const wanted: Visit = { client, mac, timeoutMs: TIMEOUT_MS, ...call };
  const state = stage.visit(wanted);
  if (giveUpMs === undefined) return;
  stage.world.schedule(stage.world.nowMs + giveUpMs, "give up", () => {
    if (!state.isConnected && !state.isOver) stage.leave(state);
  });
}

/** The owner of a mac, whose router is the host, gives it to whoever else asked for it, or does not. */
function settle(stage: ControlStage, { host, with: given = {} }: Action): void {
  const { account, mac } = stage.parties.find((party) => party.host === host) ?? {};
  const [hub] = stage.hosts("hub");
  if (account === undefined || mac === undefined || hub === undefined) return;
  const { accept } = given as { readonly accept: boolean };
  if (accept && stage.process(hub.host).isRunning) stage.story.tell({ kind: "settled", mac });
  const command = { type: "settleRival", requestId: 0, account, mac, accept } as const;
  stage.process(hub.host).command(command);
}

/** The wall clock of the hub jumps several times by the life of a key, so that reporters get several new ones in a row. */
function hurry(stage: ControlStage, hub: string): void {
  for (let jump = 0; jump < HURRY_JUMPS; jump += 1) {
    stage.world.schedule(stage.world.nowMs + jump * HURRY_MS, "hurry", () => {
      stage.process(hub).simHost.clock.jump(stage.limits.keyRotationMs);
    });
  }
}

/**
 * A party's process ends without a word, so that its system closes its connections, and starts again; or the power of
 * its machine is cut; or it is reset and comes back without its key.
 */
function crash(stage: ControlStage, { name, host, with: given = {} }: Action): void {
  const process = stage.process(host);
  if (!process.isRunning) return;
  const { downMs } = given as { readonly downMs: number };
  process.simHost.crash(name === "cut" ? "machine" : "process");
  if (name === "forget") {
    process.disk.remove(REPORTER_FILE);
    process.disk.sync();
    stage.story.tell({ kind: "reset", host });
  }
  stage.world.schedule(stage.world.nowMs + downMs, `start ${host}`, () => {
    process.simHost.start();
  });
}

function stop(stage: ControlStage, { host, with: given = {} }: Action): void {
  const process = stage.process(host);
  if (!process.isRunning) return;
  const { downMs } = given as { readonly downMs: number };
  process.command({ type: "stop" });
  stage.world.schedule(stage.world.nowMs + STOP_MS, `end ${host}`, () => {
    process.simHost.crash("process");
    stage.world.schedule(stage.world.nowMs + downMs - STOP_MS, `start ${host}`, () => {
      process.simHost.start();
    });
  });
}
