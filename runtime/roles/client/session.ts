import { ticketHint } from "../../core/index.ts";
import type { Frame, MachineRunner, PeerIdentity } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import {
  defineClientConnect,
  isClientConnectMessage,
} from "../../../generated/control/machines/client-connect.ts";
import type {
  ClientConnectEvent,
  ClientConnectHandlers,
  ClientConnectOut,
  ClientConnectOutput,
  ClientConnectState,
} from "../../../generated/control/machines/client-connect.ts";
import { decodeClientSecure } from "../../../generated/control/receive.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import { ConnectProblem } from "../../../generated/control/types.ts";
import { PartyRole } from "../../../generated/system/types.ts";
import { Channel } from "../channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings, FrameEncoder } from "../channel/channel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { Meeting } from "./client-events.ts";

/** What a session asks of its client. */
export interface ClientSessionOffice extends ChannelSurroundings {
  readonly limits: ControlLimits;
  askHub(session: ClientSession): void;
  connected(session: ClientSession, meeting: Meeting): void;
  /** A JSON-RPC message of the router. */
  received(session: ClientSession, json: Uint8Array): void;
  /** Called once. */
  ended(session: ClientSession, problem: ConnectProblem): void;
}

/** One session of a client with a router. */
export class ClientSession {
  readonly id: number;
  readonly mac: number;
  readonly #office: ClientSessionOffice;
  readonly #runner: MachineRunner<ClientConnectState, ClientConnectEvent, ClientConnectOutput>;
  #meeting: Meeting | undefined;
  #channel: Channel | undefined;

  constructor(office: ClientSessionOffice, wanted: { readonly id: number; readonly mac: number }) {
    this.id = wanted.id;
    this.mac = wanted.mac;
    this.#office = office;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: `session/${String(wanted.id)}`,
      definition: defineClientConnect(this.#transitions(), office.limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Whether calls may be made. */
  get isConnected(): boolean {
    return this.#runner.state.name === "connected";
  }

  begin(): void {
    this.#dispatch({ name: "connect" });
  }

  /** What the hub answered; an answer that the protocol has no room for is as good as a refusal. */
  invited(meeting: Meeting): void {
    if (!fitsWire(meeting)) {
      this.#office.kernel.count("bad-value");
      this.refused();
      return;
    }
    this.#meeting = meeting;
    this.#dispatch({ name: "invited" });
  }

  refused(): void {
    this.#dispatch({ name: "refused" });
  }

  close(): void {
    this.#dispatch({ name: "close" });
  }

  /** Sends a frame to the router. */
  send(encode: FrameEncoder): void {
    if (this.isConnected) this.#channel?.send(encode);
  }

  #dispatch(event: ClientConnectEvent): boolean {
    return this.#runner.dispatch(event) !== "refused";
  }

  #transitions(): ClientConnectHandlers {
    return {
      askingOnRefused: () => ended(ConnectProblem.hubRefused),
      askingOnAsk: () => ended(ConnectProblem.hubSilent),
      dialingOnChannelOpen: () => {
        const { sessionId, ticket } = this.#invitation();
        return {
          state: { name: "attaching" },
          outputs: [
            { kind: "send", name: "ClientAttach", to: "server", message: { sessionId, ticket } },
          ],
        };
      },
      attachingOnAttachRefused: () => ended(ConnectProblem.placeGone),
      anyOnLost: ({ name }) => ended(LOST_IN[name]),
      dialingOnDial: ({ name }) => ended(LOST_IN[name]),
      attachingOnAnswer: () => ended(ConnectProblem.placeGone),
      allOnClose: () => ended(ConnectProblem.none),
    };
  }

  #perform(output: ClientConnectOutput): void {
    if (output.kind === "send") {
      this.#channel?.send((bytes, view, offset) => encodeControl(output, bytes, view, offset));
      return;
    }
    switch (output.name) {
      case "askHub":
        this.#office.askHub(this);
        return;
      case "dialServer":
        this.#dialServer();
        return;
      case "greetRouter":
        this.#greetRouter();
        return;
      case "announce":
        this.#office.connected(this, this.#invitation());
        return;
      case "hangUp":
        this.#channel?.close();
        return;
      case "report":
        this.#office.ended(this, output.problem);
        return;
    }
  }

  #dialServer(): void {
    const { server, serverFingerprint, ticket } = this.#invitation();
    const { crypto } = this.#office.kernel;
    const hello = {
      from: PartyRole.client,
      to: PartyRole.server,
      ticketHint: ticketHint(crypto, ticket),
    };
    const owner: ChannelOwner = {
      ...this.#owner(serverFingerprint),
      channelFrame: (frame) => this.#takeFrame(frame),
    };
    this.#channel = Channel.dial(
      this.#office,
      { owner, responder: PartyRole.server, hello },
      server,
    );
  }

  /** The server's channel ends where the router's begins, on the same stream. */
  #greetRouter(): void {
    const { routerFingerprint, grant } = this.#invitation();
    const hello = { from: PartyRole.client, to: PartyRole.router, ticketHint: NO_HINT };
    const owner: ChannelOwner = {
      ...this.#owner(routerFingerprint),
      channelFrame: () => false,
      channelRpc: (json) => {
        this.#office.received(this, json);
      },
    };
    const options = { owner, responder: PartyRole.router, hello, grant, watched: true };
    this.#channel = this.#channel?.succeed(options);
  }

  /** Whoever is at the other end must be the one that the hub named. */
  #owner(fingerprint: Uint8Array): Omit<ChannelOwner, "channelFrame"> {
    const { crypto } = this.#office.kernel;
    return {
      admitPeer: (peer: PeerIdentity) => crypto.equal(peer.fingerprint, fingerprint),
      channelOpen: () => {
        this.#dispatch({ name: "channelOpen" });
      },
      channelClosed: () => {
        this.#dispatch({ name: "lost" });
      },
    };
  }

  #takeFrame({ tag, bytes, view, offset, end }: Frame): boolean {
    const received = decodeClientSecure(tag, bytes, view, offset, end);
    if (!isClientConnectMessage(received)) return false;
    this.#channel?.noteReceived(tag);
    return this.#dispatch(received);
  }

  #invitation(): Meeting {
    if (this.#meeting === undefined) throw new RangeError("the hub has not answered yet");
    return this.#meeting;
  }
}

/** Largest grant that a handshake carries, bytes: what the struct Credentials holds. */
const GRANT_BYTES_MAX = 128;

function fitsWire(meeting: Meeting): boolean {
  const { grant, routerFingerprint, serverFingerprint, sessionId, ticket } = meeting;
  return (
    sessionId.length === 16 &&
    [routerFingerprint, serverFingerprint, ticket].every(({ length }) => length === 32) &&
    grant.length <= GRANT_BYTES_MAX
  );
}

const NO_HINT = new Uint8Array(0);

/** What the end of a connection means, by what was awaited. */
const LOST_IN = {
  dialing: ConnectProblem.serverUnreachable,
  attaching: ConnectProblem.placeGone,
  meeting: ConnectProblem.routerSilent,
  connected: ConnectProblem.connectionLost,
} as const;

function ended(problem: ConnectProblem): {
  readonly state: { readonly name: "ended" };
  readonly outputs: readonly [ClientConnectOut<"report">];
} {
  return { state: { name: "ended" }, outputs: [{ kind: "do", name: "report", problem }] };
}
