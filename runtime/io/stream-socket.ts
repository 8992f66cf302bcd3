import { connect, Socket } from "node:net";
import type { OnReadOpts, SocketConstructorOpts } from "node:net";
import type { Endpoint } from "../core/endpoint.ts";
import { canonicalAddress } from "./addresses.ts";
import type { ByteStream, ByteStreamOwner, StreamListener, StreamReader } from "./byte-stream.ts";

/** Settings of a socket. */
export interface StreamSocketOptions extends ByteStreamOwner {
  /** Silence in ms after which the kernel asks the peer whether it is still there. */
  readonly keepAliveMs: number;
}

/**
 * A TCP connection that reads into the reader's buffers, not into a new one per read: the reader can be
 * exchanged at any time, so that a connection whose first bytes a role read becomes a relay without a copy.
 */
export class StreamSocket implements ByteStream {
  readonly #socket: Socket;
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
    this.#socket = open({
      buffer: () => this.#reader.nextBuffer(),
      callback: (bytes, buffer) => this.#reader.take(bytes, buffer),
    });
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, keepAliveMs);
    this.#socket.on("connect", () => {
      this.#listener.onOpened?.();
    });
    this.#socket.on("end", () => {
      this.#hasEnded = true;
      this.#listener.onEnded();
    });
    this.#socket.on("error", () => {
      this.#hasFailed = true;
    });
    this.#socket.on("close", () => {
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
      stream.#socket.destroy();
    }, dialTimeoutMs);
    const settle = (): void => {
      clearTimeout(timeout);
    };
    stream.#socket.once("connect", settle).once("close", settle);
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

  get remote(): Endpoint | undefined {
    const { remoteAddress, remotePort } = this.#socket;
    if (remoteAddress === undefined || remotePort === undefined) return undefined;
    return { address: canonicalAddress(remoteAddress), port: remotePort };
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  get takenBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  get isGone(): boolean {
    return this.#socket.destroyed;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  handOver({ reader, listener }: ByteStreamOwner): void {
    this.#reader = reader;
    this.#listener = listener;
  }

  write(bytes: Uint8Array, onWritten?: () => void): void {
    if (this.#socket.writable) this.#socket.write(bytes, onWritten);
  }

  writeAll(pieces: readonly Uint8Array[], onWritten: () => void): void {
    const last = pieces.length - 1;
    if (last > 0) this.#socket.cork();
    for (const [at, piece] of pieces.entries()) {
      this.write(piece, at === last ? onWritten : undefined);
    }
    if (last > 0) this.#socket.uncork();
  }

  end(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  abort(): void {
    const { connecting, writableEnded, writableFinished, writableLength } = this.#socket;
    // A socket that is shutting down cannot be reset, and would stay for ever; the kernel has all its bytes by then.
    const isShuttingDown = writableEnded && !writableFinished && writableLength === 0;
    if (connecting || isShuttingDown) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  whenGone(callback: () => void): void {
    this.#socket.once("close", callback);
  }
}

function openOnHandle(handle: unknown, onread: OnReadOpts): Socket {
  // `handle` is how Node's own server makes its sockets; its types leave it out.
  return new Socket({ handle, onread, allowHalfOpen: true } as SocketConstructorOpts);
}
