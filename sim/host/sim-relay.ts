import type { TcpEnd, TcpOwner } from "../network/tcp.ts";
import type { TcpConnection } from "../network/tcp-connection.ts";

/** What may wait to be sent to one side before the other is read no more: three blocks of the real relay. */
const PENDING_BYTES_MAX = 3 * 256 * 1024;

/** The two connections to join. */
export interface SimRelayOptions {
  readonly a: TcpConnection;
  readonly b: TcpConnection;
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
  #isClean = true;
  #open = 2;

  constructor(options: SimRelayOptions) {
    const { a, b } = options;
    this.#options = options;
    a.own(this.#side(a, b));
    b.own(this.#side(b, a));
    if (a.hasEnded) b.end();
    if (b.hasEnded) a.end();
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

  #side(source: TcpConnection, target: TcpConnection): TcpOwner {
    return {
      onOpened: () => undefined,
      onData: (bytes) => {
        this.bytes += bytes.length;
        target.write(bytes);
        if (target.pendingBytes > PENDING_BYTES_MAX) source.pause();
      },
      onProgress: () => {
        // What was sent to this side left room for more of the other.
        if (source.pendingBytes <= PENDING_BYTES_MAX) target.resume();
      },
      onEnded: () => {
        target.end();
      },
      onClosed: (end) => {
        this.#onClosed(target, end);
      },
    };
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
