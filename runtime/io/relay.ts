import type { StreamListener, StreamReader, StreamSocket } from "./stream-socket.ts";

/** A session of small messages keeps to this; a reading that fills its block makes the next ones larger. */
const BLOCK_BYTES_MIN = 16 * 1024;
/** Larger blocks save no more system calls: a socket rarely holds more at once. */
const BLOCK_BYTES_MAX = 256 * 1024;
const BLOCK_GROWTH = 4;
/** With the block of the reading under way, a direction has four blocks at most. */
const WRITES_IN_FLIGHT_MAX = 3;

/** How a relay ended. */
export interface RelayEnd {
  /** Bytes that reached b's socket from a. */
  readonly aToBBytes: number;
  readonly bToABytes: number;
  /** Both sides ended their direction and nothing was lost. */
  readonly clean: boolean;
}

/** The two connections to join. */
export interface RelayOptions {
  readonly a: StreamSocket;
  readonly b: StreamSocket;
  /** Called once, after both connections are gone. */
  readonly onEnd: (end: RelayEnd) => void;
}

/**
 * Passes bytes between two connections, unread and unchanged, as fast as the slower one takes them. Each
 * direction has up to four blocks, made as they are needed: a reading goes into one while up to three wait to
 * be written, so that nothing is copied and a slow side stops the reading from the fast one. A quiet
 * relay holds 64 KiB, a busy one 2 MiB at most. An end is passed on as an end (half-close); a reset as a reset, so that a cut-off
 * stream never looks complete.
 */
export class Relay {
  readonly #aToB: Direction;
  readonly #bToA: Direction;
  readonly #options: RelayOptions;
  #clean = true;
  #open = 2;

  constructor(options: RelayOptions) {
    const { a, b } = options;
    this.#options = options;
    this.#aToB = new Direction(a, b);
    this.#bToA = new Direction(b, a);
    a.handOver(this.#aToB, this.#listener(this.#aToB));
    b.handOver(this.#bToA, this.#listener(this.#bToA));
    if (a.hasEnded) b.end();
    if (b.hasEnded) a.end();
    a.resume();
    b.resume();
  }

  /** Bytes relayed so far, both directions. A relay is idle while it does not grow. */
  get bytes(): number {
    return this.#aToB.bytes + this.#bToA.bytes;
  }

  /** Cuts both connections; `onEnd` follows, not clean. */
  abort(): void {
    this.#clean = false;
    this.#options.a.abort();
    this.#options.b.abort();
  }

  #listener(direction: Direction): StreamListener {
    return {
      onEnded: () => {
        direction.target.end();
      },
      onClosed: (clean) => {
        this.#onClosed(direction.target, clean);
      },
    };
  }

  #onClosed(other: StreamSocket, clean: boolean): void {
    if (!clean) {
      this.#clean = false;
      other.abort();
    }
    this.#open--;
    if (this.#open > 0) return;
    this.#options.onEnd({
      aToBBytes: this.#aToB.bytes,
      bToABytes: this.#bToA.bytes,
      clean: this.#clean,
    });
  }
}

/** One direction of a relay. */
class Direction implements StreamReader {
  readonly target: StreamSocket;
  bytes = 0;
  readonly #source: StreamSocket;
  readonly #free: Buffer[] = [];
  /** What the writes under way hold, oldest first; undefined is a copy. Writes end in their order. */
  readonly #inFlight: (Buffer | undefined)[] = [];
  #blockBytes = BLOCK_BYTES_MIN;
  /** Where the next reading goes. */
  #current: Buffer | undefined;
  #isPaused = false;

  constructor(source: StreamSocket, target: StreamSocket) {
    this.#source = source;
    this.target = target;
  }

  nextBuffer(): Uint8Array {
    // The block used last is taken first: a quiet relay touches two and never makes the others.
    const block = this.#current ?? this.#free.pop();
    this.#current =
      block === undefined || block.length < this.#blockBytes
        ? Buffer.allocUnsafeSlow(this.#blockBytes)
        : block;
    return this.#current;
  }

  take(bytes: number, buffer: Uint8Array): boolean {
    this.bytes += bytes;
    const block = this.#current;
    if (block !== undefined && buffer === block) {
      this.#current = undefined;
      this.#inFlight.push(block);
      this.target.write(block.subarray(0, bytes), this.#onWritten);
      if (bytes === block.length) this.#grow();
    } else {
      // The reading that was under way at the hand-over used the previous reader's buffer.
      this.#inFlight.push(undefined);
      this.target.write(buffer.slice(0, bytes), this.#onWritten);
    }
    this.#isPaused = this.#inFlight.length >= WRITES_IN_FLIGHT_MAX;
    return !this.#isPaused;
  }

  readonly #onWritten = (): void => {
    const block = this.#inFlight.shift();
    if (block?.length === this.#blockBytes) this.#free.push(block);
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#source.resume();
  };

  #grow(): void {
    if (this.#blockBytes >= BLOCK_BYTES_MAX) return;
    this.#blockBytes *= BLOCK_GROWTH;
    this.#free.length = 0;
  }
}
