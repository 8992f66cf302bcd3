import { EventEmitter } from "node:events";
import type { TcpConnection } from "../../network/tcp-connection.ts";
import type { TcpOwner } from "../../network/tcp.ts";
import { familyName, familyOf, shownTo, unmapped } from "../addresses.ts";
import { codedError, invalidArgumentType } from "../argument-error.ts";
import { systemError } from "../system-error.ts";
import { readGiven, readListenTarget } from "./net-arguments.ts";
import type { NetSocketOptions } from "./net-arguments.ts";
import type { NetHost, ShownAddress } from "./net-host.ts";
import type { TcpListener } from "./tcp-ports.ts";

/** What `net.createServer` may be given, of which this is used. */
export interface NetServerOptions extends NetSocketOptions {
  readonly pauseOnConnect?: boolean;
}

/** A `net.Server` of a simulated host, with the events, callbacks and errors of Node's on Linux. */
export class SimNetServer extends EventEmitter {
  /** Connections beyond it are dropped; undefined or 0 for any number. */
  maxConnections: number | undefined;
  readonly #host: NetHost;
  readonly #options: NetServerOptions;
  #listener: TcpListener | undefined;
  #port = 0;
  /** As it was asked for: of the listener it is not IPv4-mapped. */
  #address = "";
  #isStarting = false;
  #connections = 0;

  /** `Server([options][, connectionListener])`. @throws {TypeError} as Node does. */
  constructor(host: NetHost, options?: unknown, onConnection?: unknown) {
    super();
    const listener = typeof options === "function" ? options : onConnection;
    if (typeof options === "object" || options === undefined) {
      this.#options = options ?? {};
    } else if (typeof options === "function") {
      this.#options = {};
    } else {
      throw invalidArgumentType("options", "of type object", options);
    }
    this.#host = host;
    if (typeof listener === "function") this.on("connection", listener as () => void);
  }

  get listening(): boolean {
    return this.#listener !== undefined;
  }

  /** `listen([port[, host[, backlog]]][, callback])` or `listen(options[, callback])`. */
  listen(...given: unknown[]): this {
    if (this.#listener !== undefined || this.#isStarting) {
      const text = "Listen method has been called more than once without closing.";
      throw codedError(Error, "ERR_SERVER_ALREADY_LISTEN", text);
    }
    const { callback } = readGiven(given);
    if (callback !== undefined) this.once("listening", callback);
    const { port, host, signal } = readListenTarget(given);
    signal?.addEventListener("abort", () => this.close(), { once: true });
    if (host === undefined) {
      const isIpv6 = this.#host.process.node.address.includes(":");
      this.#start(port, isIpv6 ? "::" : "0.0.0.0");
      return this;
    }
    this.#isStarting = true;
    this.#host.dns.lookup(host, {}, (error: unknown, address = "") => {
      if (!this.#isStarting) return;
      this.#isStarting = false;
      if (error === null) this.#start(port, address);
      else this.emit("error", error);
    });
    return this;
  }

  address(): ShownAddress | null {
    if (this.#listener === undefined) return null;
    return { address: this.#address, family: familyName(this.#address), port: this.#port };
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(callback, null, this.#connections);
    return this;
  }

  /** Takes no more connections; `close` comes when those that there are have ended. */
  close(callback?: (error?: Error) => void): this {
    const isOpen = this.#listener !== undefined || this.#isStarting;
    if (typeof callback === "function") {
      this.once("close", () => {
        if (isOpen) callback();
        else callback(codedError(Error, "ERR_SERVER_NOT_RUNNING", "Server is not running."));
      });
    }
    this.#isStarting = false;
    if (this.#listener !== undefined) this.#host.ports.release(this.#port, this.#listener);
    this.#listener = undefined;
    this.#closeIfDrained();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.close((error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #start(port: number, address: string): void {
    const listener: TcpListener = {
      address: unmapped(address),
      onConnection: (connection) => {
        connection.pause();
        connection.own(this.#greeter(connection));
      },
    };
    const bound = this.#host.ports.listen(port, listener);
    if (typeof bound === "string") {
      const error = systemError(bound, { syscall: "listen", address, port, isWordy: true });
      process.nextTick(() => this.emit("error", error));
      return;
    }
    this.#listener = listener;
    this.#port = bound;
    this.#address = address;
    process.nextTick(() => {
      if (this.#listener === listener) this.emit("listening");
    });
  }

  /** Waits for the end of the handshake. */
  #greeter(connection: TcpConnection): TcpOwner {
    return {
      onOpened: () => {
        this.#host.process.enter(() => {
          this.#accept(connection);
        });
      },
      onData: () => undefined,
      onEnded: () => undefined,
      onClosed: () => undefined,
    };
  }

  #accept(connection: TcpConnection): void {
    const family = familyOf(this.#address);
    const isFull =
      (this.maxConnections ?? 0) > 0 && this.#connections >= (this.maxConnections ?? 0);
    if (isFull) {
      connection.release();
      const { local, remote } = connection;
      const [own, others] = [shownTo(family, local.address), shownTo(family, remote.address)];
      this.emit("drop", {
        ...{ localAddress: own, localPort: local.port, localFamily: familyName(own) },
        ...{ remoteAddress: others, remotePort: remote.port, remoteFamily: familyName(others) },
      });
      return;
    }
    this.#connections += 1;
    const { pauseOnConnect = false, allowHalfOpen = false, ...others } = this.#options;
    const socket = this.#host.createSocket({
      ...others,
      allowHalfOpen,
      accepted: {
        connection,
        family,
        onGone: () => {
          this.#connections -= 1;
          this.#closeIfDrained();
        },
      },
    });
    socket.server = this;
    if (pauseOnConnect) socket.pause();
    else socket.read(0);
    this.emit("connection", socket);
  }

  #closeIfDrained(): void {
    if (this.#listener !== undefined || this.#isStarting || this.#connections > 0) return;
    process.nextTick(() => {
      this.emit("close");
    });
  }
}
