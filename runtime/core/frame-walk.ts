import {
  alignedBytes,
  bareTypeBytes,
  frameBytes,
  frameHeaderBytes,
  isTlvFraming,
  readFrameType,
} from "./framing.ts";
import type { Framing } from "./framing.ts";
import { truncatedError } from "./errors.ts";

/** Walks over frames that are all there: those of a datagram, or in the value of another frame. */
export class FrameWalk {
  /** Type of the current frame. */
  tag = 0;
  /** Where the current frame's value starts. */
  offset = 0;
  /** Where the current frame's value ends. */
  end = 0;
  #next: number;
  #limit: number;
  readonly #view: DataView;
  readonly #framing: Framing;
  readonly #isTlv: boolean;

  /** Frames stand from `offset` to `end` of what `view` shows. */
  constructor(view: DataView, offset: number, end: number, framing: Framing) {
    this.#view = view;
    this.#next = offset;
    this.#limit = end;
    this.#framing = framing;
    this.#isTlv = isTlvFraming(framing);
  }

  /** Starts anew over other bytes of the same buffer. */
  restart(offset: number, end: number): void {
    this.#next = offset;
    this.#limit = end;
  }

  /**
   * Goes to the next frame that has a value; false after the last. Padding after the last frame may be
   * missing.
   * @throws {WireError} `truncated` if the bytes end within a frame, `bad-value` for a length below the header's.
   */
  next(): boolean {
    return this.#isTlv ? this.#nextTlv() : this.#nextOfAny();
  }

  #nextTlv(): boolean {
    const start = this.#next;
    const limit = this.#limit;
    if (start === limit) return false;
    if (limit - start < 4) throw truncatedError("frame", limit);
    const value = start + 4;
    const end = value + this.#view.getUint16(start + 2);
    if (end > limit) throw truncatedError("frame", limit);
    this.tag = this.#view.getUint16(start);
    this.offset = value;
    this.end = end;
    this.#next = end;
    return true;
  }

  #nextOfAny(): boolean {
    const framing = this.#framing;
    const bare = framing.bareTypes.length > 0;
    const leastBytes = bare ? bareTypeBytes(framing) : frameHeaderBytes(framing);
    while (this.#next < this.#limit) {
      const start = this.#next;
      if (this.#limit - start < leastBytes) throw truncatedError("frame", this.#limit);
      const tag = readFrameType(this.#view, start, framing);
      if (tag === framing.endType) {
        this.#next = this.#limit;
      } else if (bare && framing.bareTypes.includes(tag)) {
        this.#next = start + leastBytes;
      } else {
        this.#enter(tag, start);
        return true;
      }
    }
    return false;
  }

  #enter(tag: number, start: number): void {
    const framing = this.#framing;
    const headerBytes = frameHeaderBytes(framing);
    if (this.#limit - start < headerBytes) throw truncatedError("frame", this.#limit);
    const bytes = frameBytes(this.#view, start, framing);
    if (bytes > this.#limit - start) throw truncatedError("frame", this.#limit);
    this.tag = tag;
    this.offset = start + headerBytes;
    this.end = start + bytes;
    this.#next = start + alignedBytes(bytes, framing);
  }
}
