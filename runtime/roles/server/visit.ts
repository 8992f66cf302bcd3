import type { Frame, MachineRunner, PeerIdentity, StreamId } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import {
  defineServerVisit,
  isServerVisitMessage,
} from "../../../generated/control/machines/server-visit.ts";
import type {
  ServerVisitEvent,
  ServerVisitHandlers,
  ServerVisitIn,
  ServerVisitOut,
  ServerVisitOutput,
  ServerVisitState,
} from "../../../generated/control/machines/server-visit.ts";
import type { Reserve } from "../../../generated/control/messages/servers.ts";
import { decodeServerSecure } from "../../../generated/control/receive.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import { RefuseReason } from "../../../generated/control/types.ts";
import { PartyRole } from "../../../generated/system/types.ts";
import type { Hello } from "../../../generated/system/types.ts";
import { Channel } from "../channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings } from "../channel/channel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { Place, PlaceLink } from "./place.ts";

/** Who presents a ticket, and which. */
export interface Arrival {
  readonly party: "router" | "client";
  readonly sessionId: Uint8Array;
  readonly ticket: Uint8Array;
}

/** What a visit asks of its server. */
export interface ServerVisitOffice extends ChannelSurroundings {
  readonly limits: ControlLimits;
  /** Whether this identity is the hub's. */
  isHub(peer: PeerIdentity): boolean;
  /** Whether a place waits for someone with a ticket of this hint. */
  expectsHint(hint: Uint8Array): boolean;
  /** The place that this ticket is for, if it waits. */
  placeOf(arrival: Arrival): Place | undefined;
  /** Reserves a place, or says why not. */
  reserve(reserve: Reserve, hub: PlaceLink): RefuseReason | undefined;
  /** The hub's connection ended. */
  hubLeft(visit: ServerVisit): void;
  /** The visit is over; called at least once. */
  visitOver(visit: ServerVisit): void;
}

/** One connection to a server, until a relay takes its stream. */
export class ServerVisit implements ChannelOwner, PlaceLink {
  readonly #office: ServerVisitOffice;
  readonly #channel: Channel;
  #from: PartyRole = 0;
  #peer: PeerIdentity | undefined;
  #runner: MachineRunner<ServerVisitState, ServerVisitEvent, ServerVisitOutput> | undefined;
  #place: Place | undefined;
  #arrival: Arrival | undefined;

  constructor(office: ServerVisitOffice, stream: StreamId) {
    this.#office = office;
    this.#channel = Channel.accept(office, { owner: this, responder: PartyRole.server }, stream);
  }

  get stream(): StreamId {
    return this.#channel.stream;
  }

  /** Gives the stream away to a relay, with the bytes that came after the last frame. */
  detach(): Uint8Array {
    return this.#channel.detach();
  }

  /** Routers and clients must name a ticket that is waited for, before any asymmetric work. Whoever says to be the hub is shaken hands with. */
  admitHello({ from, ticketHint }: Hello): boolean {
    this.#from = from;
    if (from === PartyRole.hub) return true;
    return from !== PartyRole.server && this.#office.expectsHint(ticketHint);
  }

  /** The hub must be the one that this server reports to; the others are checked with their tickets. */
  admitPeer(peer: PeerIdentity): boolean {
    return this.#from !== PartyRole.hub || this.#office.isHub(peer);
  }

  channelOpen(peer: PeerIdentity): void {
    this.#peer = peer;
    this.#runner = runMachine({
      kernel: this.#office.kernel,
      scope: `visit/${String(this.#channel.stream)}`,
      definition: defineServerVisit(this.#transitions(), this.#office.limits),
      initial: { name: "awaitPurpose" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  channelFrame({ tag, bytes, view, offset, end }: Frame): boolean {
    const received = decodeServerSecure(tag, bytes, view, offset, end);
    if (!isServerVisitMessage(received)) return false;
    this.#channel.noteReceived(tag);
    return this.#runner?.dispatch(received) !== "refused";
  }

  channelClosed(): void {
    this.#runner?.dispatch({ name: "lost" });
    this.#office.visitOver(this);
  }

  send(message: ControlSent): void {
    this.#channel.send((bytes, view, offset) => encodeControl(message, bytes, view, offset));
  }

  /** Ends the connection cleanly. */
  end(): void {
    if (this.#runner === undefined) this.#channel.close();
    else this.#runner.dispatch({ name: "end" });
    this.#office.visitOver(this);
  }

  #transitions(): ServerVisitHandlers {
    return {
      awaitPurposeOnReserve: (_state, { message }) => {
        if (this.#from === PartyRole.hub) return this.#reserve(message);
        return { state: { name: "over" }, outputs: [{ kind: "do", name: "refuse" }] };
      },
      hubOnReserve: (_state, { message }) => this.#reserve(message),
      awaitPurposeOnRouterAttach: (_state, { message }) =>
        this.#attach({ party: "router", ...message }),
      awaitPurposeOnClientAttach: (_state, { message }) =>
        this.#attach({ party: "client", ...message }),
    };
  }

  #reserve(message: Reserve): {
    readonly state: ServerVisitIn<"hub">;
    readonly outputs: readonly ServerVisitOut<"Reserved" | "ReserveRefused">[];
  } {
    const { sessionId } = message;
    const reason = this.#office.reserve(message, this);
    const state = { name: "hub" } as const;
    if (reason === undefined) {
      const reserved = { sessionId };
      return { state, outputs: [{ kind: "send", name: "Reserved", to: "hub", message: reserved }] };
    }
    const refused = { sessionId, reason };
    return {
      state,
      outputs: [{ kind: "send", name: "ReserveRefused", to: "hub", message: refused }],
    };
  }

  /** Whoever says to be a router must have said so in the handshake too. */
  #attach(arrival: Arrival): {
    readonly state: ServerVisitIn<"placed" | "over">;
    readonly outputs: readonly ServerVisitOut<"AttachRefused" | "arrive" | "closeChannel">[];
  } {
    const { party, sessionId, ticket } = arrival;
    this.#place = this.#from === PartyRole[party] ? this.#office.placeOf(arrival) : undefined;
    if (this.#place !== undefined) {
      this.#arrival = arrival;
      return {
        state: { name: "placed" },
        outputs: [{ kind: "do", name: "arrive", sessionId, ticket }],
      };
    }
    const message = { reason: RefuseReason.unknown };
    return {
      state: { name: "over" },
      outputs: [
        { kind: "send", name: "AttachRefused", to: party, message },
        { kind: "do", name: "closeChannel" },
      ],
    };
  }

  #perform(output: ServerVisitOutput): void {
    if (output.kind === "send") {
      this.send(output);
      return;
    }
    switch (output.name) {
      case "arrive":
        this.#arrive();
        return;
      case "leave":
        if (this.#from === PartyRole.hub) this.#office.hubLeft(this);
        else this.#place?.left(this);
        return;
      case "closeChannel":
        this.#channel.close();
        this.#office.visitOver(this);
        return;
      case "refuse":
        this.#office.kernel.count("visit-refused");
        this.#channel.refuse();
        this.#office.visitOver(this);
        return;
    }
  }

  #arrive(): void {
    const place = this.#place;
    const peer = this.#peer;
    if (place === undefined || peer === undefined || this.#arrival === undefined) return;
    const { party } = this.#arrival;
    const { routerFingerprint, clientFingerprint } = place.reserve;
    const expected = party === "router" ? routerFingerprint : clientFingerprint;
    place.arrive(this, party, this.#office.kernel.crypto.equal(expected, peer.fingerprint));
  }
}
