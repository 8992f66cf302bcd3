import { WireError, joinBytes } from "../../runtime/core/index.ts";
import type { StreamPipe } from "../../runtime/core/index.ts";
import type { TcpEnd, TcpOwner } from "../network/tcp.ts";
import type { TcpConnection } from "../network/tcp-connection.ts";

/** What may wait to be sent to one side before the other is read no more: three blocks of the real relay. */
const PENDING_BYTES_MAX = 3 * 256 * 1024;
/** A bounded direction rests when it is this far ahead of its rate, as that of the real relay does. */
const AHEAD_MS_MAX = 20;

/** The two connections to join. */
export interface SimRelayOptions {
  readonly a: TcpConnection;
  readonly b: TcpConnection;
  /** What the bytes become on their way. Default: they pass unchanged. */
  readonly pipes?: { readonly aToB: StreamPipe; readonly bToA: StreamPipe } | undefined;
  /** Most bytes a second in each direction. Default: no bound. */
  readonly bytesPerS?: number | undefined;
  readonly nowMs: () => number;
  /** Does something later. */
  readonly after: (afterMs: number, run: () => void) => void;
  /** Called once, after both connections are gone. */
  readonly onEnd: (clean: boolean) => void;
}

/**
 * Passes bytes between two connections as `runtime/io/relay.ts` does: an end is passed on as an end, a failure as a
 * reset of the other side, and a slow side stops the reading from the fast one.
 */
export class SimRelay {
  /** Bytes relayed so far, both directions. A relay is idle while it does not grow. */
  bytes = 0;
  readonly #options: SimRelayOptions;
  /** Read no more for a while, since more came from them than the rate allows. */
  readonly #resting = new Set<TcpConnection>();
  #isClean = true;
  #open = 2;

  constructor(options: SimRelayOptions) {
    const { a, b, pipes } = options;
    this.#options = options;
    const [fromA, fromB] = [this.#side(a, b, pipes?.aToB), this.#side(b, a, pipes?.bToA)];
    a.own(fromA);
    b.own(fromB);
    if (a.hasEnded) fromA.onEnded();
    if (b.hasEnded) fromB.onEnded();
    // A connection that nobody has read from yet waits for this.
    a.resume();
    b.resume();
  }

  /** Cuts both connections; `onEnd` follows, not clean. */
  abort(): void {
    const { a, b, onEnd } = this.#options;
    if (this.#open === 0) return;
    this.#open = 0;
    a.abort();
    b.abort();
    onEnd(false);
  }

  #side(source: TcpConnection, target: TcpConnection, pipe: StreamPipe | undefined): TcpOwner {
    let paidUntilMs = 0;
    return {
      onOpened: () => undefined,
      onData: (bytes) => {
        this.bytes += bytes.length;
        const piped = pipe === undefined ? bytes : this.#piped(() => pipe.push(bytes));
        if (piped === undefined) return;
        if (piped.length > 0) target.write(piped);
        if (target.pendingBytes > PENDING_BYTES_MAX) source.pause();
        paidUntilMs = this.#pay(bytes.length, paidUntilMs);
        this.#restUntil(paidUntilMs, source, target);
      },
      onProgress: () => {
        // What was sent to this side left room for more of the other.
        this.#resume(target, source);
      },
      onEnded: () => {
        const last = pipe === undefined ? undefined : this.#piped(() => pipe.end());
        if (this.#open === 0) return;
        if (last !== undefined && last.length > 0) target.write(last);
        target.end();
      },
      onClosed: (end) => {
        this.#onClosed(target, end);
      },
    };
  }

  /** Until when a direction has used up its rate, in ms, with so many bytes more. */
  #pay(bytes: number, paidUntilMs: number): number {
    const { bytesPerS, nowMs } = this.#options;
    if (bytesPerS === undefined) return 0;
    return Math.max(nowMs(), paidUntilMs) + (bytes / bytesPerS) * 1000;
  }

  #restUntil(untilMs: number, source: TcpConnection, target: TcpConnection): void {
    const { nowMs, after } = this.#options;
    const aheadMs = untilMs - nowMs();
    if (aheadMs <= AHEAD_MS_MAX) return;
    this.#resting.add(source);
    source.pause();
    after(aheadMs, () => {
      this.#resting.delete(source);
      this.#resume(source, target);
    });
  }

  /** Reads on, unless the other side is slow or the rate is used up. */
  #resume(source: TcpConnection, target: TcpConnection): void {
    if (this.#resting.has(source) || target.pendingBytes > PENDING_BYTES_MAX) return;
    source.resume();
  }

  /** What a pipe gives; undefined if it refused, which cuts the relay. */
  #piped(work: () => readonly Uint8Array[]): Uint8Array | undefined {
    try {
      return joinBytes(work());
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.abort();
      return undefined;
    }
  }

  #onClosed(other: TcpConnection, end: TcpEnd): void {
    if (this.#open === 0) return;
    this.#open -= 1;
    if (end !== "finished") {
      this.#isClean = false;
      if (this.#open > 0) {
        // Who aborts hears nothing, so the end is told here.
        this.#open = 0;
        other.abort();
      }
    }
    if (this.#open === 0) this.#options.onEnd(this.#isClean);
  }
}
