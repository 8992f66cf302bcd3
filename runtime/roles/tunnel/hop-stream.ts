import type { StreamId } from "../../core/index.ts";
import type { TunnelLimits } from "../../../generated/tunnel/limits.ts";
import type { RoleKernel, StreamOwner } from "../kernel/kernel.ts";
import type { Scratch } from "../kernel/scratch.ts";

/** What all links of the chains of a role have in common. */
export interface HopSurroundings {
  readonly kernel: RoleKernel;
  readonly scratch: Scratch;
  readonly limits: TunnelLimits;
}

/**
 * A proved connection of a chain until bytes are passed on: it keeps what comes early, up to a bound, and tells of
 * the end.
 */
export class HopStream implements StreamOwner {
  readonly stream: StreamId;
  readonly #around: HopSurroundings;
  readonly #lost: () => void;
  #early: Uint8Array;

  /** @param options.rest what came after the proof. */
  constructor(
    around: HopSurroundings,
    options: { readonly stream: StreamId; readonly rest: Uint8Array; readonly lost: () => void },
  ) {
    this.#around = around;
    this.stream = options.stream;
    this.#early = options.rest;
    this.#lost = options.lost;
    around.kernel.own(this.stream, this);
  }

  /** Gives what came early; whoever takes it owns the stream from now on. */
  take(): Uint8Array {
    const early = this.#early;
    this.#early = new Uint8Array(0);
    return early;
  }

  close(): void {
    this.#around.kernel.closeStream(this.stream, true);
  }

  streamOpened(): void {
    throw new RangeError("the stream is open already");
  }

  streamData(bytes: Uint8Array): void {
    const { kernel, limits } = this.#around;
    if (this.#early.length + bytes.length > limits.earlyBytesMax) {
      kernel.count("early-bytes");
      this.close();
      this.#lost();
      return;
    }
    const joined = new Uint8Array(this.#early.length + bytes.length);
    joined.set(this.#early);
    joined.set(bytes, this.#early.length);
    this.#early = joined;
  }

  streamClosed(): void {
    this.#lost();
  }
}
