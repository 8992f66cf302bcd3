import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import type { Endpoint } from "../../../runtime/core/index.ts";
import { familyName, isReachedFrom, isWildcard, shownTo, unmapped } from "../addresses.ts";
import { codedError, readPort, requireString } from "../argument-error.ts";
import type { NodeProcess } from "../node-process.ts";
import { systemError } from "../system-error.ts";
import { DeferredCalls } from "./deferred-calls.ts";
import { readSendArguments } from "./send-arguments.ts";
import type { SendTaker } from "./send-arguments.ts";
import { DgramSettings } from "./dgram-settings.ts";
import { readSocketOptions } from "./socket-options.ts";
import type { LookupFunction, SocketOptions } from "./socket-options.ts";
import type { UdpBinding, UdpPorts } from "./udp-ports.ts";

/** What a socket needs of its host. */
export interface DgramHost {
  readonly process: NodeProcess;
  readonly ports: UdpPorts;
  readonly lookup: LookupFunction;
}

/** The largest datagram: 65,535 bytes less the headers of IPv4 and UDP. */
const DATAGRAM_BYTES_MAX = 65_507;

/** How far a socket is bound, or connected. */
type Progress = "no" | "under way" | "yes";

/** A `dgram.Socket` of a simulated host, with the events, callbacks and errors of Node's on Linux. */
export class SimDgramSocket extends DgramSettings {
  readonly type: "udp4" | "udp6";
  readonly #host: DgramHost;
  readonly #options: SocketOptions;
  readonly #family: 4 | 6;
  readonly #deferred: DeferredCalls;
  #bound: Progress = "no";
  #connected: Progress = "no";
  #port = 0;
  #peer: Endpoint | undefined;

  /** @throws {TypeError} as Node does. */
  constructor(host: DgramHost, options: unknown, listener?: unknown) {
    const checked = readSocketOptions(options);
    super(checked);
    this.#options = checked;
    this.#host = host;
    this.type = this.#options.type;
    this.#family = this.type === "udp4" ? 4 : 6;
    this.#deferred = new DeferredCalls(this);
    if (typeof listener === "function") this.on("message", listener as () => void);
    this.#watch(this.#options.signal);
  }

  /** `bind([port][, address][, callback])` or `bind(options[, callback])`. */
  bind(...given: unknown[]): this {
    this.requireRunning();
    if (this.#bound !== "no") {
      throw codedError(Error, "ERR_SOCKET_ALREADY_BOUND", "Socket is already bound");
    }
    this.#bound = "under way";
    const callback = given.at(-1);
    if (typeof callback === "function") this.#onceListening(callback as () => void);
    const [first, second] = given;
    const isObject = typeof first === "object" && first !== null;
    const { port, address } = (isObject ? first : { port: first, address: second }) as {
      readonly port?: unknown;
      readonly address?: unknown;
    };
    const wildcard = this.#family === 4 ? "0.0.0.0" : "::";
    const wanted = typeof address === "string" && address !== "" ? address : wildcard;
    const wantedPort = typeof port === "function" ? 0 : (Number(port ?? 0) || 0) & 0xffff;
    this.#lookup(wanted, (error, ip) => {
      if (this.isClosed) return;
      if (error === null) this.#take(ip, wantedPort);
      else this.#failBind(error);
    });
    return this;
  }

  /** `connect(port[, address][, callback])`. */
  connect(port: unknown, ...rest: unknown[]): void {
    const checked = readPort(port, "Port", 1);
    const [first, second] = rest;
    const address = typeof first === "function" || first === undefined ? "" : first;
    const callback = typeof first === "function" ? first : second;
    requireString(address, "address");
    if (this.#connected !== "no") throw alreadyConnected();
    this.#connected = "under way";
    this.#afterBind(() => {
      if (typeof callback === "function") this.once("connect", callback as () => void);
      this.#lookup(address, (error, ip) => {
        this.#connectTo(error, { address: ip, port: checked }, callback);
      });
    });
  }

  /** @throws {Error} `ERR_SOCKET_DGRAM_NOT_CONNECTED`. */
  disconnect(): void {
    if (this.#connected !== "yes") throw notConnected();
    this.#peer = undefined;
    this.#connected = "no";
  }

  /** `send(message[, offset, length][, port][, address][, callback])`. */
  send(...given: unknown[]): void {
    const isConnected = this.#connected === "yes";
    const request = readSendArguments(given, isConnected);
    const port = isConnected ? 0 : readPort(request.port, "Port", 1);
    const isCallback = typeof request.address === "function";
    const address = isCallback ? undefined : (request.address ?? undefined);
    if (address !== undefined) requireString(address, "address");
    const callback = isCallback ? request.address : request.callback;
    const taker = typeof callback === "function" ? (callback as SendTaker) : undefined;
    this.requireRunning();
    const { bytes } = request;
    this.#afterBind(() => {
      const peer = this.#peer;
      if (isConnected && peer !== undefined) {
        this.#sendNow(bytes, peer, taker);
        return;
      }
      this.#lookup(address ?? "", (error, ip) => {
        if (error !== null) this.#failSend(error, taker);
        else if (!this.isClosed) this.#sendNow(bytes, { address: ip, port }, taker);
      });
    });
  }

  close(callback?: () => void): this {
    if (typeof callback === "function") this.on("close", callback);
    if (this.#deferred.defer(() => this.close())) return this;
    this.requireRunning();
    this.isClosed = true;
    this.#release();
    process.nextTick(() => this.emit("close"));
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isClosed) return;
    await new Promise<void>((resolve) => this.close(resolve));
  }

  address(): { address: string; family: string; port: number } {
    this.requireRunning();
    if (this.binding === undefined) throw systemError("EBADF", { syscall: "getsockname" });
    // A connected socket has the address from which it reaches its peer.
    const isOpen = isWildcard(this.binding.address) && this.#peer !== undefined;
    const own = isOpen ? this.#ownAddress(this.#peer?.address ?? "") : this.binding.address;
    return this.#shown({ address: own, port: this.#port });
  }

  remoteAddress(): { address: string; family: string; port: number } {
    this.requireRunning();
    if (this.#connected !== "yes" || this.#peer === undefined) throw notConnected();
    return this.#shown(this.#peer);
  }

  #take(ip: string, port: number): void {
    const binding: UdpBinding = {
      address: unmapped(ip),
      family: this.#family,
      isIpv6Only: this.#options.ipv6Only === true,
      isShared: this.#options.reuseAddr === true || this.#options.reusePort === true,
      getPeer: () => this.#peer,
      onDatagram: (from, bytes) => {
        this.#host.process.enter(() => {
          this.#receive(from, bytes);
        });
      },
      onUnreachable: () => {
        this.#host.process.enter(() => {
          this.emit("error", systemError("ECONNREFUSED", { syscall: "recvmsg" }));
        });
      },
    };
    const bound = this.#host.ports.bind(port, binding);
    if (typeof bound === "string") {
      this.#failBind(systemError(bound, { syscall: "bind", address: ip, port }));
      return;
    }
    this.#port = bound;
    this.binding = binding;
    this.#bound = "yes";
    this.emit("listening");
  }

  #failBind(error: Error): void {
    this.#bound = "no";
    this.emit("error", error);
  }

  #receive(from: Endpoint, bytes: Uint8Array): void {
    const { address, family, port } = this.#shown(from);
    this.emit("message", Buffer.from(bytes), { address, family, port, size: bytes.length });
  }

  #sendNow(bytes: Buffer, to: Endpoint, taker: SendTaker | undefined): void {
    const address = unmapped(to.address);
    const refusal = this.#refusalOf(bytes, address);
    if (refusal !== undefined) {
      if (taker !== undefined) {
        process.nextTick(taker, systemError(refusal, { syscall: "send", ...to }));
      }
      return;
    }
    this.#host.ports.send(this.#port, { address, port: to.port }, bytes);
    if (taker !== undefined) process.nextTick(taker, null, bytes.length);
  }

  #refusalOf(
    bytes: Buffer,
    address: string,
  ): "EMSGSIZE" | "EINVAL" | "EACCES" | "ENETUNREACH" | undefined {
    if (bytes.length > DATAGRAM_BYTES_MAX) return "EMSGSIZE";
    const isIpv6 = isIP(address) === 6;
    if (isIpv6 && this.#family === 4) return "EINVAL";
    if (address === "255.255.255.255" && !this.isBroadcasting) return "EACCES";
    return isReachedFrom(this.#host.process.node.address, address) ? undefined : "ENETUNREACH";
  }

  #failSend(error: Error, taker: SendTaker | undefined): void {
    if (taker !== undefined) process.nextTick(taker, error);
    else process.nextTick(() => this.emit("error", error));
  }

  #connectTo(error: Error | null, to: Endpoint, callback: unknown): void {
    if (this.isClosed) return;
    if (error === null) {
      this.#peer = { address: unmapped(to.address), port: to.port };
      this.#connected = "yes";
      process.nextTick(() => this.emit("connect"));
      return;
    }
    this.#connected = "no";
    process.nextTick(() => {
      if (typeof callback !== "function") {
        this.emit("error", error);
        return;
      }
      this.removeListener("connect", callback as () => void);
      (callback as (error: Error) => void)(error);
    });
  }

  /** Calls now if the socket is bound, otherwise when it is; binds it if nobody did. */
  #afterBind(call: () => void): void {
    if (this.#bound === "no") this.bind({ port: 0 });
    if (this.#bound === "yes") call();
    else this.#deferred.add(call);
  }

  #onceListening(callback: () => void): void {
    const remove = (): void => {
      this.removeListener("error", remove);
      this.removeListener("listening", onListening);
    };
    const onListening = (): void => {
      remove();
      callback.call(this);
    };
    this.on("error", remove);
    this.on("listening", onListening);
  }

  #lookup(name: string, taker: (error: Error | null, ip: string) => void): void {
    const lookup = this.#options.lookup ?? this.#host.lookup;
    const local = this.#family === 4 ? "127.0.0.1" : "::1";
    lookup(name === "" ? local : name, this.#family, (error, ip) => {
      taker(error ?? null, ip ?? "");
    });
  }

  #ownAddress(peer: string): string {
    return peer.startsWith("127.") || peer === "::1" ? peer : this.#host.process.node.address;
  }

  #shown({ address, port }: Endpoint): { address: string; family: string; port: number } {
    const shown = shownTo(this.#family, address);
    return { address: shown, family: familyName(shown), port };
  }

  #release(): void {
    if (this.binding !== undefined) this.#host.ports.release(this.#port, this.binding);
    this.binding = undefined;
  }

  #watch(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const onAbort = (): void => {
      if (!this.isClosed) this.close();
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    this.once("close", () => {
      signal.removeEventListener("abort", onAbort);
    });
  }
}

function alreadyConnected(): Error {
  return codedError(Error, "ERR_SOCKET_DGRAM_IS_CONNECTED", "Already connected");
}

function notConnected(): Error {
  return codedError(Error, "ERR_SOCKET_DGRAM_NOT_CONNECTED", "Not connected");
}
