import type { StreamPipe } from "../core/role.ts";
import { WireError } from "../core/wire-error.ts";
import { releaseBuffers } from "./release-buffers.ts";
import type { ByteStream, StreamListener, StreamReader } from "./byte-stream.ts";

/** A session of small messages keeps to this; a reading that fills its block makes the next ones larger. */
const BLOCK_BYTES_MIN = 16 * 1024;
/** Larger blocks save no more system calls: a socket rarely holds more at once. */
const BLOCK_BYTES_MAX = 256 * 1024;
const BLOCK_GROWTH = 4;
/** With the block of the reading under way, a direction has four blocks at most. */
const WRITES_IN_FLIGHT_MAX = 3;
/** A reading of a session of small messages, between which a pipe may work ahead. */
const AHEAD_BYTES_MAX = 4096;
/** A bounded direction rests when it is this far ahead of its rate: shorter rests cost more than they shape. */
const AHEAD_MS_MAX = 20;

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
  readonly a: ByteStream;
  readonly b: ByteStream;
  /** What the bytes become on their way. Default: they pass unchanged. */
  readonly pipes?: { readonly aToB: StreamPipe; readonly bToA: StreamPipe } | undefined;
  /** Most bytes a second in each direction. Default: no bound. */
  readonly bytesPerS?: number | undefined;
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
    const { a, b, pipes, bytesPerS } = options;
    this.#options = options;
    const fail = (): void => {
      this.abort();
    };
    this.#aToB = new Direction({ source: a, target: b, pipe: pipes?.aToB, bytesPerS, fail });
    this.#bToA = new Direction({ source: b, target: a, pipe: pipes?.bToA, bytesPerS, fail });
    a.handOver({ reader: this.#aToB, listener: this.#listener(this.#aToB) });
    b.handOver({ reader: this.#bToA, listener: this.#listener(this.#bToA) });
    if (a.hasEnded) this.#aToB.end();
    if (b.hasEnded) this.#bToA.end();
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
        direction.end();
      },
      onClosed: (clean) => {
        this.#onClosed(direction.target, clean);
      },
    };
  }

  #onClosed(other: ByteStream, clean: boolean): void {
    if (!clean) {
      this.#clean = false;
      other.abort();
    }
    this.#open--;
    if (this.#open > 0) return;
    this.#aToB.stop();
    this.#bToA.stop();
    this.#options.onEnd({
      aToBBytes: this.#aToB.bytes,
      bToABytes: this.#bToA.bytes,
      clean: this.#clean,
    });
  }
}

/** What one direction of a relay is made with. */
interface DirectionOptions {
  readonly source: ByteStream;
  readonly target: ByteStream;
  readonly pipe: StreamPipe | undefined;
  readonly bytesPerS: number | undefined;
  /** The pipe refused what came. */
  readonly fail: () => void;
}

/** One direction of a relay. */
class Direction implements StreamReader {
  readonly target: ByteStream;
  bytes = 0;
  readonly #options: DirectionOptions;
  readonly #free: Buffer[] = [];
  /** What the writes under way hold, oldest first; undefined is a copy. Writes end in their order. */
  readonly #inFlight: (Buffer | undefined)[] = [];
  #blockBytes = BLOCK_BYTES_MIN;
  /** Where the next reading goes. */
  #current: Buffer | undefined;
  #isPaused = false;
  /** When what was taken so far would have passed at the rate, ms. */
  #paidUntilMs = 0;
  #rest: NodeJS.Timeout | undefined;

  constructor(options: DirectionOptions) {
    this.#options = options;
    this.target = options.target;
  }

  /** Passes the end on, after what the pipe still holds. */
  end(): void {
    const { pipe } = this.#options;
    if (pipe !== undefined && !this.#piped(() => pipe.end())) return;
    this.target.end();
  }

  /** Both connections are gone. */
  stop(): void {
    clearTimeout(this.#rest);
    this.#rest = undefined;
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
    const { pipe } = this.#options;
    if (pipe !== undefined) {
      // What a pipe gives has buffers of its own, so the block serves the next reading.
      if (!this.#piped(() => pipe.push(buffer.subarray(0, bytes)))) return false;
      if (bytes === block?.length) this.#grow();
      this.#prepare(pipe, bytes);
    } else if (block !== undefined && buffer === block) {
      this.#current = undefined;
      this.#inFlight.push(block);
      this.target.write(block.subarray(0, bytes), this.#onWritten);
      if (bytes === block.length) this.#grow();
    } else {
      // The reading that was under way at the hand-over used the previous reader's buffer.
      this.#inFlight.push(undefined);
      this.target.write(buffer.slice(0, bytes), this.#onWritten);
    }
    return this.#mayGoOn(bytes);
  }

  pass(pieces: readonly Uint8Array[], onPassed: () => void): boolean {
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    this.bytes += bytes;
    const { pipe } = this.#options;
    if (pipe === undefined) {
      this.#inFlight.push(undefined);
      this.target.writeAll(pieces, () => {
        onPassed();
        this.#onWritten();
      });
    } else {
      const [piece] = pieces;
      const isPassed =
        pieces.length === 1 && piece !== undefined
          ? this.#piped(() => pipe.push(piece))
          : this.#piped(() => pieces.flatMap((each) => pipe.push(each)));
      if (!isPassed) return false;
      onPassed();
      this.#prepare(pipe, bytes);
    }
    return this.#mayGoOn(bytes);
  }

  /** Lets a pipe work ahead, unless bytes come in bulk and leave no time for it. */
  #prepare(pipe: StreamPipe, bytes: number): void {
    if (bytes <= AHEAD_BYTES_MAX) pipe.prepare?.();
  }

  /** Whether the source may be read further after so many bytes. */
  #mayGoOn(bytes: number): boolean {
    this.#isPaused = this.#inFlight.length >= WRITES_IN_FLIGHT_MAX;
    this.#restIfAhead(bytes);
    return !this.#isPaused && this.#rest === undefined;
  }

  /** Writes what a pipe gives; false if it refused, which cuts the relay. */
  #piped(work: () => readonly Uint8Array[]): boolean {
    try {
      const pieces = work();
      if (pieces.length === 0) return true;
      this.#inFlight.push(undefined);
      this.target.writeAll(pieces, () => {
        releaseBuffers(pieces);
        this.#onWritten();
      });
      return true;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#options.fail();
      return false;
    }
  }

  #restIfAhead(bytes: number): void {
    const { bytesPerS } = this.#options;
    if (bytesPerS === undefined) return;
    const nowMs = performance.now();
    this.#paidUntilMs = Math.max(nowMs, this.#paidUntilMs) + (bytes / bytesPerS) * 1000;
    const aheadMs = this.#paidUntilMs - nowMs;
    if (aheadMs <= AHEAD_MS_MAX) return;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      if (!this.#isPaused) this.#options.source.resume();
    }, aheadMs);
  }

  readonly #onWritten = (): void => {
    const block = this.#inFlight.shift();
    if (block?.length === this.#blockBytes) this.#free.push(block);
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#rest === undefined) this.#options.source.resume();
  };

  #grow(): void {
    if (this.#blockBytes >= BLOCK_BYTES_MAX) return;
    this.#blockBytes *= BLOCK_GROWTH;
    this.#free.length = 0;
  }
}
