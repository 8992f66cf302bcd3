import type { Endpoint } from "../../runtime/core/index.ts";
import { pickEphemeralPort } from "./ephemeral-ports.ts";
import { resetFor } from "./packet.ts";
import type { Packet } from "./packet.ts";
import type { TcpHost, TcpOptions } from "./tcp.ts";
import { TcpConnection } from "./tcp-connection.ts";

/** Listens on a port. */
export interface TcpListening extends TcpOptions {
  /** A connection that a peer asks for, before the handshake is complete; false answers with RST. Owns it, then hears `onOpened`. */
  onConnection(connection: TcpConnection): boolean;
}

/** The connections and listeners of one host. */
export class TcpTable {
  readonly #host: TcpHost;
  /** By local and remote port; several remotes may have the same. */
  readonly #connections = new Map<number, TcpConnection[]>();
  #listeners: Map<number, TcpListening> | undefined;

  constructor(host: TcpHost) {
    this.#host = host;
  }

  /** Connections that are not gone, those that wait for late segments included. */
  get size(): number {
    let count = 0;
    for (const list of this.#connections.values()) count += list.length;
    return count;
  }

  /** Whether nothing is here that the next table would lack. */
  get isEmpty(): boolean {
    return this.#connections.size === 0 && (this.#listeners?.size ?? 0) === 0;
  }

  /** @throws {RangeError} if the port is taken. */
  listen(port: number, listening: TcpListening): void {
    if (this.#isListening(port)) throw new RangeError(`TCP port ${String(port)} is taken`);
    this.#listeners ??= new Map();
    this.#listeners.set(port, listening);
  }

  /** Listens on a port, 0 for any free one. Gives the port; undefined if it is taken, or none is free. */
  listenFree(port: number, listening: TcpListening): number | undefined {
    const bound = port === 0 ? this.#freePortToListen() : port;
    if (bound === undefined || this.#isListening(bound)) return undefined;
    this.listen(bound, listening);
    return bound;
  }

  unlisten(port: number): void {
    this.#listeners?.delete(port);
  }

  /** Makes a connection to be dialed. @param localPort default any free one. @throws {RangeError} if there is none. */
  create(
    address: string,
    { to, localPort, ...options }: TcpOptions & { to: Endpoint; localPort?: number },
  ): TcpConnection {
    const port = localPort ?? this.#freePort(to);
    const local: Endpoint = { address, port };
    if (this.#find(local, to) !== undefined) throw new RangeError(`${String(port)} is in use`);
    return this.#add(new TcpConnection(this.#host, { local, remote: to }, options));
  }

  /** A segment came. */
  take(packet: Packet): void {
    const { source, destination, flags } = packet;
    const isSyn = flags?.syn === true && flags.ack !== true;
    const known = this.#find(destination, source);
    // What waits for late segments gives way to a peer that connects anew (RFC 6191).
    if (known?.isClosed === true && isSyn) known.vanish();
    else if (known !== undefined) {
      known.take(packet);
      return;
    }
    const listening = this.#listeners?.get(destination.port);
    if (isSyn && flags.rst !== true && listening !== undefined) {
      const ends = { local: destination, remote: source };
      const connection = new TcpConnection(this.#host, ends, listening);
      if (listening.onConnection(connection)) {
        this.#add(connection).answer(packet);
        return;
      }
    }
    const reset = resetFor(packet, this.#host.nextNumber());
    if (reset !== undefined) this.#host.send(reset);
  }

  /** An ICMP error came about a segment that this host sent. */
  takeUnreachable(source: Endpoint, destination: Endpoint): void {
    this.#find(source, destination)?.takeUnreachable();
  }

  remove(connection: TcpConnection): void {
    const key = keyOf(connection.local, connection.remote);
    const list = this.#connections.get(key);
    const at = list?.indexOf(connection) ?? -1;
    if (list === undefined || at < 0) return;
    if (list.length === 1) this.#connections.delete(key);
    else list.splice(at, 1);
  }

  /** Ends everything: as a system closes what a process leaves, or, as in a power cut, without a word. */
  clear(how: "release" | "vanish"): void {
    this.#listeners = undefined;
    for (const connection of [...this.#connections.values()].flat()) {
      if (how === "release") connection.release();
      else connection.vanish();
    }
  }

  #add(connection: TcpConnection): TcpConnection {
    const key = keyOf(connection.local, connection.remote);
    const list = this.#connections.get(key);
    if (list === undefined) this.#connections.set(key, [connection]);
    else list.push(connection);
    return connection;
  }

  #find(local: Endpoint, remote: Endpoint): TcpConnection | undefined {
    return this.#connections
      .get(keyOf(local, remote))
      ?.find((one) => one.remote.address === remote.address && one.local.address === local.address);
  }

  #isListening(port: number): boolean {
    return this.#listeners?.has(port) === true;
  }

  #freePortToListen(): number | undefined {
    return pickEphemeralPort(this.#host.random, (port) => !this.#isListening(port));
  }

  #freePort(to: Endpoint): number {
    const isFree = (port: number): boolean =>
      !this.#connections.has(keyOf({ address: "", port }, to)) && !this.#isListening(port);
    const port = pickEphemeralPort(this.#host.random, isFree);
    if (port === undefined) throw new RangeError("no TCP port is free");
    return port;
  }
}

function keyOf(local: Endpoint, remote: Endpoint): number {
  return local.port * 65_536 + remote.port;
}
