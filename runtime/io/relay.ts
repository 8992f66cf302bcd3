import type { StreamListener, StreamReader, StreamSocket } from "./stream-socket.ts";

const BLOCK_BYTES = 64 * 1024;
const BLOCKS = 4;
/** One block less than there are: the last one is where the next read goes. */
const WRITES_IN_FLIGHT_MAX = BLOCKS - 1;

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
 * direction has a ring of 4 blocks of 64 KiB, made as they are first needed: a read goes into one block
 * while up to three wait to be written, so that nothing is copied and a slow side stops the reading from
 * the fast one. An end is passed on as an end (half-close); a reset as a reset, so that a cut-off
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
  readonly #blocks: (Buffer | undefined)[] = new Array<undefined>(BLOCKS).fill(undefined);
  #current = 0;
  #inFlight = 0;
  #isPaused = false;

  constructor(source: StreamSocket, target: StreamSocket) {
    this.#source = source;
    this.target = target;
  }

  nextBuffer(): Uint8Array {
    return (this.#blocks[this.#current] ??= Buffer.allocUnsafeSlow(BLOCK_BYTES));
  }

  take(bytes: number, buffer: Uint8Array): boolean {
    this.bytes += bytes;
    this.#inFlight++;
    if (buffer === this.#blocks[this.#current]) {
      this.#current = (this.#current + 1) % BLOCKS;
      this.target.write(buffer.subarray(0, bytes), this.#onWritten);
    } else {
      // The read that was under way at the hand-over used the previous reader's buffer.
      this.target.write(buffer.slice(0, bytes), this.#onWritten);
    }
    this.#isPaused = this.#inFlight >= WRITES_IN_FLIGHT_MAX;
    return !this.#isPaused;
  }

  readonly #onWritten = (): void => {
    this.#inFlight--;
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#source.resume();
  };
}
