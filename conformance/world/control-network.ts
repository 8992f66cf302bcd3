import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import type { ControlLimits } from "../../generated/control/limits.ts";
import type { RoleObservation } from "../../runtime/roles/kernel/observation.ts";
import type { HubOptions } from "../../runtime/roles/hub/hub.ts";
import type { ConnectOutcome, HubEvent } from "../../runtime/roles/hub/hub-events.ts";
import type { RouterOptions } from "../../runtime/roles/router/router.ts";
import type { ServerOptions } from "../../runtime/roles/server/server.ts";
import { ClientParty } from "./client-party.ts";
import { HubParty } from "./hub-party.ts";
import { identityOf } from "./identities.ts";
import type { PartyName } from "./identities.ts";
import { MemoryNetwork } from "./memory-network.ts";
import type { PartyWorld } from "./party.ts";
import { RouterParty } from "./router-party.ts";
import type { RouterPlace } from "./router-party.ts";
import { createSeededCrypto } from "./seeded-crypto.ts";
import { ServerParty } from "./server-party.ts";

/** The account that owns the router of a `ControlNetwork`. */
export const ACCOUNT = "ada";

/** Mac of the router of a `ControlNetwork`. */
export const ROUTER_MAC = 0x0200_5e10_0001;

/** Longer than any connect request may take. */
const CONNECT_MS = 60_000;

/** What a test may change about the network. */
export interface ControlNetworkOptions {
  /** Where all randomness comes from. Default 1. */
  readonly seed?: number;
  /** One-way delay of everything, milliseconds. Default 1. */
  readonly delayMs?: number;
  /** How many servers, at most 4; all are on the hub's list. Default 1. */
  readonly servers?: number;
  /** Limits that differ from the spec's. */
  readonly limits?: Partial<ControlLimits>;
  /** Hears what any role does. Default: transitions are counted as covered, and nothing else is kept. */
  readonly observe?: (observation: RoleObservation) => void;
  readonly hub?: Partial<HubOptions>;
  readonly router?: Partial<RouterOptions>;
  readonly server?: Partial<ServerOptions>;
}

/** Hears of every transition that any role of any network took: what scenarios cover. */
export const transitionsTaken: Set<string> = new Set();

/** A hub, servers, one router and one client in memory, with stores that confirm at once. */
export class ControlNetwork {
  readonly network: MemoryNetwork;
  readonly hub: HubParty;
  readonly servers: readonly ServerParty[];
  readonly router: RouterParty;
  readonly client: ClientParty;
  readonly #world: PartyWorld;
  readonly #asking = new Map<number, ClientParty>();
  #hosts = 0;

  /** Makes all parties and starts them. */
  constructor(options: ControlNetworkOptions = {}) {
    this.network = new MemoryNetwork(options.delayMs);
    this.#world = {
      network: this.network,
      crypto: createSeededCrypto(options.seed ?? 1),
      limits: { ...CONTROL_LIMITS, ...options.limits },
      observe: options.observe ?? noteTransition,
    };
    const names = (["server 0", "server 1", "server 2", "server 3"] as const).slice(
      0,
      options.servers ?? 1,
    );
    this.servers = names.map(
      (name, index) =>
        new ServerParty(
          this.#world,
          { identity: identityOf(name), port: 7500 + index },
          options.server,
        ),
    );
    this.hub = new HubParty(this.#world, {
      identity: identityOf("hub"),
      servers: this.servers.map(({ identity }) => identity.fingerprint),
      ...options.hub,
    });
    this.hub.onEvent = (event) => {
      this.#onHubEvent(event);
    };
    this.hub.start();
    for (const server of this.servers) server.start();
    this.router = this.addRouter("router", ROUTER_MAC, options.router);
    this.client = this.addClient("client");
  }

  /** A network in which everyone has enrolled and the account owns the router. */
  static settled(options: ControlNetworkOptions = {}): ControlNetwork {
    const made = new ControlNetwork(options);
    made.settle();
    return made;
  }

  /** Adds and starts a router. */
  addRouter(name: PartyName, mac: number, options: Partial<RouterOptions> = {}): RouterParty {
    this.#hosts += 1;
    const place: RouterPlace = { identity: identityOf(name), mac, port: 2000 + 20 * this.#hosts };
    const router = new RouterParty(this.#world, place, options);
    router.start();
    return router;
  }

  addClient(name: PartyName): ClientParty {
    this.#hosts += 1;
    const place = { identity: identityOf(name), port: 50_000 + this.#hosts };
    return new ClientParty(this.#world, place, ({ session, mac }, party) => {
      this.#asking.set(session, party);
      this.hub.host.command({
        type: "connect",
        requestId: session,
        account: ACCOUNT,
        mac,
        clientFingerprint: party.identity.fingerprint,
      });
    });
  }

  /** Lets the parties enrol and claims the router for `ACCOUNT`. */
  settle(): void {
    const { network, router } = this;
    network.runUntil(() => router.events.some(({ type }) => type === "reported"), 60_000);
    this.claim(router);
    network.runUntil(
      () =>
        this.hub.role.routersOf(ACCOUNT).length > 0 &&
        this.servers.every(({ events }) => events.some(({ type }) => type === "enrolled")),
      60_000,
    );
    network.run(100);
  }

  /** Makes a claim code and gives it to the router. */
  claim(router: RouterParty): void {
    this.hub.host.command({
      type: "createClaim",
      requestId: 0,
      account: ACCOUNT,
      label: "lab",
      reusable: false,
      lifeMs: 60_000,
    });
    const made = this.hub.events.findLast((event) => event.type === "claimCreated");
    router.host.command({ type: "claim", code: made?.created?.code ?? "" });
  }

  /** How the hub answered the request of this session. */
  outcomeOf(session: number): ConnectOutcome | undefined {
    const ended = this.hub.events.find(
      (event) => event.type === "connectEnded" && event.requestId === session,
    );
    return ended?.type === "connectEnded" ? ended.outcome : undefined;
  }

  /** Has a client connect and lets time pass until it is connected or its session ends. Gives the session's number. */
  connect(client: ClientParty = this.client, mac: number = ROUTER_MAC): number {
    const session = client.connect(mac);
    this.network.runUntil(
      () => client.isConnected(session) || client.problemOf(session) !== undefined,
      CONNECT_MS,
    );
    return session;
  }

  /** Whether a client that connects now can call the router. */
  works(): boolean {
    const session = this.connect();
    const outcome = this.client.call(session, "system.uptime");
    this.client.close(session);
    return outcome?.ok === true;
  }

  /** Places that are taken on all servers together. */
  get placesTaken(): number {
    return this.servers.reduce((sum, { role }) => sum + role.placesTaken, 0);
  }

  #onHubEvent(event: HubEvent): void {
    if (event.type !== "connectEnded") return;
    const { outcome, requestId: session } = event;
    const party = this.#asking.get(session);
    this.network.schedule(this.network.delayMs, () => {
      party?.host.command(
        outcome.kind === "connected"
          ? { type: "invited", session, meeting: party.alter(outcome) }
          : { type: "refused", session },
      );
    });
  }
}

function noteTransition(observation: RoleObservation): void {
  if (observation.kind !== "transition") return;
  const { machine, from, on, to } = observation;
  transitionsTaken.add(`${machine}: ${from} on ${on} to ${to}`);
}
