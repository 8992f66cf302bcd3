import { FrameReader, FrameWalk, TLV_FRAMING, WireError } from "../../core/index.ts";
import type {
  CertificateVerifier,
  Endpoint,
  Frame,
  Identity,
  MachineRunner,
  PeerIdentity,
  RecordChannel,
  StreamId,
} from "../../core/index.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import {
  defineSecureChannel,
  isSecureChannelMessage,
} from "../../../generated/system/machines/secure-channel.ts";
import type {
  SecureChannelEvent,
  SecureChannelOutput,
  SecureChannelState,
} from "../../../generated/system/machines/secure-channel.ts";
import { decodePartySecure, decodePartyTcp } from "../../../generated/system/receive.ts";
import { encodeSystem } from "../../../generated/system/send.ts";
import type { SystemSent } from "../../../generated/system/send.ts";
import { SYSTEM_RANGE, SYSTEM_TAGS, SYSTEM_TRANSPORTS } from "../../../generated/system/tags.ts";
import { ErrorCode } from "../../../generated/system/types.ts";
import type { Hello, PartyRole } from "../../../generated/system/types.ts";
import type { RoleKernel, StreamOwner } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { Scratch } from "../kernel/scratch.ts";
import { ChannelSecrets, NO_GRANT } from "./channel-secrets.ts";
import { channelTransitions } from "./channel-transitions.ts";
import { LivenessWatch } from "./liveness-watch.ts";

/** Encodes one frame at the offset it is given and returns the offset after it. */
export type FrameEncoder = (bytes: Uint8Array, view: DataView, offset: number) => number;

/** Who decides for a channel and hears of it. */
export interface ChannelOwner {
  /** Responder only: whether to answer this initiator at all. Asked before any asymmetric work. */
  admitHello?(hello: Hello): boolean;
  /** Whether the other end, whose identity is proved, is acceptable. `grant` is what it sent with its certificate. */
  admitPeer(peer: PeerIdentity, grant: Uint8Array): boolean;
  channelOpen(peer: PeerIdentity): void;
  /** A frame that is not the channel's own, valid only during the call; false if the state admits no such message. @throws {WireError} ends the channel. */
  channelFrame(frame: Frame): boolean;
  /** A JSON-RPC message of the other end, UTF-8. Without this method it is refused. */
  channelRpc?(json: Uint8Array): void;
  /** The channel ended, whether or not it was open before. Not called after `close` or `detach`. */
  channelClosed(code: ErrorCode): void;
}

/** What the channels of a role have in common. */
export interface ChannelSurroundings {
  readonly kernel: RoleKernel;
  readonly scratch: Scratch;
  readonly identity: Identity;
  readonly verifier: CertificateVerifier;
  readonly systemLimits: SystemLimits;
}

/** How one channel starts. */
export interface ChannelOptions {
  readonly owner: ChannelOwner;
  readonly responder: PartyRole;
  /** What the initiator says in the first message; without it this end is the responder. */
  readonly hello?: Hello;
  /** What admits us to the other end. Default none. */
  readonly grant?: Uint8Array;
  /** Whether to look for signs of life once it is open. Default false: a party that must be silent cannot answer, and a timer of its owner bounds the wait. */
  readonly watched?: boolean;
}

/** One end of a secure channel over one stream: handshake, records, liveness, end. */
export class Channel implements StreamOwner {
  readonly #around: ChannelSurroundings;
  readonly #options: ChannelOptions;
  readonly #secrets: ChannelSecrets;
  readonly #reader = new FrameReader({ maxBytes: SYSTEM_TRANSPORTS.tcp.maxBytes });
  readonly #runner: MachineRunner<SecureChannelState, SecureChannelEvent, SecureChannelOutput>;
  readonly #stream: StreamId;
  readonly #scope: string;
  #content: Uint8Array = new Uint8Array(0);
  #liveness: LivenessWatch | undefined;

  private constructor(
    around: ChannelSurroundings,
    options: ChannelOptions,
    stream: StreamId | Endpoint,
  ) {
    const { kernel } = around;
    this.#around = around;
    this.#options = options;
    this.#secrets = new ChannelSecrets({
      ...around,
      crypto: kernel.crypto,
      responder: options.responder,
      hello: options.hello,
      grant: options.grant ?? NO_GRANT,
      admitHello: (hello) => options.owner.admitHello?.(hello) ?? false,
      admitPeer: (peer, grant) => options.owner.admitPeer(peer, grant),
    });
    if (typeof stream === "number") kernel.own(stream, this);
    this.#stream = typeof stream === "number" ? stream : kernel.dial(stream, this);
    this.#scope = `channel/${String(this.#stream)}/${String(options.responder)}`;
    this.#runner = this.#run();
  }

  /** Dials an endpoint; the handshake starts when the stream is open. */
  static dial(around: ChannelSurroundings, options: ChannelOptions, to: Endpoint): Channel {
    return new Channel(around, options, to);
  }

  /** Answers a handshake on a stream that was accepted. */
  static accept(around: ChannelSurroundings, options: ChannelOptions, stream: StreamId): Channel {
    const channel = new Channel(around, options, stream);
    channel.#runner.dispatch({ name: "accepted" });
    return channel;
  }

  /** Begins a handshake on a stream that is open already. */
  static greet(around: ChannelSurroundings, options: ChannelOptions, stream: StreamId): Channel {
    const channel = new Channel(around, options, stream);
    channel.#runner.dispatch({ name: "dialed" });
    return channel;
  }

  /**
   * Starts a channel with another party on this channel's stream, which stays open: the bytes after the
   * last frame are the new channel's.
   */
  succeed(options: ChannelOptions): Channel {
    const rest = this.detach();
    const channel = new Channel(this.#around, options, this.#stream);
    channel.#runner.dispatch({ name: options.hello === undefined ? "accepted" : "dialed" });
    channel.streamData(rest);
    return channel;
  }

  get stream(): StreamId {
    return this.#stream;
  }

  get isOpen(): boolean {
    return this.#runner.state.name === "open";
  }

  /** Sends one frame of the `secure` transport; a channel that is not open drops it. */
  send(encode: FrameEncoder): void {
    if (!this.isOpen) return;
    const frame = this.#around.scratch.take(encode);
    this.#around.kernel.noteSent(this.#scope, frame);
    const sealed = this.#secrets.seal(frame);
    this.#write({ name: "SealedRecord", message: { sealed } });
  }

  /** For the owner: it takes in a frame that this channel delivered, after its own checks. */
  noteReceived(tag: number): void {
    this.#around.kernel.noteReceived(this.#scope, tag);
  }

  /** Ends the channel cleanly; its owner hears nothing more. */
  close(): void {
    this.#runner.dispatch({ name: "close" });
    this.#forget();
  }

  /** Ends the channel with one generic error; its owner hears nothing more. */
  refuse(code: ErrorCode = ErrorCode.refused): void {
    if (this.#runner.state.name !== "closed") this.#write({ name: "Fault", message: { code } });
    this.close();
  }

  /** Gives the stream away, still open, with the bytes that came after the last frame. */
  detach(): Uint8Array {
    this.#runner.dispatch({ name: "detach" });
    this.#forget();
    return this.#reader.takeRest();
  }

  /**
   * Gives the stream away, still open, with the keys of its records and the bytes that came after the last frame: what
   * passes in the records from here on is the new owner's business.
   */
  handOver(): { readonly records: RecordChannel; readonly rest: Uint8Array } {
    const records = this.#secrets.takeRecords();
    return { records, rest: this.detach() };
  }

  /** For the kernel: the stream that was dialled is open. */
  streamOpened(): void {
    this.#runner.dispatch({ name: "dialed" });
  }

  /** For the kernel: bytes of the stream. */
  streamData(bytes: Uint8Array): void {
    if (this.#runner.state.name === "closed") return;
    const fault = this.#around.kernel.guard(() => {
      this.#reader.push(bytes);
      while (this.#runner.state.name !== "closed" && this.#reader.next()) this.#takeFrame();
    });
    if (fault !== undefined) this.#runner.dispatch({ name: "malformed" });
  }

  /** For the kernel: the stream is over. */
  streamClosed(): void {
    this.#runner.dispatch({ name: "lost" });
  }

  #run(): MachineRunner<SecureChannelState, SecureChannelEvent, SecureChannelOutput> {
    const { kernel, systemLimits } = this.#around;
    const transitions = channelTransitions({
      secrets: this.#secrets,
      keep: (content) => {
        this.#content = content;
      },
      count: (code) => {
        kernel.count(code);
      },
      received: (name) => {
        this.noteReceived(SYSTEM_TAGS[name]);
      },
    });
    return runMachine({
      kernel,
      scope: this.#scope,
      definition: defineSecureChannel(transitions, systemLimits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  #takeFrame(): void {
    const { tag, bytes, view, offset, end } = this.#reader;
    const received = decodePartyTcp(tag, bytes, view, offset, end);
    if (isSecureChannelMessage(received) && this.#runner.dispatch(received) !== "refused") return;
    this.#runner.dispatch({ name: "malformed" });
  }

  #perform(output: SecureChannelOutput): void {
    if (output.kind === "send") {
      this.#write(output);
      return;
    }
    switch (output.name) {
      case "establish":
        this.#watch();
        this.#options.owner.channelOpen(this.#secrets.peer);
        return;
      case "deliver":
        this.#deliver();
        return;
      case "closeStream":
        this.#around.kernel.closeStream(this.#stream, false);
        return;
      case "fail":
        this.#forget();
        this.#options.owner.channelClosed(output.code);
        return;
    }
  }

  #write(sent: SystemSent): void {
    const { kernel, scratch } = this.#around;
    const frame = scratch.take((bytes, view, offset) => encodeSystem(sent, bytes, view, offset));
    kernel.noteSent(this.#scope, frame);
    kernel.write(this.#stream, frame);
  }

  #watch(): void {
    if (this.#options.watched !== true) return;
    this.#liveness = new LivenessWatch({
      kernel: this.#around.kernel,
      scope: `${this.#scope}/liveness`,
      limits: this.#around.systemLimits,
      send: (output) => {
        this.send((bytes, view, offset) => encodeSystem(output, bytes, view, offset));
      },
      giveUp: () => {
        this.#around.kernel.closeStream(this.#stream, true);
        this.#runner.dispatch({ name: "lost" });
      },
    });
  }

  /** Takes the frames of one record. A frame that is not the channel's own goes to the owner. */
  #deliver(): void {
    const bytes = this.#content;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const fault = this.#around.kernel.guard(() => {
      const walk = new FrameWalk(view, 0, bytes.length, TLV_FRAMING);
      while (this.isOpen && walk.next()) {
        this.#takeInner({ tag: walk.tag, bytes, view, offset: walk.offset, end: walk.end });
      }
    });
    if (fault !== undefined) this.#runner.dispatch({ name: "malformed" });
  }

  #takeInner(frame: Frame): void {
    const { owner } = this.#options;
    if (frame.tag < SYSTEM_RANGE.from || frame.tag > SYSTEM_RANGE.to) {
      this.#liveness?.dispatch({ name: "heard" });
      if (!owner.channelFrame(frame)) {
        throw new WireError("unexpected-message", `tag ${String(frame.tag)}`, frame.offset);
      }
      return;
    }
    const received = decodePartySecure(frame.tag, frame.bytes, frame.view, frame.offset, frame.end);
    if (received.name !== "Rpc") {
      this.noteReceived(frame.tag);
      this.#liveness?.dispatch(received);
      return;
    }
    this.#liveness?.dispatch({ name: "heard" });
    if (owner.channelRpc === undefined) {
      throw new WireError("unexpected-message", "Rpc", frame.offset);
    }
    this.noteReceived(frame.tag);
    owner.channelRpc(received.message.json);
  }

  #forget(): void {
    this.#secrets.forget();
    this.#liveness?.dispatch({ name: "closed" });
  }
}
