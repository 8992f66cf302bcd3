/** A segment that came before one that it follows. */
interface Early {
  readonly bytes: Uint8Array;
  readonly isFin: boolean;
}

/**
 * The receiving half of a connection: puts segments in order and holds what is not read yet. Segments are
 * sent again with the same boundaries, so a part of one never has to be cut off.
 */
export class TcpReceiver {
  /** The next that is to come. */
  expected: number;
  /** Whether the peer's end has come, and all before it. */
  isFinished = false;
  readonly #bufferBytesMax: number;
  /** While there are any. */
  #early: Map<number, Early> | undefined;
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;

  constructor(bufferBytesMax: number) {
    this.#bufferBytesMax = bufferBytesMax;
    this.expected = 0;
  }

  /** What may still come. */
  get windowBytes(): number {
    return Math.max(0, this.#bufferBytesMax - this.#unreadBytes);
  }

  /** Bytes that came and were not read. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Whether a segment without bytes may bear this number. */
  isInWindow(sequence: number): boolean {
    return sequence >= this.expected && sequence <= this.expected + this.windowBytes;
  }

  /** A segment came; what came before and what lies beyond the window is ignored. */
  accept(sequence: number, bytes: Uint8Array, isFin: boolean): void {
    const isBeyond = sequence + bytes.length > this.expected + this.windowBytes;
    if (this.isFinished || sequence < this.expected || isBeyond) return;
    if (sequence > this.expected) {
      this.#early ??= new Map();
      this.#early.set(sequence, { bytes, isFin });
      return;
    }
    let next: Early | undefined = { bytes, isFin };
    for (; next !== undefined; next = this.#takeEarly()) this.#append(next);
  }

  /** The early segment whose turn it is; none after the peer's end. */
  #takeEarly(): Early | undefined {
    if (this.isFinished) return undefined;
    const next = this.#early?.get(this.expected);
    if (next === undefined) return undefined;
    this.#early?.delete(this.expected);
    if (this.#early?.size === 0) this.#early = undefined;
    return next;
  }

  #append({ bytes, isFin }: Early): void {
    this.expected += bytes.length + (isFin ? 1 : 0);
    this.isFinished = isFin;
    if (bytes.length === 0) return;
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
  }

  /** Reads what came, one segment. */
  read(): Uint8Array | undefined {
    const bytes = this.#unread.shift();
    this.#unreadBytes -= bytes?.length ?? 0;
    return bytes;
  }
}
