import { WireError, decodeGrant, grantIsLive, ticketHint } from "../../core/index.ts";
import type { Endpoint, Frame, MachineRunner, PeerIdentity } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import {
  defineRouterSession,
  isRouterSessionMessage,
} from "../../../generated/control/machines/router-session.ts";
import type {
  RouterSessionEvent,
  RouterSessionHandlers,
  RouterSessionOutput,
  RouterSessionState,
} from "../../../generated/control/machines/router-session.ts";
import type { ServerAddress } from "../../../generated/control/messages/visits.ts";
import { decodeRouterSecure } from "../../../generated/control/receive.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import { PartyRole } from "../../../generated/system/types.ts";
import { Channel } from "../channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings } from "../channel/channel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import { SessionCalls } from "./session-calls.ts";
import type { SessionCallsOptions } from "./session-calls.ts";

/** What a session asks of its router. */
export interface SessionOffice extends ChannelSurroundings {
  readonly limits: ControlLimits;
  readonly mac: number;
  readonly hub: Endpoint;
  /** Whether this identity is the hub's. */
  isHub(peer: PeerIdentity): boolean;
  /** The key shared with the hub, by its id. */
  keyById(keyId: number): Uint8Array | undefined;
  readonly calls: Omit<SessionCallsOptions, "session" | "send" | "kernel">;
  sessionOpen(session: RouterSession, client: Uint8Array): void;
  /** Called once. */
  sessionOver(session: RouterSession): void;
}

/** One meeting with a client: from the invitation through hub and server to the end. */
export class RouterSession {
  /** Names the session within the router. */
  readonly id: number;
  readonly calls: SessionCalls;
  readonly #office: SessionOffice;
  readonly #ticket: Uint8Array;
  readonly #runner: MachineRunner<RouterSessionState, RouterSessionEvent, RouterSessionOutput>;
  /** The connection that is in use: to the hub, to the server, then with the client. */
  #channel: Channel | undefined;
  #address: ServerAddress | undefined;
  /** When the session became known, which the life of the grant is counted from. */
  #learntMs = 0;
  #client: PeerIdentity | undefined;

  /** @param invitation.ticket what the hub's invitation carried. */
  constructor(
    office: SessionOffice,
    invitation: { readonly id: number; readonly ticket: Uint8Array },
  ) {
    this.id = invitation.id;
    this.#office = office;
    this.#ticket = invitation.ticket;
    this.calls = new SessionCalls({
      ...office.calls,
      kernel: office.kernel,
      session: this.id,
      send: (encode) => {
        this.#channel?.send(encode);
      },
    });
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: `session/${String(this.id)}`,
      definition: defineRouterSession(this.#transitions(), office.limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Whether a client is being served. */
  get isServing(): boolean {
    return this.#runner.state.name === "serving";
  }

  /** Whether the hub named a server, so that the invitation is used up. */
  get wasTold(): boolean {
    return this.#address !== undefined;
  }

  begin(): void {
    this.#dispatch({ name: "invite" });
  }

  stop(): void {
    this.#dispatch({ name: "stop" });
  }

  #dispatch(event: RouterSessionEvent): boolean {
    return this.#runner.dispatch(event) !== "refused";
  }

  #transitions(): RouterSessionHandlers {
    return {
      dialingHubOnChannelOpen: () => ({
        state: { name: "asking" },
        outputs: [
          {
            kind: "send",
            name: "ServerRequest",
            to: "hub",
            message: { mac: this.#office.mac, ticket: this.#ticket },
          },
        ],
      }),
      dialingServerOnChannelOpen: () => {
        const { sessionId, ticket } = this.#meeting();
        return {
          state: { name: "attaching" },
          outputs: [
            { kind: "send", name: "RouterAttach", to: "server", message: { sessionId, ticket } },
          ],
        };
      },
    };
  }

  #perform(output: RouterSessionOutput): void {
    if (output.kind === "send") {
      this.#channel?.send((bytes, view, offset) => encodeControl(output, bytes, view, offset));
      return;
    }
    switch (output.name) {
      case "dialHub":
        this.#dialHub();
        return;
      case "leaveHub":
      case "hangUp":
        this.#channel?.close();
        return;
      case "dialServer":
        this.#dialServer();
        return;
      case "awaitClient":
        this.#awaitClient();
        return;
      case "serve":
        if (this.#client !== undefined) this.#office.sessionOpen(this, this.#client.fingerprint);
        return;
      case "finish":
        this.calls.close();
        this.#office.sessionOver(this);
        return;
    }
  }

  #dialHub(): void {
    const ticket = ticketHint(this.#office.kernel.crypto, this.#ticket);
    const hello = { from: PartyRole.router, to: PartyRole.hub, ticketHint: ticket };
    const owner = this.#owner((peer) => this.#office.isHub(peer));
    const options = { owner, responder: PartyRole.hub, hello };
    this.#channel = Channel.dial(this.#office, options, this.#office.hub);
  }

  #dialServer(): void {
    const { server, serverFingerprint, ticket } = this.#meeting();
    const { crypto } = this.#office.kernel;
    const owner = this.#owner((peer) => crypto.equal(peer.fingerprint, serverFingerprint));
    const hello = {
      from: PartyRole.router,
      to: PartyRole.server,
      ticketHint: ticketHint(crypto, ticket),
    };
    const options = { owner, responder: PartyRole.server, hello };
    this.#channel = Channel.dial(this.#office, options, server);
  }

  /** The server's channel ends where the client's begins, on the same stream. */
  #awaitClient(): void {
    const owner: ChannelOwner = {
      admitHello: ({ from }) => from === PartyRole.client,
      admitPeer: (peer, grant) => this.#admitClient(peer, grant),
      channelOpen: () => {
        this.#dispatch({ name: "clientProved" });
      },
      channelFrame: () => false,
      channelRpc: (json) => {
        this.calls.handle(json);
      },
      channelClosed: () => {
        this.#dispatch({ name: "lost" });
      },
    };
    const options = { owner, responder: PartyRole.router, watched: true };
    this.#channel = this.#channel?.succeed(options);
  }

  /** The hub's grant must name this client and this meeting, and its time must not be over. */
  #admitClient(peer: PeerIdentity, bytes: Uint8Array): boolean {
    const { crypto, nowMs } = this.#office.kernel;
    const { sessionId, grantLifeS } = this.#meeting();
    const grant = decodeGrant(crypto, (keyId) => this.#office.keyById(keyId), bytes);
    const lifetimeS = Math.min(grant.lifetimeS, grantLifeS);
    const isGood =
      crypto.equal(grant.client, peer.fingerprint) &&
      crypto.equal(grant.sessionId, sessionId) &&
      grantIsLive({ ...grant, lifetimeS }, { learntMs: this.#learntMs, nowMs });
    if (isGood) this.#client = peer;
    return isGood;
  }

  /** The owner of a channel to hub or server. */
  #owner(isExpected: (peer: PeerIdentity) => boolean): ChannelOwner {
    return {
      admitPeer: isExpected,
      channelOpen: () => {
        this.#dispatch({ name: "channelOpen" });
      },
      channelFrame: (frame) => this.#takeFrame(frame),
      channelClosed: () => {
        this.#dispatch({ name: "lost" });
      },
    };
  }

  #takeFrame({ tag, bytes, view, offset, end }: Frame): boolean {
    const received = decodeRouterSecure(tag, bytes, view, offset, end);
    if (!isRouterSessionMessage(received)) return false;
    this.#channel?.noteReceived(tag);
    if (received.name === "ServerAddress") {
      this.#address = received.message;
      this.#learntMs = this.#office.kernel.nowMs;
    }
    return this.#dispatch(received);
  }

  #meeting(): ServerAddress {
    if (this.#address === undefined) throw new WireError("unexpected-message", "ServerAddress", 0);
    return this.#address;
  }
}
