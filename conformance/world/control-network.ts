import { MemoryNetwork } from "./memory-network.ts";
import type { MemoryHost } from "./memory-network.ts";
import type { Crypto, Identity, TransitionTaken } from "../../runtime/core/index.ts";
import { AjvSchemaCompiler } from "../../runtime/io/schema-compiler.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import { generateIdentity } from "../../runtime/io/node-crypto-identity.ts";
import { compileRouterValidators } from "../../generated/control/rpc/router.ts";
import { Client } from "../../runtime/roles/client/client.ts";
import type { ClientEvent, Meeting } from "../../runtime/roles/client/client-events.ts";
import { Hub } from "../../runtime/roles/hub/hub.ts";
import type { HubOptions } from "../../runtime/roles/hub/hub.ts";
import type { ConnectOutcome, HubEvent } from "../../runtime/roles/hub/hub-events.ts";
import type { HubChange, HubRows } from "../../runtime/roles/hub/rows.ts";
import { Router } from "../../runtime/roles/router/router.ts";
import type { RouterOptions } from "../../runtime/roles/router/router.ts";
import type { RouterEvent } from "../../runtime/roles/router/router-events.ts";
import type { ReporterState } from "../../runtime/roles/reporter/reporter.ts";
import { Server } from "../../runtime/roles/server/server.ts";
import type { ServerEvent, ServerOptions } from "../../runtime/roles/server/server.ts";

/** The account that owns the router of a `ControlNetwork`. */
export const ACCOUNT = "ada";

/** Mac of the router of a `ControlNetwork`. */
export const ROUTER_MAC = 0x0200_5e10_0001;

/** Identities are costly to make, and any will do. */
const identities = new Map<string, Promise<Identity>>();

/** The identity of this name, the same for a whole test run. */
export function identityOf(name: string): Promise<Identity> {
  const known = identities.get(name) ?? generateIdentity(createNodeCrypto());
  identities.set(name, known);
  return known;
}

/** What a test may change about the network. */
export interface ControlNetworkOptions {
  readonly network?: MemoryNetwork;
  readonly servers?: number;
  readonly places?: number;
  readonly hub?: Partial<HubOptions>;
  readonly router?: Partial<RouterOptions>;
  readonly server?: Partial<ServerOptions>;
}

const NO_ROWS: HubRows = { routers: [], servers: [], claims: [] };

/** A hub, servers, one router and one client in memory, with stores that confirm at once. */
export class ControlNetwork {
  readonly network: MemoryNetwork;
  readonly crypto: Crypto = createNodeCrypto();
  readonly transitions: TransitionTaken[] = [];
  readonly hubEvents: HubEvent[] = [];
  readonly routerEvents: RouterEvent[] = [];
  readonly serverEvents: ServerEvent[] = [];
  readonly clientEvents: ClientEvent[] = [];
  /** Answers of the router's handlers by method; a missing one is never answered. */
  readonly answers = new Map<string, unknown>([["system.uptime", { uptimeS: 4711 }]]);
  readonly servers: { readonly host: MemoryHost; readonly role: Server }[] = [];
  readonly #rows = new Map<string, HubChange>();
  readonly #options: ControlNetworkOptions;
  readonly #validators = compileRouterValidators(new AjvSchemaCompiler());
  hubHost!: MemoryHost;
  hub!: Hub;
  routerHost!: MemoryHost;
  router!: Router;
  clientHost!: MemoryHost;
  client!: Client;
  routerState: ReporterState = { key: undefined, hub: undefined };
  #clientIdentity!: Identity;
  #identities!: { readonly hub: Identity; readonly router: Identity; readonly servers: Identity[] };
  #starts = 0;
  #lastRequest = 0;

  constructor(options: ControlNetworkOptions = {}) {
    this.#options = options;
    this.network = options.network ?? new MemoryNetwork();
  }

  /** Makes and starts all parties. */
  static async create(options: ControlNetworkOptions = {}): Promise<ControlNetwork> {
    const made = new ControlNetwork(options);
    const names = Array.from(
      { length: options.servers ?? 1 },
      (_, index) => `server ${String(index)}`,
    );
    made.#identities = {
      hub: await identityOf("hub"),
      router: await identityOf("router"),
      servers: await Promise.all(names.map(identityOf)),
    };
    made.#clientIdentity = await identityOf("client");
    made.startHub();
    made.#identities.servers.forEach((identity, index) => {
      made.#startServer(identity, index);
    });
    made.startRouter();
    made.#startClient();
    return made;
  }

  /** Lets the parties enrol and claims the router for `ACCOUNT`. */
  settle(): void {
    const isReported = (): boolean => this.routerEvents.some(({ type }) => type === "reported");
    this.network.runUntil(isReported, 60_000);
    this.hubHost.command({
      type: "createClaim",
      requestId: 0,
      account: ACCOUNT,
      label: "lab",
      reusable: false,
      lifeMs: 60_000,
    });
    const made = this.hubEvents.findLast((event) => event.type === "claimCreated");
    const code = made?.created?.code ?? "";
    this.routerHost.command({ type: "claim", code });
    this.network.runUntil(() => this.hub.routersOf(ACCOUNT).length > 0, 60_000);
  }

  /** Starts the hub, again if it ran before, on what its store holds. */
  startHub(): void {
    if (this.hubHost !== undefined) this.network.remove(this.hubHost);
    this.#starts += 1;
    this.hubHost = this.network.host("192.0.2.1", 7400);
    this.hub = new Hub({
      ...this.#environment(),
      identity: this.#identities.hub,
      rows: this.#storedRows(),
      starts: this.#starts,
      nowMs: this.network.nowMs,
      servers: this.#identities.servers.map(({ fingerprint }) => fingerprint),
      ...this.#options.hub,
    });
    this.hubHost.run(this.hub, (event) => {
      this.#onHubEvent(event);
    });
  }

  /** Starts the router, again if it ran before, with what it saved. */
  startRouter(): void {
    if (this.routerHost !== undefined) this.network.remove(this.routerHost);
    this.#starts += 1;
    this.routerHost = this.network.host("198.51.100.7", 40_000 + this.#starts);
    this.router = new Router({
      ...this.#environment(),
      identity: this.#identities.router,
      mac: ROUTER_MAC,
      hub: this.hubHost.endpoint,
      state: this.routerState,
      starts: this.#starts,
      inventory: {
        model: "test",
        firmware: "test 1",
        hostname: "router",
        software: "tagwire",
        interfaces: [],
      },
      readings: () => ({
        uptimeS: 4711,
        loadPermille: 120,
        memoryTotalKib: 1024,
        memoryFreeKib: 512,
        rxBytes: 10,
        txBytes: 20,
      }),
      validators: this.#validators,
      ...this.#options.router,
    });
    this.routerHost.run(this.router, (event) => {
      this.#onRouterEvent(event);
    });
    this.routerHost.command({ type: "start" });
  }

  /** Puts everything the hub has changed into its store, as its process does every few seconds. */
  flushHub(): void {
    for (const change of this.hub.takeChanges()) this.#store(change);
  }

  /** Asks the hub for the router; the client connects when the hub answers. Gives the session's number. */
  connect(): number {
    this.#lastRequest += 1;
    this.clientHost.command({ type: "connect", session: this.#lastRequest, mac: ROUTER_MAC });
    return this.#lastRequest;
  }

  /** How the hub answered the request of this session. */
  outcomeOf(session: number): ConnectOutcome | undefined {
    const ended = this.hubEvents.find(
      (event) => event.type === "connectEnded" && event.requestId === session,
    );
    return ended?.type === "connectEnded" ? ended.outcome : undefined;
  }

  /** Whether the client's session is connected to the router. */
  isConnected(session: number): boolean {
    return this.clientEvents.some(
      (event) => event.type === "connected" && event.session === session,
    );
  }

  call(session: number, method: string, params: unknown = {}): unknown {
    const call = this.clientEvents.length + 1000;
    this.clientHost.command({ type: "call", session, call, method, params, timeoutMs: 5000 });
    const find = (): ClientEvent | undefined =>
      this.clientEvents.find((event) => event.type === "callEnded" && event.call === call);
    this.network.runUntil(() => find() !== undefined, 10_000);
    const ended = find();
    return ended?.type === "callEnded" ? ended.outcome : undefined;
  }

  #environment(): {
    crypto: Crypto;
    unixMs: () => number;
    observe: (taken: TransitionTaken) => void;
  } {
    return {
      crypto: this.crypto,
      unixMs: () => 1_700_000_000_000 + this.network.nowMs,
      observe: (taken) => {
        this.transitions.push(taken);
      },
    };
  }

  #startServer(identity: Identity, index: number): void {
    const host = this.network.host("203.0.113.1", 7500 + index);
    const role = new Server({
      ...this.#environment(),
      identity,
      hub: this.hubHost.endpoint,
      endpoint: host.endpoint,
      places: this.#options.places ?? 4,
      state: { key: undefined, hub: undefined },
      starts: 1,
      readings: () => ({ loadPermille: 100, relayedBytes: 0 }),
      ...this.#options.server,
    });
    host.run(role, (event: ServerEvent) => {
      this.serverEvents.push(event);
      if (event.type === "save") host.command({ type: "saved" });
    });
    host.command({ type: "start" });
    this.servers.push({ host, role });
  }

  #startClient(): void {
    this.clientHost = this.network.host("198.51.100.99", 50_000);
    this.client = new Client({
      ...this.#environment(),
      identity: this.#clientIdentity,
      validators: this.#validators,
    });
    this.clientHost.run(this.client, (event: ClientEvent) => {
      this.clientEvents.push(event);
      if (event.type === "askHub") {
        this.hubHost.command({
          type: "connect",
          requestId: event.session,
          account: ACCOUNT,
          mac: event.mac,
          clientFingerprint: this.#clientIdentity.fingerprint,
        });
      }
    });
  }

  #onHubEvent(event: HubEvent): void {
    this.hubEvents.push(event);
    if (event.type === "save") {
      this.#store(event.change);
      this.hubHost.command({ type: "saved", saveId: event.saveId });
    }
    if (event.type === "connectEnded") {
      const { outcome, requestId: session } = event;
      const meeting: Meeting | undefined = outcome.kind === "connected" ? outcome : undefined;
      this.network.schedule(this.network.delayMs, () => {
        this.clientHost.command(
          meeting === undefined
            ? { type: "refused", session }
            : { type: "invited", session, meeting },
        );
      });
    }
  }

  #onRouterEvent(event: RouterEvent): void {
    this.routerEvents.push(event);
    if (event.type === "save") {
      this.routerState = event.state;
      this.routerHost.command({ type: "saved" });
    }
    if (event.type === "call" && this.answers.has(event.method)) {
      const { session, call } = event;
      const handled = { ok: true, result: this.answers.get(event.method) };
      this.routerHost.command({ type: "callEnded", session, call, handled });
    }
  }

  #store(change: HubChange): void {
    this.#rows.set(`${change.table}/${String(change.key)}`, change);
  }

  #storedRows(): HubRows {
    const rows = { routers: [], servers: [], claims: [] } as Record<string, unknown[]>;
    for (const { table, row } of this.#rows.values()) if (row !== undefined) rows[table]?.push(row);
    return this.#rows.size === 0 ? NO_ROWS : (rows as unknown as HubRows);
  }
}
