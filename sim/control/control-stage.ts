import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import type { ControlLimits } from "../../generated/control/limits.ts";
import type { ClientCommand, ClientEvent } from "../../runtime/roles/client/client-events.ts";
import type { HubEvent } from "../../runtime/roles/hub/hub-events.ts";
import type { RouterEvent } from "../../runtime/roles/router/router-events.ts";
import type { CaseRun } from "../campaign/scenario.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import type { SimulatedWorld } from "../world/simulated-world.ts";
import type { Ask, ControlChecker, ControlEvent } from "./happening.ts";
import { HubDesk } from "./hub-desk.ts";
import { parametersOf, partiesOf, plansOf } from "./parties.ts";
import type { Party } from "./parties.ts";
import { Story } from "./story.ts";

/** How long a claim code lives: longer than any run, and than clocks jump. */
const CLAIM_LIFE_MS = 365 * 86_400_000;

/** Kinds of claim codes: for all routers of an account, and for one. */
export const CODE_KINDS = ["fleet", "single"] as const;

/** One of them. */
export type CodeKind = (typeof CODE_KINDS)[number];

type ClaimCreated = Extract<HubEvent, { type: "claimCreated" }>;

/** A visit of a client to a router. */
export interface Visit {
  /** Host of the client. */
  readonly client: string;
  readonly mac: number;
  readonly method: string;
  readonly params?: unknown;
  /** How long the router may take, ms. */
  readonly timeoutMs: number;
  /** How long the client stays after the answer, ms. */
  readonly holdMs: number;
  /** Host of another client, whose answer of the hub this one got hold of. Default: its own. */
  readonly grantFor?: string;
}

/** How a visit stands. */
export interface VisitState {
  readonly visit: Visit;
  readonly session: number;
  isConnected: boolean;
  /** The call was answered without an error. */
  isAnswered: boolean;
  /** The session is over. */
  isOver: boolean;
}

/** The control network of one run: its processes, what is carried between them, and who watches. */
export class ControlStage {
  readonly world: SimulatedWorld;
  readonly story: Story;
  readonly parties: readonly Party[];
  readonly limits: ControlLimits;
  readonly #run: CaseRun;
  readonly #asks = new Map<number, Ask>();
  readonly #visits = new Map<number, VisitState>();
  /** Codes by account and kind. */
  readonly #codes = new Map<string, string>();
  #lastNumber = 0;

  private constructor(run: CaseRun, checkers: readonly ControlChecker[]) {
    this.#run = run;
    this.world = run.world;
    this.parties = partiesOf(run.case);
    this.limits = { ...CONTROL_LIMITS, ...parametersOf(run.case).limits };
    this.story = new Story(run.world);
    for (const checker of checkers) this.#watch(checker);
    this.story.onHappening((happening) => {
      if (happening.kind === "asked") this.#asks.set(happening.ask.session, happening.ask);
      if (happening.kind === "process" && happening.what === "started")
        this.#started(happening.host);
    });
  }

  /** Puts the network of a case together, and has the owners of routers make claim codes. */
  static async build(run: CaseRun, checkers: readonly ControlChecker[]): Promise<ControlStage> {
    const stage = new ControlStage(run, checkers);
    for (const plan of plansOf(run.case)) {
      const process = await run.world.add(plan);
      process.onEvent((event) => {
        stage.story.event(plan.host, event as ControlEvent);
      });
    }
    stage.#openDesk();
    return stage;
  }

  /** The hosts of one kind of party. */
  hosts(kind: Party["kind"]): readonly Party[] {
    return this.parties.filter((party) => party.kind === kind);
  }

  /** The process of a party. @throws {RangeError} if there is none. */
  process(host: string): SimulatedProcess {
    return this.world.process(host);
  }

  /** Has a client connect to a router, call a method and go. Nothing if the client is down. */
  visit(visit: Visit): VisitState {
    this.#lastNumber += 1;
    const session = this.#lastNumber;
    // A client that is down does not begin anything.
    const isOver = !this.process(visit.client).isRunning;
    const state = { visit, session, isConnected: false, isAnswered: false, isOver };
    this.#visits.set(session, state);
    this.#command(visit.client, { type: "connect", session, mac: visit.mac });
    return state;
  }

  /** Sessions that are not over. */
  get openVisits(): readonly VisitState[] {
    return [...this.#visits.values()].filter(({ isOver }) => !isOver);
  }

  /** Ends a session. */
  leave({ session, visit }: VisitState): void {
    this.#command(visit.client, { type: "close", session });
  }

  /** A claim code of an account; undefined until the hub has made it. */
  codeOf(account: string, kind: CodeKind): string | undefined {
    return this.#codes.get(`${account} ${kind}`);
  }

  /** Reports that a rule was broken. */
  violate(checker: string, message: string): void {
    this.#run.violate(checker, message);
  }

  #watch(checker: ControlChecker): void {
    const { limits, parties, world } = this;
    const take = checker.watch({
      parties,
      limits,
      get nowMs() {
        return world.nowMs;
      },
      roleOf: (host) =>
        this.parties.some((party) => party.host === host) ? this.process(host).role : undefined,
      violate: (message) => {
        this.#run.violate(checker.name, message);
      },
    });
    this.story.onHappening(take);
  }

  #openDesk(): void {
    const { world, story } = this;
    const [hubParty] = this.hosts("hub");
    if (hubParty === undefined) return;
    const hub = this.process(hubParty.host);
    const clients = this.hosts("client");
    const { httpMs } = parametersOf(this.#run.case);
    const desk = new HubDesk({ world, story, hub, clients, httpMs });
    for (const client of clients) {
      this.process(client.host).onEvent((event) => {
        const { grantFor } = this.#visits.get((event as ClientEvent).session)?.visit ?? {};
        const owner = clients.find(({ host }) => host === grantFor);
        desk.onClientEvent(client, event as ClientEvent, owner);
        this.#onClientEvent(client.host, event as ClientEvent);
      });
    }
    this.story.onHappening((happening) => {
      if (happening.kind !== "process" || happening.what !== "crashed") return;
      for (const state of this.openVisits) {
        if (state.visit.client === happening.host) state.isOver = true;
      }
    });
    this.#makeClaims(hub);
  }

  /** Two codes for each account: one for its fleet, which all its routers show, and one for one router. */
  #makeClaims(hub: SimulatedProcess): void {
    const accounts = new Set(this.hosts("router").flatMap(({ account }) => account ?? []));
    hub.onEvent((event) => {
      const { type, created } = event as HubEvent & { readonly created?: ClaimCreated["created"] };
      if (type !== "claimCreated" || created === undefined) return;
      const { account, reusable } = created.claim;
      this.#codes.set(`${account} ${reusable === 1 ? "fleet" : "single"}`, created.code);
      if (reusable === 1) for (const router of this.hosts("router")) this.#giveCode(router);
    });
    for (const account of accounts) {
      for (const reusable of [true, false]) {
        const claim = { account, label: "", reusable, lifeMs: CLAIM_LIFE_MS };
        hub.command({ type: "createClaim", requestId: 0, ...claim });
      }
    }
  }

  /** The operator's code is in the router's configuration, so it shows it after each start. */
  #giveCode({ host, account = "" }: Party): void {
    const code = this.codeOf(account, "fleet");
    if (code !== undefined) this.process(host).command({ type: "claim", code });
  }

  #started(host: string): void {
    const router = this.hosts("router").find((party) => party.host === host);
    if (router !== undefined) this.#giveCode(router);
  }

  #onClientEvent(host: string, event: ClientEvent): void {
    const state = this.#visits.get(event.session);
    if (state === undefined) return;
    const { timeoutMs, holdMs, method, params = {} } = state.visit;
    if (event.type === "connected") {
      state.isConnected = true;
      this.#lastNumber += 1;
      const call = this.#lastNumber;
      const ask = this.#asks.get(event.session);
      if (ask !== undefined) this.story.tell({ kind: "called", ask, call, method, timeoutMs });
      this.#command(host, {
        type: "call",
        session: event.session,
        call,
        method,
        params,
        timeoutMs,
      });
    } else if (event.type === "callEnded") {
      state.isAnswered = event.outcome.ok;
      this.world.schedule(this.world.nowMs + holdMs, "leave", () => {
        this.leave(state);
      });
    } else if (event.type === "ended") {
      state.isOver = true;
    }
  }

  #command(client: string, command: ClientCommand): void {
    this.process(client).command(command);
  }
}

/** What a router reported of one kind, in order. */
export function reportsOf<Type extends RouterEvent["type"]>(
  { events }: SimulatedProcess,
  type: Type,
): readonly Extract<RouterEvent, { type: Type }>[] {
  return (events as readonly RouterEvent[]).filter(
    (event): event is Extract<RouterEvent, { type: Type }> => event.type === type,
  );
}
