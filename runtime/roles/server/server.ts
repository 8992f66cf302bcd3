import { CertificateVerifier, encodeHex, ticketHint } from "../../core/index.ts";
import type { Effect, Endpoint, Identity, Input, Role, StreamId } from "../../core/index.ts";
import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type { Reserve } from "../../../generated/control/messages/servers.ts";
import { decodeServerUdp } from "../../../generated/control/receive.ts";
import { RefuseReason, Reporter } from "../../../generated/control/types.ts";
import { SYSTEM_LIMITS } from "../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import type { ChannelSurroundings } from "../channel/channel.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { RoleEnvironment, StreamOwner } from "../kernel/kernel.ts";
import { Scratch } from "../kernel/scratch.ts";
import { ReporterEndpoint } from "../reporter/reporter.ts";
import type { ReporterEvent } from "../reporter/reporter-events.ts";
import type { ReporterState } from "../reporter/reporter.ts";
import { serverSubject } from "../reporter/server-subject.ts";
import { Place } from "./place.ts";
import type { PlaceLink } from "./place.ts";
import { ServerVisit } from "./visit.ts";
import type { Arrival } from "./visit.ts";

/** What a server is told by whoever runs it. */
export type ServerCommand =
  /** Where routers and clients reach this server; 0.0.0.0 or :: for the address that the hub sees. */
  | { readonly type: "start"; readonly endpoint: Endpoint }
  /** What the event `save` asked for is on disk. */
  | { readonly type: "saved" }
  | { readonly type: "stop" };

/** What a server reports. */
export type ServerEvent =
  | ReporterEvent
  | { readonly type: "placeReserved"; readonly routerMac: number }
  | { readonly type: "relayStarted"; readonly routerMac: number }
  | { readonly type: "placeFree"; readonly routerMac: number };

/** What a server knows of itself. */
export interface ServerReadings {
  /** One-minute load average for each processor, thousandths; 0 … 65535. */
  readonly loadPermille: number;
  /** Relayed in both directions since the start. */
  readonly relayedBytes: number;
}

/** What a server is made with. */
export interface ServerOptions extends RoleEnvironment {
  readonly identity: Identity;
  /** UDP address of the hub. */
  readonly hub: Endpoint;
  /** Sessions that may be relayed at a time, 1–65535. */
  readonly places: number;
  /** What the store holds; with `hub` set, no other hub is accepted. */
  readonly state: ReporterState;
  /** How often the server was started with its store, this start included; saved before it runs. 1 … 2^20. */
  readonly starts: number;
  /** The network's join secret, if the hub does not list this server. */
  readonly joinSecret?: Uint8Array;
  /** How often to report, milliseconds. Default: `loadPeriodMs` of the spec. */
  readonly periodMs?: number;
  readonly readings: () => ServerReadings;
  /** Default: those of the spec. */
  readonly limits?: ControlLimits;
  readonly systemLimits?: SystemLimits;
}

/** A relay: the place where a client meets a router. It has no key to what they say. */
export class Server implements Role<ServerCommand, ServerEvent> {
  readonly #options: ServerOptions;
  readonly #limits: ControlLimits;
  readonly #kernel: Kernel<ServerEvent>;
  readonly #around: ChannelSurroundings;
  readonly #reporter: ReporterEndpoint;
  readonly #visits = new Set<ServerVisit>();
  readonly #places = new Set<Place>();
  /** Places by the hint of either ticket, hex. */
  readonly #byHint = new Map<string, Place>();
  #endpoint: Endpoint = { address: "0.0.0.0", port: 0 };
  #stopping = false;
  #reportsSoon = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? CONTROL_LIMITS;
    this.#kernel = new Kernel(options);
    this.#around = {
      kernel: this.#kernel,
      scratch: new Scratch(),
      identity: options.identity,
      verifier: new CertificateVerifier(options.crypto),
      systemLimits: options.systemLimits ?? SYSTEM_LIMITS,
    };
    this.#reporter = this.#createReporter();
  }

  handle(input: Input<ServerCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "datagram") this.#reporter.receive(input.from, input.bytes);
    else if (input.type === "streamAccepted") this.#accept(input.stream);
    else if (input.type === "command") this.#command(input.command);
  }

  poll(): Effect<ServerEvent> | undefined {
    return this.#kernel.poll();
  }

  /** Places that are reserved or occupied. */
  get placesTaken(): number {
    return this.#places.size;
  }

  /** What peers did wrong and what was refused, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  #command(command: ServerCommand): void {
    switch (command.type) {
      case "start":
        this.#endpoint = command.endpoint;
        this.#reporter.begin();
        return;
      case "saved":
        this.#reporter.saved();
        return;
      case "stop":
        this.#stopping = true;
        this.#reporter.dispatch({ name: "stop" });
        for (const place of [...this.#places]) place.stop();
        for (const visit of [...this.#visits]) visit.end();
        return;
    }
  }

  /** Besides the two of each place only the hub's connections are to be expected. */
  #accept(stream: StreamId): void {
    const visitsMax = 4 * this.#options.places + 64;
    if (this.#stopping || this.#visits.size >= visitsMax) {
      this.#kernel.count("limit");
      this.#kernel.refuseStream(stream);
      return;
    }
    const office = {
      ...this.#around,
      limits: this.#limits,
      isHub: (peer: { readonly fingerprint: Uint8Array }) => this.#reporter.isHub(peer),
      expectsHint: (hint: Uint8Array) => this.#byHint.has(encodeHex(hint)),
      placeOf: (arrival: Arrival) => this.#placeOf(arrival),
      reserve: (reserve: Reserve, hub: PlaceLink) => this.#reserve(reserve, hub),
      visitOver: (visit: ServerVisit) => {
        this.#visits.delete(visit);
      },
      hubLeft: (visit: ServerVisit) => {
        for (const place of [...this.#places]) place.hubLeft(visit);
      },
    };
    this.#visits.add(new ServerVisit(office, stream));
  }

  #placeOf({ party, sessionId, ticket }: Arrival): Place | undefined {
    const { crypto } = this.#kernel;
    const place = this.#byHint.get(this.#hintOf(ticket));
    if (place === undefined || !crypto.equal(place.reserve.sessionId, sessionId)) return undefined;
    const { routerTicket, clientTicket } = place.reserve;
    const expected = party === "router" ? routerTicket : clientTicket;
    return crypto.equal(expected, ticket) ? place : undefined;
  }

  #reserve(reserve: Reserve, hub: PlaceLink): RefuseReason | undefined {
    if (this.#stopping) return RefuseReason.stopping;
    if (this.#places.size >= this.#options.places) return RefuseReason.full;
    const hints = [this.#hintOf(reserve.routerTicket), this.#hintOf(reserve.clientTicket)];
    const { crypto } = this.#kernel;
    const isTaken =
      hints.some((hint) => this.#byHint.has(hint)) ||
      [...this.#places].some((place) => crypto.equal(place.reserve.sessionId, reserve.sessionId));
    if (isTaken) return RefuseReason.taken;
    const { routerMac } = reserve;
    const place: Place = new Place({
      kernel: this.#kernel,
      limits: this.#limits,
      reserve,
      hub,
      startRelay: (router, client): (() => void) => this.#startRelay(place, router, client),
      free: () => {
        this.#places.delete(place);
        for (const hint of hints) this.#byHint.delete(hint);
        this.#kernel.report({ type: "placeFree", routerMac });
        this.#reportSoon();
      },
    });
    this.#places.add(place);
    for (const hint of hints) this.#byHint.set(hint, place);
    this.#kernel.report({ type: "placeReserved", routerMac });
    return undefined;
  }

  /** The hub counts what it reserves but does not hear when a meeting ends; meetings that end together are one report. */
  #reportSoon(): void {
    if (this.#reportsSoon || this.#stopping) return;
    this.#reportsSoon = true;
    this.#kernel.arm("places", this.#limits.loadChangeMs, () => {
      this.#reportsSoon = false;
      this.#reporter.reportNow();
    });
  }

  /** From here on the host passes the bytes; the role only hears of the end. */
  #startRelay(place: Place, router: PlaceLink, client: PlaceLink): () => void {
    if (!(router instanceof ServerVisit) || !(client instanceof ServerVisit)) {
      throw new RangeError("only visits can be relayed");
    }
    const [a, b] = [router, client];
    const owner = relayOwner(() => {
      this.#kernel.disown(a.stream);
      this.#kernel.disown(b.stream);
      place.relayEnded();
    });
    const [bFirst, aFirst] = [a.detach(), b.detach()];
    for (const visit of [a, b]) {
      this.#visits.delete(visit);
      this.#kernel.own(visit.stream, owner);
    }
    this.#kernel.relay({ a: a.stream, b: b.stream, aFirst, bFirst });
    this.#kernel.report({ type: "relayStarted", routerMac: place.reserve.routerMac });
    return () => {
      this.#kernel.closeStream(a.stream, true);
      this.#kernel.closeStream(b.stream, true);
    };
  }

  #createReporter(): ReporterEndpoint {
    const { hub, identity, joinSecret, places, readings, starts, state } = this.#options;
    const subject = serverSubject(identity.fingerprint);
    return new ReporterEndpoint({
      ...this.#around,
      limits: this.#limits,
      reporter: Reporter.server,
      subject,
      hub,
      state,
      starts,
      periodMs: this.#options.periodMs ?? this.#limits.loadPeriodMs,
      ...(joinSecret === undefined ? {} : { joinSecret }),
      report: (key, periodMs) => {
        const taken = { placesTotal: places, placesTaken: this.placesTaken };
        return {
          name: "LoadReport",
          message: { key, subject, periodMs, ...taken, ...readings(), endpoint: this.#endpoint },
        };
      },
      decode: decodeServerUdp,
      tell: (event) => {
        this.#kernel.report(event);
      },
    });
  }

  #hintOf(ticket: Uint8Array): string {
    return encodeHex(ticketHint(this.#kernel.crypto, ticket));
  }
}

/** The owner of both streams of a relay: they end together, and what passes is none of its business. */
function relayOwner(ended: () => void): StreamOwner {
  return {
    streamOpened: () => undefined,
    streamData: () => undefined,
    streamClosed: ended,
  };
}
