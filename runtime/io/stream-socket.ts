import { connect, Socket } from "node:net";
import type { OnReadOpts, SocketConstructorOpts } from "node:net";
import type { Endpoint } from "../core/endpoint.ts";
import { canonicalAddress } from "./addresses.ts";

/** Where a socket puts the bytes it reads, and who takes them. */
export interface StreamReader {
  /** The buffer for the next read. Asked once before the first read and after each one. */
  nextBuffer(): Uint8Array;
  /**
   * Takes the first `bytes` bytes of the buffer, which is the reader's own until `nextBuffer` returns it
   * again. False stops reading until `resume()`.
   */
  take(bytes: number, buffer: Uint8Array): boolean;
}

/** What the owner of a socket hears of it. Nothing follows `onClosed`. */
export interface StreamListener {
  /** A socket that was dialed is connected. */
  onOpened?(): void;
  /** The peer sends nothing more; the other direction may still be open. */
  onEnded(): void;
  /** The socket is gone. `clean`: both sides ended it; false: refused, reset or timed out. */
  onClosed(clean: boolean): void;
}

/** Settings of a socket. */
export interface StreamSocketOptions {
  readonly reader: StreamReader;
  readonly listener: StreamListener;
  /** Silence in ms after which the kernel asks the peer whether it is still there. */
  readonly keepAliveMs: number;
}

/**
 * A TCP connection that reads into the reader's buffers, not into a new one per read: the reader can be
 * exchanged at any time, so that a connection whose first bytes a role read becomes a relay without a copy.
 */
export class StreamSocket {
  readonly socket: Socket;
  #reader: StreamReader;
  #listener: StreamListener;
  #hasEnded = false;
  #hasFailed = false;

  private constructor(
    open: (onread: OnReadOpts) => Socket,
    { reader, listener, keepAliveMs }: StreamSocketOptions,
  ) {
    this.#reader = reader;
    this.#listener = listener;
    this.socket = open({
      buffer: () => this.#reader.nextBuffer(),
      callback: (bytes, buffer) => this.#reader.take(bytes, buffer),
    });
    this.socket.setNoDelay(true);
    this.socket.setKeepAlive(true, keepAliveMs);
    this.socket.on("connect", () => {
      this.#listener.onOpened?.();
    });
    this.socket.on("end", () => {
      this.#hasEnded = true;
      this.#listener.onEnded();
    });
    this.socket.on("error", () => {
      this.#hasFailed = true;
    });
    this.socket.on("close", () => {
      this.#listener.onClosed(this.#hasEnded && !this.#hasFailed);
    });
  }

  /** Starts to connect. `onOpened` or `onClosed` follows, never before the call returns. */
  static dial(to: Endpoint, dialTimeoutMs: number, options: StreamSocketOptions): StreamSocket {
    const stream = new StreamSocket(
      (onread) => connect({ host: to.address, port: to.port, allowHalfOpen: true, onread }),
      options,
    );
    const timeout = setTimeout(() => {
      stream.socket.destroy();
    }, dialTimeoutMs);
    const settle = (): void => {
      clearTimeout(timeout);
    };
    stream.socket.once("connect", settle).once("close", settle);
    return stream;
  }

  /**
   * Takes over a connection that a server with `pauseOnConnect` accepted and that nobody has read from.
   * Node lets only those who connect read into their own buffers, not those who accept; so the connection's
   * handle moves to a new socket that does (docs/decisions/0006-relay.md).
   */
  static adopt(accepted: Socket, options: StreamSocketOptions): StreamSocket {
    const owner = accepted as unknown as { _handle: unknown };
    const handle = owner._handle;
    owner._handle = null;
    accepted.destroy();
    return new StreamSocket((onread) => openOnHandle(handle, onread), options);
  }

  /** The peer's address; undefined when the connection is already gone. */
  get remote(): Endpoint | undefined {
    const { remoteAddress, remotePort } = this.socket;
    if (remoteAddress === undefined || remotePort === undefined) return undefined;
    return { address: canonicalAddress(remoteAddress), port: remotePort };
  }

  /** Bytes that were written and that the kernel has not taken yet. */
  get pendingBytes(): number {
    return this.socket.writableLength;
  }

  /** Bytes that the kernel has taken. */
  get takenBytes(): number {
    return this.socket.bytesWritten - this.socket.writableLength;
  }

  /** Whether the connection is closed or being closed. */
  get isGone(): boolean {
    return this.socket.destroyed;
  }

  /** Whether the peer has ended its direction. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Gives the connection to another owner from the next read and the next notice on. */
  handOver(reader: StreamReader, listener: StreamListener): void {
    this.#reader = reader;
    this.#listener = listener;
  }

  /** Queues bytes, which must not change before `onWritten`. */
  write(bytes: Uint8Array, onWritten?: () => void): void {
    if (this.socket.writable) this.socket.write(bytes, onWritten);
  }

  /** Queues several pieces at once, none of which may change before `onWritten`. At least one. */
  writeAll(pieces: readonly Uint8Array[], onWritten: () => void): void {
    const last = pieces.length - 1;
    if (last > 0) this.socket.cork();
    for (const [at, piece] of pieces.entries()) {
      this.write(piece, at === last ? onWritten : undefined);
    }
    if (last > 0) this.socket.uncork();
  }

  /** Ends our direction after what was written. */
  end(): void {
    if (this.socket.writable) this.socket.end();
  }

  /** Reads nothing more until `resume`. */
  pause(): void {
    this.socket.pause();
  }

  /** Reads again after the reader said no, or after `pause`. */
  resume(): void {
    this.socket.resume();
  }

  /** Drops the connection and what is unsent, so that the peer sees a reset and not an end. */
  abort(): void {
    const { connecting, writableEnded, writableFinished, writableLength } = this.socket;
    // A socket that is shutting down cannot be reset, and would stay for ever; the kernel has all its bytes by then.
    const isShuttingDown = writableEnded && !writableFinished && writableLength === 0;
    if (connecting || isShuttingDown) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}

function openOnHandle(handle: unknown, onread: OnReadOpts): Socket {
  // `handle` is how Node's own server makes its sockets; its types leave it out.
  return new Socket({ handle, onread, allowHalfOpen: true } as SocketConstructorOpts);
}
