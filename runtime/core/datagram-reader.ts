import type { Frame } from "./frame.ts";
import { FrameWalk } from "./frame-walk.ts";
import { TLV_FRAMING } from "./framing.ts";
import type { Framing } from "./framing.ts";
import { overlongError } from "./errors.ts";

/** What a datagram reader is made with. */
export interface DatagramReaderOptions {
  /** Default TLV_FRAMING. */
  readonly framing?: Framing;
  /** The longest datagram that is looked at, bytes; so much memory is held. */
  readonly maxBytes: number;
}

/**
 * Reads the frames of datagrams, one datagram after another. A datagram is copied into one buffer with
 * one DataView that stay for ever: making a DataView costs more than copying a datagram.
 */
export class DatagramReader implements Frame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #walk: FrameWalk;

  constructor(options: DatagramReaderOptions) {
    this.bytes = new Uint8Array(options.maxBytes);
    this.view = new DataView(this.bytes.buffer);
    this.#walk = new FrameWalk(this.view, 0, 0, options.framing ?? TLV_FRAMING);
  }

  get tag(): number {
    return this.#walk.tag;
  }

  get offset(): number {
    return this.#walk.offset;
  }

  get end(): number {
    return this.#walk.end;
  }

  /** Takes a datagram, in place of the one before. @throws {WireError} `overlong` above `maxBytes`. */
  open(datagram: Uint8Array): void {
    this.#walk.restart(0, 0);
    if (datagram.length > this.bytes.length) throw overlongError("datagram", this.bytes.length);
    this.bytes.set(datagram);
    this.#walk.restart(0, datagram.length);
  }

  /**
   * Goes to the next frame; false after the last.
   * @throws {WireError} `truncated` if the datagram ends within a frame.
   */
  next(): boolean {
    return this.#walk.next();
  }
}
