import { createTicket, encodeGrant, encodeHex, ticketHint } from "../../core/index.ts";
import { FailReason } from "../../../generated/control/types.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type { ChannelSurroundings } from "../channel/channel.ts";
import { Brokerage } from "./brokerage.ts";
import type { BrokerageLink, BrokerageOffice } from "./brokerage.ts";
import type { HubDatagrams } from "./datagrams.ts";
import { isFresh } from "./entries.ts";
import type { RouterEntry, ServerEntry } from "./entries.ts";
import type { ConnectOutcome } from "./hub-events.ts";
import { ServerLink } from "./server-link.ts";

/** A request of a client for one router. */
export interface WantedRouter {
  readonly requestId: number;
  readonly router: RouterEntry;
  /** Identity of the client, 32 bytes. */
  readonly clientFingerprint: Uint8Array;
}

/** What the brokerages of a hub need. */
export interface BrokeragesOptions extends ChannelSurroundings {
  readonly limits: ControlLimits;
  readonly datagrams: HubDatagrams;
  readonly servers: () => Iterable<ServerEntry>;
  /** Answers the client. */
  readonly ended: (requestId: number, outcome: ConnectOutcome) => void;
}

/** All connect requests that a hub works on. */
export class Brokerages implements BrokerageOffice {
  readonly limits: ControlLimits;
  readonly #options: BrokeragesOptions;
  readonly #byRequest = new Map<number, Brokerage>();
  /** By the hint of the invitation's ticket, hex. */
  readonly #byHint = new Map<string, Brokerage>();

  constructor(options: BrokeragesOptions) {
    this.#options = options;
    this.limits = options.limits;
  }

  /** Starts to bring the two together, and invites the router at once. */
  open({ requestId, router, clientFingerprint }: WantedRouter): void {
    const { kernel } = this.#options;
    const { brokeragesMax, brokeragesPerRouterMax } = this.limits;
    if (this.#byRequest.size >= brokeragesMax || router.wanted.size >= brokeragesPerRouterMax) {
      kernel.count("limit");
      this.#options.ended(requestId, this.#busy());
      return;
    }
    const { crypto } = kernel;
    const request = {
      requestId,
      router,
      clientFingerprint,
      sessionId: crypto.randomBytes(16),
      invitationTicket: createTicket(crypto),
      routerTicket: createTicket(crypto),
      clientTicket: createTicket(crypto),
    };
    const brokerage = new Brokerage(request, this, kernel);
    this.#byRequest.set(requestId, brokerage);
    this.#byHint.set(this.#hintOf(request.invitationTicket), brokerage);
    router.wanted.add(brokerage);
    brokerage.dispatch({ name: "invite" });
  }

  cancel(requestId: number, reason: FailReason): void {
    this.#byRequest.get(requestId)?.dispatch({ name: "cancel", reason });
  }

  cancelAll(reason: FailReason): void {
    for (const requestId of [...this.#byRequest.keys()]) this.cancel(requestId, reason);
  }

  /** Whether an invitation with a ticket of this hint is out. */
  expectsHint(hint: Uint8Array): boolean {
    return this.#byHint.get(encodeHex(hint))?.inviting === true;
  }

  /** The brokerage that invited this router with this ticket. */
  find(mac: number, ticket: Uint8Array): Brokerage | undefined {
    const brokerage = this.#byHint.get(this.#hintOf(ticket));
    if (brokerage === undefined || brokerage.request.router.subject !== mac) return undefined;
    const { crypto } = this.#options.kernel;
    return crypto.equal(brokerage.request.invitationTicket, ticket) ? brokerage : undefined;
  }

  chooseServer(tried: ReadonlySet<ServerEntry>): ServerEntry | undefined {
    let best: ServerEntry | undefined;
    for (const server of this.#options.servers()) {
      if (tried.has(server) || !this.#isUsable(server)) continue;
      if (best === undefined || isLessLoaded(server, best)) best = server;
    }
    return best;
  }

  dialServer(server: ServerEntry, brokerage: Brokerage): BrokerageLink {
    server.placesTaken += 1;
    return new ServerLink(this.#options, server, brokerage);
  }

  pushInvitation({ request }: Brokerage): void {
    this.#options.datagrams.pushInvitation(request.router, request.invitationTicket);
  }

  succeed(brokerage: Brokerage, server: ServerEntry): void {
    const { request } = brokerage;
    const slot = request.router.keyring.current;
    if (server.endpoint === undefined || slot === undefined) {
      this.fail(brokerage, FailReason.serverLost);
      return;
    }
    const grant = encodeGrant(this.#options.kernel.crypto, slot.key, {
      keyId: slot.keyId,
      sessionId: request.sessionId,
      client: request.clientFingerprint,
      lifetimeS: this.limits.grantLifeS,
    });
    this.#end(brokerage, {
      kind: "connected",
      mac: request.router.subject,
      server: server.endpoint,
      serverFingerprint: server.fingerprint,
      sessionId: request.sessionId,
      ticket: request.clientTicket,
      routerFingerprint: request.router.fingerprint,
      grant,
      expiresInS: Math.floor(this.limits.placeMs / 1000),
    });
  }

  /** The place that was counted at dialling will not be used; a server that was given up before stays as it was counted. */
  fail(brokerage: Brokerage, reason: FailReason): void {
    const { server } = brokerage;
    if (server !== undefined) server.placesTaken = Math.max(0, server.placesTaken - 1);
    const isBusy = reason === FailReason.noServer;
    this.#end(brokerage, isBusy ? this.#busy() : { kind: "failed", reason });
  }

  #end(brokerage: Brokerage, outcome: ConnectOutcome): void {
    const { requestId, router, invitationTicket } = brokerage.request;
    this.#byRequest.delete(requestId);
    this.#byHint.delete(this.#hintOf(invitationTicket));
    router.wanted.delete(brokerage);
    this.#options.ended(requestId, outcome);
  }

  #busy(): ConnectOutcome {
    return { kind: "busy", retryAfterS: this.limits.retryAfterS };
  }

  #isUsable(server: ServerEntry): boolean {
    return (
      server.endpoint !== undefined &&
      server.placesTaken < server.placesTotal &&
      isFresh(server, this.limits, this.#options.kernel.nowMs)
    );
  }

  #hintOf(ticket: Uint8Array): string {
    return encodeHex(ticketHint(this.#options.kernel.crypto, ticket));
  }
}

/** By the share of places taken, then by processor load, then by the older name, so that the choice is the same everywhere. */
function isLessLoaded(a: ServerEntry, b: ServerEntry): boolean {
  const share = a.placesTaken / a.placesTotal - b.placesTaken / b.placesTotal;
  if (share !== 0) return share < 0;
  if (a.loadPermille !== b.loadPermille) return a.loadPermille < b.loadPermille;
  return a.subject < b.subject;
}
