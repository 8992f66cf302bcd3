import type { Frame, PeerIdentity } from "../../core/index.ts";
import { isHubBrokerageMessage } from "../../../generated/control/machines/hub-brokerage.ts";
import { decodeHubSecure } from "../../../generated/control/receive.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import { PartyRole } from "../../../generated/system/types.ts";
import { Channel } from "../channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings } from "../channel/channel.ts";
import type { Brokerage, BrokerageLink } from "./brokerage.ts";
import type { ServerEntry } from "./entries.ts";

const NO_HINT = new Uint8Array(0);

/** The connection of one brokerage to the server that it chose. */
export class ServerLink implements ChannelOwner, BrokerageLink {
  readonly #around: ChannelSurroundings;
  readonly #server: ServerEntry;
  readonly #brokerage: Brokerage;
  readonly #channel: Channel;

  /** @throws {RangeError} if the server's endpoint is not known: a bug in the caller. */
  constructor(around: ChannelSurroundings, server: ServerEntry, brokerage: Brokerage) {
    if (server.endpoint === undefined) throw new RangeError("a server without endpoint");
    this.#around = around;
    this.#server = server;
    this.#brokerage = brokerage;
    const hello = { from: PartyRole.hub, to: PartyRole.server, ticketHint: NO_HINT };
    const options = { owner: this, responder: PartyRole.server, hello };
    this.#channel = Channel.dial(around, options, server.endpoint);
  }

  admitPeer(peer: PeerIdentity): boolean {
    return this.#around.kernel.crypto.equal(peer.fingerprint, this.#server.fingerprint);
  }

  channelOpen(): void {
    this.#brokerage.dispatch({ name: "serverReady" });
  }

  /** Only answers to this very meeting concern the brokerage. */
  channelFrame({ tag, bytes, view, offset, end }: Frame): boolean {
    const received = decodeHubSecure(tag, bytes, view, offset, end);
    if (!isHubBrokerageMessage(received)) return false;
    const { sessionId } = this.#brokerage.request;
    if (!this.#around.kernel.crypto.equal(received.message.sessionId, sessionId)) return false;
    this.#channel.noteReceived(tag);
    return this.#brokerage.dispatch(received);
  }

  channelClosed(): void {
    this.#brokerage.serverLost();
  }

  send(message: ControlSent): void {
    this.#channel.send((bytes, view, offset) => encodeControl(message, bytes, view, offset));
  }

  end(): void {
    this.#channel.close();
  }
}
