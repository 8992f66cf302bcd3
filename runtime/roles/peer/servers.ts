import type { Endpoint, PeerSigner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type { ProbeHole, ServerEvent } from "../../../generated/peer/messages/root.ts";
import { encodePeer } from "../../../generated/peer/send.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import { ServerNotice } from "../../../generated/peer/types.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import type { Scratch } from "../kernel/scratch.ts";
import { HoleSearch } from "./hole-search.ts";
import { ServerLink } from "./server-link.ts";
import { endpointKey } from "./statements.ts";

/** The scope of frames that pass between two peers. */
export const PATH_SCOPE = "path";

/** What the side towards servers asks of its peer. */
export interface ServersOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  readonly scratch: Scratch;
  readonly signer: PeerSigner;
  registered(server: Endpoint, observed: Endpoint): void;
  unavailable(server: Endpoint, all: boolean): void;
  keepAlive(periodMs: number): void;
}

/** A peer's servers: the registration with each, and how long the hole towards them lasts. */
export class Servers {
  /** How often keep-alives are due where there is a NAT, milliseconds. */
  periodMs: number;
  readonly #office: ServersOffice;
  readonly #links: readonly ServerLink[];
  readonly #linkAt: ReadonlyMap<string, ServerLink>;
  readonly #search: HoleSearch;
  #addresses: readonly Endpoint[] = [];
  /** The server whose hole is probed. */
  #probed: ServerLink | undefined;

  constructor(office: ServersOffice, servers: readonly Endpoint[]) {
    this.#office = office;
    this.periodMs = office.limits.keepAliveMinMs;
    this.#links = servers.map((server, index) => this.#newLink(server, index));
    this.#linkAt = new Map(this.#links.map((link) => [endpointKey(link.server), link]));
    this.#search = this.#newSearch();
  }

  /** Servers that have our address. */
  get registered(): readonly Endpoint[] {
    return this.#links.filter(({ isRegistered }) => isRegistered).map(({ server }) => server);
  }

  at(endpoint: Endpoint): ServerLink | undefined {
    return this.#linkAt.get(endpointKey(endpoint));
  }

  /** Another network: what was found out about the last is worth nothing. */
  move(addresses: readonly Endpoint[]): void {
    this.#addresses = addresses;
    this.#search.dispatch({ name: "forget" });
    this.periodMs = this.#office.limits.keepAliveMinMs;
    for (const link of this.#links) link.dispatch({ name: "begin" });
  }

  stop(): void {
    for (const link of this.#links) link.dispatch({ name: "stop" });
    this.#search.dispatch({ name: "stop" });
  }

  takeEvent({ notice }: ServerEvent, link: ServerLink): void {
    if (notice === ServerNotice.holeOpen) {
      if (link === this.#probed) this.#search.dispatch({ name: "holeOpen" });
      return;
    }
    if (notice === ServerNotice.notRegistered) {
      this.#office.kernel.count("registration-lost");
      if (link.isRegistered) link.dispatch({ name: "begin" });
      return;
    }
    // Whether the other peer is there shows by its answer, not by what a server says; this is for whoever looks.
    const isUnknown = notice === ServerNotice.unknownPeer;
    this.#office.kernel.count(isUnknown ? "peer-unknown" : "peer-away");
  }

  /** Own addresses, and those that servers see, each once. */
  candidates(): readonly Endpoint[] {
    const observed = this.#links.flatMap((link) => link.observed ?? []);
    const all = [...observed, ...this.#addresses];
    const each = new Map(all.map((endpoint) => [endpointKey(endpoint), endpoint]));
    return [...each.values()].slice(0, this.#office.limits.candidatesMax);
  }

  /** Passes a frame on to another peer through a server, or through every one that has us. */
  relay(
    { to, payload }: { readonly to: Uint8Array; readonly payload: Uint8Array },
    route: ServerLink | undefined,
  ): void {
    this.#office.kernel.noteSent(PATH_SCOPE, payload);
    const links = route?.isRegistered === true ? [route] : this.#links;
    for (const link of links) {
      if (!link.isRegistered) continue;
      this.#sendTo(link.server, { name: "Send", message: { to, payload } });
    }
  }

  /** Sends from the socket that the holes are of, which spoils a probe of one. */
  transmit(to: Endpoint, bytes: Uint8Array): void {
    this.#office.kernel.sendDatagram(to, bytes);
    if (!this.#search.isProbing) return;
    this.#search.dispatch({ name: "disturbed" });
    for (const link of this.#links) link.dispatch({ name: "setPeriod" });
  }

  #newLink(server: Endpoint, index: number): ServerLink {
    const { kernel, limits, signer } = this.#office;
    const office = {
      kernel,
      limits,
      signer,
      periodMs: (observed: Endpoint | undefined) =>
        this.#hasNoNat(observed) ? limits.refreshMs : this.periodMs,
      sendTo: (to: Endpoint, sent: PeerSent) => {
        this.#sendTo(to, sent);
      },
      registered: (link: ServerLink) => {
        this.#registered(link);
      },
      unavailable: () => {
        const all = this.#links.every(({ isUnavailable }) => isUnavailable);
        this.#office.unavailable(server, all);
      },
    };
    return new ServerLink(office, { server, index });
  }

  #registered(link: ServerLink): void {
    const observed = link.observed ?? link.server;
    this.#office.registered(link.server, observed);
    if (this.#hasNoNat(observed)) return;
    this.#probed ??= link;
    if (this.#search.isIdle) this.#search.dispatch({ name: "search" });
  }

  /** Over IPv6, where the server sees the very address that we have: there is no hole to hold. */
  #hasNoNat(observed: Endpoint | undefined): boolean {
    if (observed?.address.includes(":") !== true) return false;
    return this.#addresses.some(({ address }) => address === observed.address);
  }

  #newSearch(): HoleSearch {
    return new HoleSearch({
      kernel: this.#office.kernel,
      limits: this.#office.limits,
      ask: (message) => {
        this.#probe(message);
      },
      // Whatever goes out may hold the hole open, to whichever server.
      hush: (forMs) => {
        for (const link of this.#links) link.dispatch({ name: "hush", forMs });
      },
      recover: () => {
        this.#probed?.dispatch({ name: "begin" });
      },
      settle: (periodMs) => {
        this.periodMs = periodMs;
        this.#office.keepAlive(periodMs);
        for (const link of this.#links) link.dispatch({ name: "setPeriod" });
      },
    });
  }

  /** The question is the last that is sent before the silence. */
  #probe(message: ProbeHole): void {
    if (this.#probed === undefined) return;
    const bytes = this.#encode({ name: "ProbeHole", message });
    this.#office.kernel.sendDatagram(this.#probed.server, bytes);
  }

  #sendTo(server: Endpoint, sent: PeerSent): void {
    this.transmit(server, this.#encode(sent));
  }

  #encode(sent: PeerSent): Uint8Array {
    return this.#office.scratch.take((bytes, view, at) => encodePeer(sent, bytes, view, at));
  }
}
