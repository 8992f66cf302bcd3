import { FrameReader } from "../../core/index.ts";
import type { Frame, StreamId } from "../../core/index.ts";
import { encodeTunnel } from "../../../generated/tunnel/send.ts";
import type { TunnelSent } from "../../../generated/tunnel/send.ts";
import { TUNNEL_TRANSPORTS } from "../../../generated/tunnel/tags.ts";
import type { RoleKernel, StreamOwner } from "../kernel/kernel.ts";
import type { Scratch } from "../kernel/scratch.ts";
import { observeMessage } from "./observe-message.ts";

/** What a connection between a front and its node needs. */
export interface LocalConnectionOptions {
  readonly kernel: RoleKernel;
  readonly scratch: Scratch;
  readonly opened?: () => void;
  /** A frame came; false if it is not admitted now. @throws {WireError} if it is malformed. */
  readonly frame: (frame: Frame) => boolean;
  /** The bytes are not what the spec admits. */
  readonly malformed: () => void;
  readonly lost: () => void;
}

/** The frames of one connection between a front and its node, at either end. */
export class LocalConnection implements StreamOwner {
  readonly #options: LocalConnectionOptions;
  readonly #reader = new FrameReader({ maxBytes: TUNNEL_TRANSPORTS.local.maxBytes });
  #stream: StreamId | undefined;

  constructor(options: LocalConnectionOptions) {
    this.#options = options;
  }

  /** Takes the stream that it is about. */
  attach(stream: StreamId): void {
    this.#stream = stream;
    this.#options.kernel.own(stream, this);
  }

  send(sent: TunnelSent): void {
    const { kernel, scratch } = this.#options;
    if (this.#stream === undefined) return;
    this.observe("sent", sent.name);
    kernel.write(
      this.#stream,
      scratch.take((bytes, view, offset) => encodeTunnel(sent, bytes, view, offset)),
    );
  }

  /** Tells whoever watches the role of a message. */
  observe(kind: "sent" | "received", message: TunnelSent["name"]): void {
    const { kernel } = this.#options;
    observeMessage(kernel, `local/${String(this.#stream ?? 0)}`, { kind, message });
  }

  close(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) this.#options.kernel.closeStream(stream, false);
  }

  streamOpened(): void {
    this.#options.opened?.();
  }

  streamData(bytes: Uint8Array): void {
    const { kernel, frame, malformed } = this.#options;
    const fault = kernel.guard(() => {
      this.#reader.push(bytes);
      while (this.#stream !== undefined && this.#reader.next()) {
        if (frame(this.#reader)) continue;
        kernel.count("unexpected-message");
        malformed();
      }
    });
    if (fault !== undefined) malformed();
  }

  streamClosed(): void {
    this.#stream = undefined;
    this.#options.lost();
  }
}
