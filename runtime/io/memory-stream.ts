import type { Endpoint } from "../core/endpoint.ts";
import type { ByteStream, ByteStreamOwner } from "./byte-stream.ts";

/** Bytes on their way to a reader. */
interface Parcel {
  readonly pieces: Uint8Array[];
  readonly onWritten: (() => void) | undefined;
}

/**
 * One end of a stream within the process, for two roles that run in it: bytes go from hand to hand, without the
 * kernel's sockets and without a copy where the reader can do without. It behaves as a TCP connection does: no role hears of it
 * before the call returns, ends and resets pass on, and a slow reader stops the writer.
 */
export class MemoryStream implements ByteStream {
  readonly #remote: Endpoint;
  readonly #peer: MemoryStream;
  /** Undefined until somebody accepts this end. */
  #owner: ByteStreamOwner | undefined;
  /** What the peer wrote and the reader has not taken, oldest first. */
  readonly #inbox: Parcel[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;
  readonly #whenGone: (() => void)[] = [];
  #isPaused = false;
  #isScheduled = false;
  /** The peer has ended its direction; `hasEnded` once that was told. */
  #endsAfterInbox = false;
  #hasEnded = false;
  /** Our direction has ended. */
  #isEnded = false;
  #isGone = false;

  /** @param peer the other end. Default: one that is made, and which this is the other end of. */
  private constructor(
    { from, to }: { readonly to: Endpoint; readonly from: Endpoint },
    peer?: MemoryStream,
  ) {
    this.#remote = to;
    this.#peer = peer ?? new MemoryStream({ to: from, from: to }, this);
  }

  /**
   * Starts to connect. `onOpened` or `onClosed` follows, never before the call returns.
   * @param way.to what this end sees. @param way.from what the other end sees.
   * @param accept opens the other end for its owner; the stream is refused if it does not.
   */
  static dial(
    way: { readonly to: Endpoint; readonly from: Endpoint },
    owner: ByteStreamOwner,
    accept: (open: (owner: ByteStreamOwner) => ByteStream) => void,
  ): MemoryStream {
    const near = new MemoryStream(way);
    near.#owner = owner;
    const far = near.#peer;
    queueMicrotask(() => {
      if (near.#isGone) return;
      accept((farOwner) => {
        far.#owner = farOwner;
        return far;
      });
      if (far.#owner === undefined) near.#over(false);
      near.#tellOpened();
    });
    return near;
  }

  get remote(): Endpoint | undefined {
    return this.#isGone ? undefined : this.#remote;
  }

  get pendingBytes(): number {
    return this.#peer.#waitingBytes;
  }

  get takenBytes(): number {
    return this.#writtenBytes - this.pendingBytes;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  handOver(owner: ByteStreamOwner): void {
    this.#owner = owner;
  }

  write(bytes: Uint8Array, onWritten?: () => void): void {
    this.#send({ pieces: [bytes], onWritten });
  }

  writeAll(pieces: readonly Uint8Array[], onWritten: () => void): void {
    this.#send({ pieces: [...pieces], onWritten });
  }

  end(): void {
    const peer = this.#peer;
    if (this.#isEnded || this.#isGone) return;
    this.#isEnded = true;
    peer.#endsAfterInbox = true;
    peer.#schedule();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  /** What was not taken is lost. */
  abort(): void {
    this.#over(false);
  }

  destroy(): void {
    this.#over(false);
  }

  whenGone(callback: () => void): void {
    this.#whenGone.push(callback);
  }

  #send(parcel: Parcel): void {
    const peer = this.#peer;
    if (this.#isEnded || this.#isGone) return;
    const bytes = lengthOf(parcel.pieces);
    this.#writtenBytes += bytes;
    if (peer.#passAtOnce(parcel)) return;
    peer.#waitingBytes += bytes;
    peer.#inbox.push(parcel);
    peer.#schedule();
  }

  /** Whoever passes bytes on does no more with them: it need not wait until the writer is done. */
  #passAtOnce({ onWritten, pieces }: Parcel): boolean {
    const reader = this.#owner?.reader;
    if (reader?.pass === undefined || this.#inbox.length > 0 || !this.#mayRead) return false;
    if (!reader.pass(pieces, onWritten ?? nothing)) this.#isPaused = true;
    return true;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#isGone) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (this.#mayRead) {
      const [parcel] = this.#inbox;
      if (parcel === undefined) break;
      this.#hand(parcel);
    }
    if (!this.#mayRead || !this.#endsAfterInbox || this.#hasEnded) return;
    this.#hasEnded = true;
    this.#owner?.listener.onEnded();
    if (this.#peer.#hasEnded) this.#over(true);
  }

  get #mayRead(): boolean {
    return !this.#isPaused && !this.#isGone && this.#owner !== undefined;
  }

  /**
   * Gives the first parcel to the reader; to the one that it hands over to, where it does so between two pieces. It stays in
   * the inbox until all of it was given, so that nothing that is written meanwhile passes it by.
   */
  #hand(parcel: Parcel): void {
    const { onWritten, pieces } = parcel;
    while (this.#mayRead) {
      const reader = this.#owner?.reader;
      if (reader?.pass !== undefined) {
        this.#inbox.shift();
        this.#waitingBytes -= lengthOf(pieces);
        if (!reader.pass(pieces, onWritten ?? nothing)) this.#isPaused = true;
        return;
      }
      const piece = pieces[0];
      if (piece === undefined || reader === undefined) break;
      if (piece.length === 0) {
        // The kernel would not wake a reader for nothing.
        pieces.shift();
        continue;
      }
      const buffer = reader.nextBuffer();
      const bytes = Math.min(buffer.length, piece.length);
      buffer.set(piece.subarray(0, bytes));
      if (bytes < piece.length) pieces[0] = piece.subarray(bytes);
      else pieces.shift();
      this.#waitingBytes -= bytes;
      if (!reader.take(bytes, buffer)) this.#isPaused = true;
    }
    if (pieces.length > 0) return;
    this.#inbox.shift();
    onWritten?.();
  }

  /** Whoever accepted the other end may have refused it at once. */
  #tellOpened(): void {
    if (!this.#isGone) this.#owner?.listener.onOpened?.();
  }

  /** Both ends are gone. */
  #over(isClean: boolean): void {
    this.#finish(isClean);
    this.#peer.#finish(isClean);
  }

  #finish(isClean: boolean): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#inbox.length = 0;
    this.#waitingBytes = 0;
    queueMicrotask(() => {
      this.#owner?.listener.onClosed(isClean);
      for (const callback of this.#whenGone) callback();
    });
  }
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

function nothing(): void {}
