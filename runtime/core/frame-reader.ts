import type { Frame } from "./frame.ts";
import {
  TLV_FRAMING,
  alignedBytes,
  bareTypeBytes,
  frameBytes,
  frameHeaderBytes,
  isTlvFraming,
  readFrameType,
} from "./framing.ts";
import type { Framing } from "./framing.ts";
import { overlongError } from "./errors.ts";
import { NO_BYTES, NO_VIEW } from "./spans.ts";

/** What a frame reader is made with. */
export interface FrameReaderOptions {
  /** Default TLV_FRAMING. */
  readonly framing?: Framing;
  /** The longest frame, header and padding included, bytes. At most so much is held of a frame that is not complete. */
  readonly maxBytes: number;
}

/** A chunk up to this size is copied: that costs less than a DataView of its own. */
const COPIED_CHUNK_MAX = 512;

/** The least memory for a frame that comes in several chunks. */
const HELD_BYTES_MIN = 64;

/**
 * Cuts a stream into frames, whatever pieces it comes in. Give it a chunk with `push`, then take frames
 * with `next` until it says false; a frame is valid until then. A frame that lies within one chunk is
 * not copied; one that does not is gathered in a buffer that grows with what has arrived, never with
 * what a peer merely announced.
 */
export class FrameReader implements Frame {
  tag = 0;
  bytes: Uint8Array = NO_BYTES;
  view: DataView = NO_VIEW;
  offset = 0;
  end = 0;

  readonly #framing: Framing;
  readonly #isTlv: boolean;
  readonly #headerBytes: number;
  readonly #maxBytes: number;
  #ended = false;

  /** What is being read, and how far: the last chunk, or a copy of it. */
  #chunk: Uint8Array = NO_BYTES;
  #chunkView: DataView = NO_VIEW;
  #at = 0;
  #limit = 0;
  #copied: Uint8Array = NO_BYTES;
  #copiedView: DataView = NO_VIEW;

  /** The first bytes of a frame that is not complete. */
  #held: Uint8Array = NO_BYTES;
  #heldView: DataView = NO_VIEW;
  #heldBytes = 0;

  constructor(options: FrameReaderOptions) {
    this.#framing = options.framing ?? TLV_FRAMING;
    this.#isTlv = isTlvFraming(this.#framing);
    this.#headerBytes = frameHeaderBytes(this.#framing);
    this.#maxBytes = options.maxBytes;
  }

  /** Bytes of an incomplete frame that wait for their rest. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The bytes of the last chunk that no frame was taken from yet: what follows where framing ends. Empties the reader. */
  takeRest(): Uint8Array {
    const rest = new Uint8Array(this.#heldBytes + this.#limit - this.#at);
    rest.set(this.#held.subarray(0, this.#heldBytes));
    rest.set(this.#chunk.subarray(this.#at, this.#limit), this.#heldBytes);
    this.#heldBytes = 0;
    this.#at = this.#limit;
    return rest;
  }

  /**
   * Takes the next bytes of the stream. They may be overwritten once `next` has said false. What follows the
   * frame that ends a sequence is dropped.
   * @throws {RangeError} if frames of the chunk before have not been taken.
   */
  push(chunk: Uint8Array): void {
    if (this.#ended) return;
    if (this.#at < this.#limit)
      throw new RangeError("frames of the last chunk have not been taken");
    const length = chunk.length;
    if (length <= COPIED_CHUNK_MAX) {
      if (this.#copied.length === 0) {
        this.#copied = new Uint8Array(COPIED_CHUNK_MAX);
        this.#copiedView = new DataView(this.#copied.buffer);
      }
      this.#copied.set(chunk);
      this.#chunk = this.#copied;
      this.#chunkView = this.#copiedView;
    } else {
      // A plain Uint8Array even of a subclass: decoders stay fast while they see one kind only.
      this.#chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, length);
      this.#chunkView = new DataView(chunk.buffer, chunk.byteOffset, length);
    }
    this.#at = 0;
    this.#limit = length;
  }

  /**
   * Goes to the next frame that has a value; false if the rest of it has not arrived.
   * @throws {WireError} `overlong` as soon as a header announces more than `maxBytes`, `bad-value` for a
   *   length below the header's. The stream cannot be read on after that.
   */
  next(): boolean {
    while (!this.#ended) {
      if (this.#heldBytes > 0 ? !this.#gather() : !this.#locate()) break;
      if (this.#enter()) return true;
    }
    this.#release();
    return false;
  }

  /** Where the next frame is, set by #locate and #gather. */
  #start = 0;
  #size = 0;
  #isBare = false;

  /** Finds a frame that is complete within the chunk; otherwise holds what there is of it. */
  #locate(): boolean {
    const start = this.#at;
    const left = this.#limit - start;
    if (left === 0) return false;
    const size = this.#sizeAt(this.#chunkView, start, left);
    if (size === 0 || size > left) {
      this.#hold(left);
      return false;
    }
    this.bytes = this.#chunk;
    this.view = this.#chunkView;
    this.#start = start;
    this.#size = size;
    this.#at = start + size;
    return true;
  }

  /** Goes on with a frame whose first bytes are held; true if it is complete now. */
  #gather(): boolean {
    for (;;) {
      const size = this.#sizeAt(this.#heldView, 0, this.#heldBytes);
      if (size !== 0 && size === this.#heldBytes) {
        this.bytes = this.#held;
        this.view = this.#heldView;
        this.#start = 0;
        this.#size = size;
        this.#heldBytes = 0;
        return true;
      }
      const wanted = (size === 0 ? this.#headerBytes : size) - this.#heldBytes;
      const left = this.#limit - this.#at;
      if (left === 0) return false;
      this.#hold(size === 0 && this.#framing.bareTypes.length > 0 ? 1 : Math.min(wanted, left));
    }
  }

  /** Moves bytes of the chunk to those held. */
  #hold(bytes: number): void {
    const total = this.#heldBytes + bytes;
    if (total > this.#held.length) {
      const grown = new Uint8Array(Math.max(total, 2 * this.#held.length, HELD_BYTES_MIN));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
      this.#heldView = new DataView(grown.buffer);
    }
    if (bytes === 1) this.#held[this.#heldBytes] = this.#chunk[this.#at] ?? 0;
    else this.#held.set(this.#chunk.subarray(this.#at, this.#at + bytes), this.#heldBytes);
    this.#heldBytes = total;
    this.#at += bytes;
  }

  /** Bytes of the frame at `start` with its padding; 0 if the `left` bytes do not tell yet. */
  #sizeAt(view: DataView, start: number, left: number): number {
    let size: number;
    if (this.#isTlv) {
      if (left < 4) return 0;
      size = 4 + view.getUint16(start + 2);
    } else {
      const framing = this.#framing;
      this.#isBare = false;
      if (framing.bareTypes.length > 0) {
        const typeBytes = bareTypeBytes(framing);
        if (left < typeBytes) return 0;
        this.#isBare = framing.bareTypes.includes(readFrameType(view, start, framing));
        if (this.#isBare) return typeBytes;
      }
      if (left < this.#headerBytes) return 0;
      size = alignedBytes(frameBytes(view, start, framing), framing);
    }
    if (size > this.#maxBytes) throw overlongError("frame", start);
    return size;
  }

  /** Makes the located frame the current one; false if it has no value to be read. */
  #enter(): boolean {
    const start = this.#start;
    if (this.#isTlv) {
      this.tag = this.view.getUint16(start);
      this.offset = start + 4;
      this.end = start + this.#size;
      return true;
    }
    const framing = this.#framing;
    this.tag = readFrameType(this.view, start, framing);
    if (this.tag === framing.endType) {
      this.#ended = true;
      this.#at = this.#limit;
    }
    if (this.#isBare || this.#ended) return false;
    this.offset = start + this.#headerBytes;
    this.end = start + frameBytes(this.view, start, framing);
    return true;
  }

  /** Lets go of the chunk, so that an idle stream keeps no large buffer alive. */
  #release(): void {
    this.bytes = NO_BYTES;
    this.view = NO_VIEW;
    this.offset = 0;
    this.end = 0;
    if (this.#at === this.#limit) {
      this.#chunk = NO_BYTES;
      this.#chunkView = NO_VIEW;
    }
  }
}
