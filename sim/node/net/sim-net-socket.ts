import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import { addAbortSignal, Duplex } from "node:stream";
import type { Endpoint } from "../../../runtime/core/index.ts";
import type { TcpEnd, TcpOwner } from "../../network/tcp.ts";
import type { TcpConnection } from "../../network/tcp-connection.ts";
import { familyOf, isOwn, isReachedFrom, shownTo, unmapped } from "../addresses.ts";
import { codedError, outOfRange, requireFunction, requireNumber } from "../argument-error.ts";
import { systemError } from "../system-error.ts";
import type { SystemErrorCode } from "../system-error.ts";
import type { SimTimeout } from "../timers/sim-timers.ts";
import { readConnectTarget, readGiven } from "./net-arguments.ts";
import type { ConnectTarget, NetSocketOptions } from "./net-arguments.ts";
import type { NetHost } from "./net-host.ts";
import { NetSocketFace } from "./net-socket-face.ts";

type Done = (error?: Error | null) => void;

/** What a failed connection is called in errors, by how it ended. */
const CONNECT_ERRORS: Readonly<Record<TcpEnd, SystemErrorCode>> = {
  refused: "ECONNREFUSED",
  timeout: "ETIMEDOUT",
  // What NAT boxes answer is that the port is unreachable (Linux, icmp_err_convert).
  unreachable: "ECONNREFUSED",
  reset: "ECONNRESET",
  finished: "ECONNRESET",
};

/** Linux, net.ipv4.tcp_keepalive_time: the silence if none is given. */
const KEEP_ALIVE_MS_DEFAULT = 7_200_000;

const writeOf = Reflect.get(Duplex.prototype, "write") as (...given: never[]) => unknown;
/** Makes a stream that was destroyed as new, as Node does for a socket that connects again. */
const undestroyOf = Reflect.get(Duplex.prototype, "_undestroy") as () => void;

/** Where a socket connects to, as errors name it. */
type ConnectPlace = Readonly<Record<"syscall" | "address", string>> & { readonly port: number };

/** A connection that a server took. */
export interface AcceptedSocket {
  readonly connection: TcpConnection;
  /** Of the server's address: 6 shows an IPv4 peer as IPv4-mapped. */
  readonly family: 4 | 6;
  readonly onGone: () => void;
}

/** A `net.Socket` of a simulated host, with the events, callbacks and errors of Node's on Linux. */
export class SimNetSocket extends NetSocketFace {
  readonly #host: NetHost;
  #connection: TcpConnection | undefined;
  #idle: SimTimeout | undefined;
  #dispatchedBytes = 0;
  #onFlushed: Done | undefined;
  #onGone: (() => void) | undefined;
  #isResetting = false;
  #keepAliveMs = 0;

  constructor(host: NetHost, options: NetSocketOptions & { accepted?: AcceptedSocket } = {}) {
    const { allowHalfOpen = false, highWaterMark, signal, accepted } = options;
    const water = highWaterMark === undefined ? {} : { highWaterMark };
    super({ ...water, allowHalfOpen, emitClose: false });
    this.#host = host;
    this.on("end", () => {
      if (!this.allowHalfOpen) this.write = this.#writeAfterEnd;
    });
    if (options.keepAlive === true) this.setKeepAlive(true, options.keepAliveInitialDelay);
    if (accepted !== undefined) this.#adopt(accepted);
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  /** `connect(options[, callback])` or `connect(port[, host][, callback])`. */
  connect(...given: unknown[]): this {
    const read = readGiven(given.length === 1 && Array.isArray(given[0]) ? given[0] : given);
    const target = readConnectTarget(read);
    if (this.destroyed) this.#renew();
    if (read.callback !== undefined) this.once("connect", read.callback);
    this.connecting = true;
    this.#active();
    if (isIP(target.host) === 0) this.#look(target);
    else {
      process.nextTick(() => {
        this.#dial(target, target.host);
      });
    }
    return this;
  }

  get pending(): boolean {
    return this.#connection === undefined || this.connecting;
  }

  get bytesWritten(): number {
    return this.#dispatchedBytes + this.writableLength;
  }

  setTimeout(ms: unknown, callback?: unknown): this {
    if (this.destroyed) return this;
    requireNumber(ms, "msecs");
    if (!(ms >= 0 && ms < Infinity)) {
      throw outOfRange("msecs", "a non-negative finite number", ms);
    }
    if (callback !== undefined) requireFunction(callback, "callback");
    this.timeout = ms;
    this.#idle?.close();
    this.#idle = undefined;
    if (ms === 0) {
      if (callback !== undefined) this.removeListener("timeout", callback);
      return this;
    }
    this.#idle = this.#host.timers.setTimeout(() => this.emit("timeout"), ms);
    if (callback !== undefined) this.once("timeout", callback);
    return this;
  }

  setKeepAlive(isKept?: unknown, initialDelayMs?: unknown): this {
    const delayMs = Math.trunc(Number(initialDelayMs ?? 0) / 1000) * 1000;
    const silenceMs = delayMs > 0 ? delayMs : KEEP_ALIVE_MS_DEFAULT;
    this.#keepAliveMs = isKept === true ? silenceMs : 0;
    this.#connection?.keepAlive.change(this.#keepAliveMs * 1000);
    return this;
  }

  /** Ends after what was written, then destroys. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  resetAndDestroy(): this {
    if (this.#connection === undefined && !this.connecting) {
      return this.destroy(codedError(Error, "ERR_SOCKET_CLOSED", "Socket is closed"));
    }
    const reset = (): void => {
      this.#isResetting = true;
      this.destroy();
    };
    if (this.connecting) this.once("connect", reset);
    else reset();
    return this;
  }

  override _read(): void {
    if (this.connecting || this.#connection === undefined) {
      this.once("connect", () => {
        this._read();
      });
    } else {
      this.#connection.resume();
    }
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    if (this.connecting) {
      this.#writeWhenConnected(chunk, encoding, done);
      return;
    }
    this.#active();
    if (this.#connection === undefined) {
      done(codedError(Error, "ERR_SOCKET_CLOSED", "Socket is closed"));
      return;
    }
    this.#connection.write(chunk);
    const flushed: Done = (error) => {
      this.#dispatchedBytes += chunk.length;
      done(error);
    };
    if (this.#connection.pendingBytes === 0) flushed();
    else this.#onFlushed = flushed;
  }

  override _final(done: Done): void {
    if (this.connecting) {
      this.once("connect", () => {
        this._final(done);
      });
      return;
    }
    this.#connection?.end();
    if (this.#connection === undefined) done();
    else this.#host.process.after(0, "socket", done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.connecting = false;
    this.#idle?.close();
    this.#idle = undefined;
    const hadConnection = this.#connection !== undefined;
    this.#drop();
    done(error);
    const emitClose = (): void => {
      this.emit("close", error !== null);
    };
    if (hadConnection) this.#host.process.after(0, "socket", emitClose);
    else process.nextTick(emitClose);
    this.#onGone?.();
    this.#onGone = undefined;
  }

  #look(target: ConnectTarget): void {
    const { host, family, lookup = this.#host.dns.lookup } = target;
    lookup(host, { family, all: false } as never, (error, address = "", found = 0) => {
      this.emit("lookup", error, address, found, host);
      if (!this.connecting) return;
      if (error === null) this.#dial(target, address);
      else process.nextTick(() => this.destroy(error));
    });
  }

  #dial(target: ConnectTarget, host: string): void {
    if (!this.connecting) return;
    const { port, localPort = 0, localAddress = "" } = target;
    this.emit("connectionAttempt", host, port, isIP(host));
    const { node } = this.#host.process;
    const address = unmapped(host);
    const place = { syscall: "connect", address: host, port };
    const wildcard = familyOf(host) === 6 ? "::" : "0.0.0.0";
    const local = { address: localAddress === "" ? wildcard : localAddress, port: localPort };
    const unbound = this.#whyUnbound(local);
    if (unbound !== undefined) {
      this.destroy(systemError(unbound, { syscall: "bind", ...local }));
      return;
    }
    if (!isReachedFrom(node.address, address)) {
      this.destroy(systemError("ENETUNREACH", { ...place, local }));
      return;
    }
    const connection = this.#create({ address, port }, localPort);
    if (connection === undefined) {
      this.destroy(systemError("EADDRNOTAVAIL", { ...place, local }));
      return;
    }
    this.#connection = connection;
    connection.own(this.#owner(place));
    connection.dial();
  }

  /** Why the socket cannot have its own address; undefined if it can. */
  #whyUnbound({ address, port }: Endpoint): SystemErrorCode | undefined {
    const { process, ports } = this.#host;
    if (!isOwn(process.node.address, unmapped(address))) return "EADDRNOTAVAIL";
    return ports.isListenedOn(port, unmapped(address)) ? "EADDRINUSE" : undefined;
  }

  /** Undefined if there is such a connection already. */
  #create(to: Endpoint, localPort: number): TcpConnection | undefined {
    const own = localPort === 0 ? {} : { localPort };
    try {
      return this.#host.process.node.createTcp(to, { keepAliveMs: 0, ...own });
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  #adopt({ connection, family, onGone }: AcceptedSocket): void {
    this.#onGone = onGone;
    this.#connection = connection;
    connection.own(this.#owner({ syscall: "read", address: "", port: 0 }));
    this.#begin(family);
  }

  /** Connects again after its end. */
  #renew(): void {
    undestroyOf.call(this);
    Reflect.deleteProperty(this, "write");
    this.local = undefined;
    this.remote = undefined;
    this.bytesRead = 0;
    this.#dispatchedBytes = 0;
    this.#isResetting = false;
  }

  /** The connection is open. */
  #begin(family: 4 | 6): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.local = shownEndpoint(family, connection.local);
    this.remote = shownEndpoint(family, connection.remote);
    connection.pause();
    if (this.#keepAliveMs > 0) connection.keepAlive.change(this.#keepAliveMs * 1000);
  }

  #owner(place: ConnectPlace): TcpOwner {
    const enter = (code: () => void): void => {
      this.#host.process.enter(code);
    };
    return {
      onOpened: () => {
        enter(() => {
          this.#opened(familyOf(place.address));
        });
      },
      onData: (bytes) => {
        enter(() => {
          this.#received(bytes);
        });
      },
      onEnded: () => {
        enter(() => {
          this.#active();
          this.push(null);
          this.read(0);
        });
      },
      onProgress: () => {
        enter(() => {
          this.#flushed();
        });
      },
      onClosed: (end) => {
        enter(() => {
          this.#closed(end, place);
        });
      },
    };
  }

  #opened(family: 4 | 6): void {
    this.connecting = false;
    this.#begin(family);
    this.#active();
    this.emit("connect");
    this.emit("ready");
    if (this.readable && !this.isPaused()) this.read(0);
  }

  #received(bytes: Uint8Array): void {
    this.bytesRead += bytes.length;
    this.#active();
    if (!this.push(Buffer.from(bytes))) this.#connection?.pause();
  }

  #flushed(): void {
    const done = this.#onFlushed;
    if (done === undefined || this.#connection?.pendingBytes !== 0) return;
    this.#onFlushed = undefined;
    this.#active();
    done();
  }

  #closed(end: TcpEnd, place: ConnectPlace): void {
    if (this.connecting) {
      this.destroy(systemError(CONNECT_ERRORS[end], place));
      return;
    }
    if (end === "finished") return;
    const error = systemError(CONNECT_ERRORS[end], { syscall: "read" });
    const done = this.#onFlushed;
    this.#onFlushed = undefined;
    if (done === undefined) this.destroy(error);
    else done(systemError(CONNECT_ERRORS[end], { syscall: "write" }));
  }

  /** Gives the connection to the system, which delivers what it has taken. */
  #drop(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#onFlushed = undefined;
    if (connection === undefined || connection.isClosed) return;
    if (this.#isResetting || connection.pendingBytes > 0) connection.abort();
    else connection.release();
  }

  #active(): void {
    this.#idle?.refresh();
  }

  #writeWhenConnected(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    const onClose = (): void => {
      const text = "Socket closed before the connection was established";
      done(codedError(Error, "ERR_SOCKET_CLOSED_BEFORE_CONNECTION", text));
    };
    this.once("connect", () => {
      this.off("close", onClose);
      this._write(chunk, encoding, done);
    });
    this.once("close", onClose);
  }

  /** `write` of a socket whose peer has ended, and that does not stay half open. */
  readonly #writeAfterEnd = (chunk: unknown, ...rest: unknown[]): boolean => {
    if (!this.writableEnded) return Reflect.apply(writeOf, this, [chunk, ...rest]) as boolean;
    const error = new Error("This socket has been ended by the other party");
    Object.assign(error, { code: "EPIPE" });
    const taker = rest.at(-1);
    if (typeof taker === "function") process.nextTick(taker, error);
    this.destroy(error);
    return false;
  };
}

function shownEndpoint(family: 4 | 6, { address, port }: Endpoint): Endpoint {
  return { address: shownTo(family, address), port };
}
