import assert from "node:assert/strict";
import { createNodeCrypto } from "../../../runtime/io/node-crypto.ts";
import type { ClientEvent, Meeting } from "../../../runtime/roles/client/client-events.ts";
import type { ConnectOutcome, HubEvent } from "../../../runtime/roles/hub/hub-events.ts";
import type { RouterEvent } from "../../../runtime/roles/router/router-events.ts";
import type { ServerEvent } from "../../../runtime/roles/server/server.ts";
import { partyIdentity } from "../../../sim/control/identities.ts";
import type { ClientProgramOptions } from "../../../sim/control/programs/client.ts";
import type { PartyProgramOptions } from "../../../sim/control/programs/party-program.ts";
import type { HubProgramOptions } from "../../../sim/control/programs/hub.ts";
import type { RouterProgramOptions } from "../../../sim/control/programs/router.ts";
import type { ServerProgramOptions } from "../../../sim/control/programs/server.ts";
import type { Observation } from "../../../sim/world/observation.ts";
import type { World, WorldProcess } from "../../../sim/world/world.ts";
import { isPeriodic } from "../../parity/equivalence.ts";

/** The account that owns the router. */
const ACCOUNT = "ada";

/** Mac of the router. */
const ROUTER_MAC = 0x0200_5e10_0001;

/** Longer than anything may take that is waited for, also where datagrams are lost and connections dialled again. */
const PATIENCE_MS = 60_000;

/** How long nothing but the periodic must happen until a scenario counts as over, milliseconds. */
const QUIET_MS: Readonly<Record<World["kind"], number>> = {
  simulated: 500,
  sockets: 300,
  namespaces: 1000,
};

/** How long parties wait for each other. */
export type Waits = Pick<PartyProgramOptions, "limits" | "systemLimits">;

/**
 * Waits so long that none is over while nothing is lost, however slow the machine is: then what happens does not
 * depend on time, and can be compared between worlds.
 */
export const PATIENT: Waits = {
  limits: {
    enrolRetryMs: [30_000],
    unansweredMax: 1000,
    saveMs: 30_000,
    pushMs: [30_000],
    wantedMs: 120_000,
    reserveMs: 30_000,
    tellMs: 30_000,
    addressMs: 60_000,
    verifyMs: 60_000,
    placeMs: 120_000,
    dialMs: 30_000,
    answerMs: 30_000,
    askMs: 120_000,
    waitClientMs: 120_000,
  },
  systemLimits: { handshakeMs: 30_000 },
};

/** The waits of the spec. */
export const SPECIFIED: Waits = {};

/** What a scenario changes about the parties. */
export interface CastOptions {
  readonly waits: Waits;
  readonly hub?: Partial<HubProgramOptions>;
  readonly server?: Partial<ServerProgramOptions>;
  readonly router?: Partial<RouterProgramOptions>;
}

/** How often a client tries where packets are lost. */
const CONNECT_ATTEMPTS = 3;

/** How a session of a client began: it can call now, or has ended and why. */
export type Begun = { readonly session: number } | { readonly problem: number };

/** What a call gave, as plain data. */
export type CallOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: { readonly code: number } };

/** The parties of a scenario: a hub, a server, a router and its owner's client, with reports every 400 ms. */
export class ControlCast {
  readonly world: World;
  readonly hub: WorldProcess;
  readonly server: WorldProcess;
  readonly router: WorldProcess;
  readonly client: WorldProcess;
  readonly #observations: readonly Observation[];
  /** How often a client may try to connect: with the waits of the spec a line that loses packets may be too slow. */
  readonly #attempts: number;
  #last = 0;

  private constructor(
    world: World,
    parties: Pick<ControlCast, "hub" | "server" | "router" | "client">,
    run: { readonly observations: readonly Observation[]; readonly attempts: number },
  ) {
    this.world = world;
    this.hub = parties.hub;
    this.server = parties.server;
    this.router = parties.router;
    this.client = parties.client;
    this.#observations = run.observations;
    this.#attempts = run.attempts;
  }

  /** Starts all of them, and waits until router and server are enrolled and the router has told what it is. */
  static async enrolled(world: World, options: CastOptions): Promise<ControlCast> {
    const { waits } = options;
    const observations: Observation[] = [];
    world.onObservation((observation) => observations.push(observation));
    const hub = await world.add({
      host: "hub",
      program: "hub",
      udpPort: 7400,
      tcpPort: 7400,
      options: { ...waits, identity: "hub", servers: ["server 0"], ...options.hub },
    });
    const [server, router, client] = await Promise.all([
      world.add({
        host: "server",
        program: "server",
        udpPort: 7500,
        tcpPort: 7500,
        options: {
          ...waits,
          identity: "server 0",
          hub: "hub",
          places: 4,
          periodMs: 400,
          ...options.server,
        },
      }),
      world.add({
        host: "router",
        program: "router",
        udpPort: 0,
        options: {
          ...waits,
          identity: "router",
          hub: "hub",
          mac: ROUTER_MAC,
          periodMs: 400,
          ...options.router,
        },
      }),
      addClient(world, { host: "client", identity: "client", waits }),
    ]);
    const cast = new ControlCast(
      world,
      { hub, server, router, client },
      {
        observations,
        attempts: waits === PATIENT ? 1 : CONNECT_ATTEMPTS,
      },
    );
    await cast.until("router and server enrol and the router reports", () => {
      const isReported = routerEvents(router).some(({ type }) => type === "reported");
      return isReported && serverEvents(server).some(({ type }) => type === "enrolled");
    });
    return cast;
  }

  /** Waits for something that must happen. @param what in words, for whoever reads that it did not. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const { kind } = this.world;
    assert.ok(await this.world.until(condition, PATIENCE_MS), `${what}, in a ${kind} world`);
  }

  /** How often something was observed. */
  count(predicate: (observation: Observation) => boolean): number {
    return this.#observations.filter(predicate).length;
  }

  /** Waits until the hub has taken in so many further reports of the router. */
  async reports(count: number): Promise<void> {
    const isReport = (one: Observation): boolean =>
      one.host === "hub" && one.kind === "received" && one.message === "Telemetry";
    const before = this.count(isReport);
    await this.until(`${String(count)} reports`, () => this.count(isReport) >= before + count);
  }

  /** Waits until nothing happens any more that would not happen in an idle network. */
  async quiet(): Promise<void> {
    const happened = (): number => this.count((observation) => !isPeriodic(observation));
    const endMs = this.world.nowMs + PATIENCE_MS;
    for (let before = -1; before !== happened();) {
      assert.ok(this.world.nowMs < endMs, "the network comes to rest");
      before = happened();
      await this.world.pass(QUIET_MS[this.world.kind]);
    }
  }

  /** Has the account make a claim code and the router show it. */
  async claim(): Promise<void> {
    const requestId = this.#next();
    const claim = { account: ACCOUNT, label: "lab", reusable: false, lifeMs: 600_000 };
    this.hub.command({ type: "createClaim", requestId, ...claim });
    let code: string | undefined;
    await this.until("a claim code is made", () => {
      const made = hubEvents(this.hub).find(
        (event) => event.type === "claimCreated" && event.requestId === requestId,
      );
      code = made?.type === "claimCreated" ? made.created?.code : undefined;
      return code !== undefined;
    });
    const before = this.#claimed();
    this.router.command({ type: "claim", code });
    await this.until("the router is claimed", () => this.#claimed() > before);
  }

  /** The hub's answer for a client that asks for a router. */
  async invitation(client: string, mac: number = ROUTER_MAC): Promise<ConnectOutcome> {
    const requestId = this.#next();
    const { fingerprint } = partyIdentity(CRYPTO, client);
    const request = { requestId, account: ACCOUNT, mac, clientFingerprint: fingerprint };
    this.hub.command({ type: "connect", ...request });
    let outcome: ConnectOutcome | undefined;
    await this.until("the hub answers a client", () => {
      const ended = hubEvents(this.hub).find(
        (event) => event.type === "connectEnded" && event.requestId === requestId,
      );
      outcome = ended?.type === "connectEnded" ? ended.outcome : undefined;
      return outcome !== undefined;
    });
    assert.ok(outcome !== undefined);
    return outcome;
  }

  /** Has a client connect with what the hub answers; between client and hub HTTP is left out. */
  async connect(options: {
    readonly process?: WorldProcess;
    /** What to answer in place of the hub. */
    readonly meeting?: Meeting;
    readonly mac?: number;
  }): Promise<Begun> {
    const { process = this.client, meeting, mac = ROUTER_MAC } = options;
    const session = this.#next();
    const heard = (): readonly ClientEvent[] => clientEvents(process);
    process.command({ type: "connect", session, mac });
    await this.until("a client asks the hub", () =>
      heard().some((event) => event.type === "askHub" && event.session === session),
    );
    const outcome =
      meeting === undefined
        ? await this.invitation("client", mac)
        : { kind: "connected" as const, ...meeting };
    process.command(
      outcome.kind === "connected"
        ? { type: "invited", session, meeting: outcome }
        : { type: "refused", session },
    );
    let begun: Begun | undefined;
    await this.until("a client is connected or told why not", () => {
      const said = heard().find(
        (event) =>
          (event.type === "connected" || event.type === "ended") && event.session === session,
      );
      if (said?.type === "connected") begun = { session };
      if (said?.type === "ended") begun = { problem: said.problem };
      return begun !== undefined;
    });
    assert.ok(begun !== undefined);
    return begun;
  }

  /** Has the client call a method of the router. */
  async call(session: number, method: string): Promise<CallOutcome> {
    const call = this.#next();
    this.client.command({ type: "call", session, call, method, params: {}, timeoutMs: 20_000 });
    let outcome: CallOutcome | undefined;
    await this.until("a call ends", () => {
      const ended = clientEvents(this.client).find(
        (event) => event.type === "callEnded" && event.call === call,
      );
      outcome = ended?.type === "callEnded" ? ended.outcome : undefined;
      return outcome !== undefined;
    });
    assert.ok(outcome !== undefined);
    return outcome;
  }

  /** Connects, calls, and closes: what a healthy network can do. */
  async works(): Promise<void> {
    let begun = await this.connect({});
    for (let attempt = 1; attempt < this.#attempts && "problem" in begun; attempt += 1) {
      begun = await this.connect({});
    }
    assert.ok("session" in begun, "the client is connected");
    const outcome = await this.call(begun.session, "system.uptime");
    assert.ok(outcome.ok, "the router answers");
    this.client.command({ type: "close", session: begun.session });
    await this.quiet();
  }

  /** The session of the client has ended. */
  isOver(session: number): boolean {
    return clientEvents(this.client).some(
      (event) => event.type === "ended" && event.session === session,
    );
  }

  /** How often a claim was accepted. */
  #claimed(): number {
    return hubEvents(this.hub).filter((event) => event.type === "noted" && event.note === "claimed")
      .length;
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }
}

/** Starts a client. @param client.identity name of its identity. */
export function addClient(
  world: World,
  client: { readonly host: string; readonly identity: string; readonly waits: Waits },
): Promise<WorldProcess> {
  const { host, identity, waits } = client;
  const options: ClientProgramOptions = { ...waits, identity };
  return world.add({ host, program: "client", options });
}

const CRYPTO = createNodeCrypto();

function hubEvents({ events }: WorldProcess): readonly HubEvent[] {
  return events as readonly HubEvent[];
}

function serverEvents({ events }: WorldProcess): readonly ServerEvent[] {
  return events as readonly ServerEvent[];
}

function routerEvents({ events }: WorldProcess): readonly RouterEvent[] {
  return events as readonly RouterEvent[];
}

function clientEvents({ events }: WorldProcess): readonly ClientEvent[] {
  return events as readonly ClientEvent[];
}
