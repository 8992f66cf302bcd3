import { formatMac } from "../../runtime/core/index.ts";
import { Hub } from "../../runtime/roles/hub/hub.ts";
import { Server } from "../../runtime/roles/server/server.ts";
import type { Checker } from "../campaign/scenario.ts";
import { contentOf } from "./checkers/datagram-content.ts";
import type { ControlStage, VisitState } from "./control-stage.ts";
import type { ControlEvent, Datagram } from "./happening.ts";
import type { Party } from "./parties.ts";

/** The healed phase converges. */
export const CONVERGES: Checker = {
  name: "converges",
  doc: "After the last fault every router and server reports under a key that the hub knows, every router is its owner's and has told what it is, keys that are due are replaced, and every client gets an answer of each router of its account, all within the longest waits of the spec.",
};

/** The end of a run leaves nothing behind. */
export const NOTHING_LEAKS: Checker = {
  name: "nothing-leaks",
  doc: "When all sessions are over, no role has a stream, a place or a timer of any of them left.",
};

/** What may still be needed besides the waits of the spec: latencies, retransmissions. */
const SLACK_MS = 10_000;
const CLOCK_RATIO = 1.002;
/** Reports after which every hub is missed, whatever a scenario says of it. */
const UNANSWERED_MAX = 10;
/** Nobody waits longer between attempts in a network that is well, whatever the limits say. */
const WAIT_MS_MAX = 60_000;
/** How often to look whether it is done. */
const LOOK_MS = 20;
const VISIT_TIMEOUT_MS = 5_000;
/** A client that was refused tries again after this time, and then after twice that, up to the most. */
const AGAIN_MS = 1_000;
const AGAIN_MS_MAX = 8_000;
/** Keys that live no longer than this must be seen to be replaced, ms. */
const KEY_LIFE_MS_MAX = 5_000;
/** A connection whose other end vanished is given up after this time: the system's retransmissions take longest. */
const RELEASE_MS = 1_200_000;

/** Notes who was answered by the hub since the faults ended. */
export class Convergence {
  readonly #stage: ControlStage;
  readonly #answered = new Set<string>();
  /** The first key that each reporter used since then, and who has used another. */
  readonly #keyIds = new Map<string, number>();
  readonly #renewed = new Set<string>();
  /** Sessions that routers serve. */
  readonly #sessions = new Map<string, Set<number>>();
  #isHealed = false;

  /** Begins to watch. */
  constructor(stage: ControlStage) {
    this.#stage = stage;
    stage.story.onHappening((happening) => {
      if (happening.kind === "healed") this.#isHealed = true;
      if (happening.kind === "event") this.#noteSession(happening.host, happening.event);
      if (happening.kind === "process") this.#sessions.delete(happening.host);
      if (!this.#isHealed) return;
      if (happening.kind === "sent") this.#noteKey(happening);
      if (happening.kind !== "observed") return;
      const { host, kind } = happening.observation;
      if (kind === "received" && happening.observation.message === "TelemetryAck") {
        this.#answered.add(host);
      }
    });
  }

  /** Runs the healed phase from the end of the faults to where nothing is left of what was begun. */
  async run(healAtMs: number): Promise<void> {
    const { world, story } = this.#stage;
    await world.pass(Math.max(0, healAtMs - world.nowMs));
    story.tell({ kind: "healed" });
    const isConverged = await this.#until(() => this.#missing() === undefined, this.#boundMs());
    if (!isConverged) {
      this.#stage.violate(
        CONVERGES.name,
        `after ${String(this.#boundMs())} ms ${this.#missing() ?? ""}`,
      );
    }
    await this.#rotate();
    await this.#meet();
    await this.#finish();
  }

  /** The key of each reporter is replaced when it is due, and offered with the next report; the one after brings it. */
  async #rotate(): Promise<void> {
    const { keyRotationMs, saveMs } = this.#stage.limits;
    if (keyRotationMs > KEY_LIFE_MS_MAX) return;
    const reporters = [...this.#running("server"), ...this.#running("router")];
    const periodMs = Math.max(...reporters.map((party) => party.periodMs ?? 0));
    const withinMs = CLOCK_RATIO * (keyRotationMs + 3 * periodMs + 2 * saveMs) + SLACK_MS;
    const isStuck = ({ host }: Party): boolean =>
      this.#answered.has(host) && !this.#renewed.has(host);
    const isDone = await this.#until(() => !reporters.some(isStuck), withinMs);
    const stuck = reporters.find(isStuck);
    if (isDone || stuck === undefined) return;
    const ms = String(Math.round(withinMs));
    this.#stage.violate(CONVERGES.name, `after ${ms} ms ${stuck.host} has the key that it had`);
  }

  #noteSession(host: string, event: ControlEvent): void {
    if (event.type === "sessionOver") this.#sessions.get(host)?.delete(event.session);
    if (event.type !== "sessionOpen") return;
    this.#sessions.set(host, (this.#sessions.get(host) ?? new Set()).add(event.session));
  }

  #noteKey({ host, bytes }: Datagram): void {
    const received = contentOf(bytes).toHub;
    if (received === undefined || received.name === "EnrolRequest") return;
    const { keyId } = received.message.key;
    const first = this.#keyIds.get(host) ?? keyId;
    this.#keyIds.set(host, first);
    if (keyId !== first) this.#renewed.add(host);
  }

  /** As the world's, but it does not look after each event: that would take most of a run. */
  #until(condition: () => boolean, withinMs: number): Promise<boolean> {
    const { world } = this.#stage;
    let nextMs = 0;
    let isMet = false;
    const look = (): boolean => {
      if (isMet || world.nowMs < nextMs) return isMet;
      nextMs = world.nowMs + LOOK_MS;
      isMet = condition();
      return isMet;
    };
    return world.until(look, withinMs);
  }

  /** The longest waits in a row: to ask for a key, to report, and to bring the inventory; each may have just begun. */
  #boundMs(): number {
    const { enrolRetryMs, reportRetryMs, saveMs, unansweredMax } = this.#stage.limits;
    const periodMs = Math.max(...this.#stage.parties.map((party) => party.periodMs ?? 0));
    const waitsMs = [...enrolRetryMs, ...reportRetryMs].reduce(
      (longest, waitMs) => Math.min(Math.max(longest, waitMs), WAIT_MS_MAX),
      0,
    );
    const reportsMs = (Math.min(unansweredMax, UNANSWERED_MAX) + 2) * periodMs;
    return CLOCK_RATIO * (2 * waitsMs + reportsMs + 2 * saveMs) + SLACK_MS;
  }

  /** What is not as it should be yet; of several identities that claim one mac, one is to have it. */
  #missing(): string | undefined {
    for (const server of this.#running("server")) {
      if (!this.#answered.has(server.host)) return `${server.host} is not heard`;
    }
    const routers = this.#running("router");
    for (const mac of new Set(routers.map((router) => router.mac))) {
      const claimants = routers.filter((router) => router.mac === mac);
      const problems = claimants.map((router) => this.#problemOf(router));
      if (!problems.includes(undefined)) return problems[0];
    }
    return undefined;
  }

  #problemOf({ host, account = "", mac = 0 }: Party): string | undefined {
    const [hub] = this.#stage.hosts("hub");
    const role = hub === undefined ? undefined : this.#stage.process(hub.host).role;
    if (!(role instanceof Hub)) return "the hub is down";
    if (!this.#answered.has(host)) return `${host} is not heard`;
    const entry = role.routersOf(account).find(({ subject }) => subject === mac);
    if (entry === undefined) return `${host} is not its owner's`;
    if (entry.inventory === undefined) return `${host} has not told what it is`;
    return role.isOnline(entry) ? undefined : `${host} is stale`;
  }

  /** Each client visits each router of its account, again and again until it is answered. */
  async #meet(): Promise<void> {
    const { limits } = this.#stage;
    // Where no server is left nobody meets.
    const clients = this.#running("server").length === 0 ? [] : this.#running("client");
    const open = clients.flatMap((client) =>
      this.#macsOf(client).map((mac) => new Errand(this.#stage, client.host, mac)),
    );
    for (const errand of open) errand.begin();
    // A place that somebody left without a word is held until then, and all clients may want the same one in turn.
    const turnMs = limits.placeMs + limits.askMs + VISIT_TIMEOUT_MS;
    const withinMs = CLOCK_RATIO * turnMs * (1 + open.length) + SLACK_MS;
    const isDone = await this.#until(() => open.every(({ isDone: one }) => one), withinMs);
    const late = open.find(({ isDone: one }) => !one);
    if (isDone || late === undefined) return;
    const { client, mac } = late;
    this.#stage.violate(CONVERGES.name, `${client} got no answer of ${formatMac(mac)}`);
  }

  /** Who is not gone for good: by now everyone else has been started again. */
  #running(kind: Party["kind"]): readonly Party[] {
    return this.#stage.hosts(kind).filter(({ host }) => this.#stage.process(host).isRunning);
  }

  /** Only the claimant that has it can be reached under a mac. */
  #macsOf({ account }: Party): readonly number[] {
    const own = this.#running("router").filter((router) => router.account === account);
    return [
      ...new Set(own.filter((one) => this.#problemOf(one) === undefined).map(({ mac = 0 }) => mac)),
    ];
  }

  async #finish(): Promise<void> {
    const { limits, world, story } = this.#stage;
    // Who still waits for the hub is left to wait: it must answer.
    const isMet = (): boolean => this.#stage.openVisits.every(({ isConnected }) => isConnected);
    await this.#until(isMet, CLOCK_RATIO * limits.askMs + SLACK_MS);
    for (const visit of this.#stage.openVisits) this.#stage.leave(visit);
    const isOver = await this.#until(() => this.#left() === undefined, RELEASE_MS);
    if (!isOver) this.#stage.violate(NOTHING_LEAKS.name, this.#left() ?? "");
    story.tell({ kind: "ended" });
    await world.pass(0);
  }

  /** What is left of sessions; timers of other things go on for ever. */
  #left(): string | undefined {
    if (this.#stage.openVisits.length > 0) return "a session is not over";
    for (const { host } of this.#stage.parties) {
      const { simHost, role } = this.#stage.process(host);
      if (simHost.streams > 0) return `${host} has ${String(simHost.streams)} streams`;
      const timer = simHost.timers.find((name) => SESSION_TIMERS.test(name));
      if (timer !== undefined) return `${host} has the timer ${timer}`;
      if (role instanceof Server && role.placesTaken > 0) return `${host} has places taken`;
      if ((this.#sessions.get(host)?.size ?? 0) > 0) return `${host} has sessions with clients`;
    }
    return undefined;
  }
}

const SESSION_TIMERS = /^(session|brokerage|place|channel|visit|invitation)\b/;

/** A visit that is repeated until it succeeds. */
class Errand {
  readonly client: string;
  readonly mac: number;
  readonly #stage: ControlStage;
  #state: VisitState | undefined;
  #againMs = AGAIN_MS;

  constructor(stage: ControlStage, client: string, mac: number) {
    this.#stage = stage;
    this.client = client;
    this.mac = mac;
  }

  get isDone(): boolean {
    return this.#state?.isAnswered === true;
  }

  begin(): void {
    const { client, mac } = this;
    const timeoutMs = VISIT_TIMEOUT_MS;
    this.#state = this.#stage.visit({ client, mac, method: "system.info", timeoutMs, holdMs: 0 });
    this.#watch();
  }

  #watch(): void {
    const { world } = this.#stage;
    world.schedule(world.nowMs + this.#againMs, "errand", () => {
      if (this.isDone) return;
      if (this.#state?.isOver !== true) {
        this.#watch();
        return;
      }
      this.#againMs = Math.min(2 * this.#againMs, AGAIN_MS_MAX);
      this.begin();
    });
  }
}
