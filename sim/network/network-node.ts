import type { Endpoint } from "../../runtime/core/index.ts";
import type { EventHandler, RandomStream, Simulation } from "../engine/index.ts";
import { pickEphemeralPort } from "./ephemeral-ports.ts";
import type { PacketTaker, Surroundings } from "./link.ts";
import { headerBytes, icmpPacket } from "./packet.ts";
import type { Packet } from "./packet.ts";
import type { TcpHost, TcpOptions } from "./tcp.ts";
import type { TcpConnection } from "./tcp-connection.ts";
import { TcpTable } from "./tcp-table.ts";
import type { TcpListening } from "./tcp-table.ts";

/** Takes the datagrams of a port. The bytes are shared with whoever sent them: they must not be changed. */
export interface UdpOwner {
  onDatagram(from: Endpoint, bytes: Uint8Array): void;
  /** An ICMP error came about a datagram of this port: of connected sockets Linux makes an error of it. */
  onUnreachable?(destination: Endpoint): void;
}

/** What a node is made with. */
export interface NodeOptions {
  readonly name: string;
  readonly address: string;
  readonly mtuBytes: number;
  /** The link to the segment. */
  readonly up: PacketTaker;
  readonly nextNumber: () => number;
}

/** What a machine needs to hear itself. */
const LOOPBACK_US = 20;

/** The system's side of a host's network: one address, UDP sockets, TCP. */
export class NetworkNode implements PacketTaker, TcpHost, EventHandler<Packet> {
  readonly name: string;
  readonly simulation: Simulation;
  readonly nextNumber: () => number;
  readonly #around: Surroundings;
  readonly #options: NodeOptions;
  readonly #sockets = new Map<number, UdpOwner>();
  #random: RandomStream | undefined;
  /** While there are listeners or connections. */
  #tcp: TcpTable | undefined;
  #address: string;
  #isDown = false;

  constructor(around: Surroundings, options: NodeOptions) {
    this.name = options.name;
    this.simulation = around.simulation;
    this.nextNumber = options.nextNumber;
    this.#around = around;
    this.#options = options;
    this.#address = options.address;
  }

  /** What the node's ports and sequence numbers are drawn from. */
  get random(): RandomStream {
    this.#random ??= this.simulation.random(`node ${this.name}`);
    return this.#random;
  }

  /** Names what the node hears from itself. */
  get label(): string {
    return `${this.name} loopback`;
  }

  /** A packet that the node sent to itself arrives. */
  handle(packet: Packet): void {
    this.take(packet);
  }

  get address(): string {
    return this.#address;
  }

  /** TCP connections that are not gone. */
  get connections(): number {
    return this.#tcp?.size ?? 0;
  }

  /** Takes a UDP port. @param port 0 for any free one. Gives the port. @throws {RangeError} if it is taken. */
  bindUdp(port: number, owner: UdpOwner): number {
    const bound = port === 0 ? this.#freePort() : port;
    if (this.#sockets.has(bound)) throw new RangeError(`UDP port ${String(bound)} is taken`);
    this.#sockets.set(bound, owner);
    return bound;
  }

  closeUdp(port: number): void {
    this.#sockets.delete(port);
  }

  /** Sends a datagram, whose bytes must not change any more. To a loopback address it comes from there. */
  sendUdp(port: number, to: Endpoint, bytes: Uint8Array): void {
    const address = isLoopback(to.address) ? to.address : this.#address;
    this.send({
      number: this.nextNumber(),
      protocol: "udp",
      source: { address, port },
      destination: to,
      payload: bytes,
      sizeBytes: headerBytes("udp", address) + bytes.length,
    });
  }

  /** Sends a datagram as if from somewhere else, as any machine can where nobody checks source addresses (RFC 2827). */
  sendForgedUdp(from: Endpoint, to: Endpoint, bytes: Uint8Array): void {
    const packet: Packet = {
      number: this.nextNumber(),
      protocol: "udp",
      source: from,
      destination: to,
      payload: bytes,
      sizeBytes: headerBytes("udp", from.address) + bytes.length,
    };
    if (this.#isDown) return;
    this.#around.trace.sent(this.name, packet);
    this.#options.up.take(packet);
  }

  /** Gives a datagram to a port as if it had come from there: what a test may do that no network would. */
  injectUdp(port: number, from: Endpoint, bytes: Uint8Array): void {
    this.#sockets.get(port)?.onDatagram(from, bytes);
  }

  /** @throws {RangeError} if the port is taken. */
  listenTcp(port: number, listening: TcpListening): void {
    this.#table().listen(port, listening);
  }

  /** Takes a TCP port. @param port 0 for any free one. Gives the port; undefined if it is taken. */
  listenTcpFree(port: number, listening: TcpListening): number | undefined {
    return this.#table().listenFree(port, listening);
  }

  unlistenTcp(port: number): void {
    this.#tcp?.unlisten(port);
  }

  /** Makes a connection; own it, then `dial`. @throws {RangeError} if the local port, or each, is in use. */
  createTcp(to: Endpoint, options: TcpOptions & { localPort?: number } = {}): TcpConnection {
    const from = isLoopback(to.address) ? to.address : this.#address;
    return this.#table().create(from, { to, ...options });
  }

  /** Other address from now on; connections keep theirs and reach nobody any more. */
  changeAddress(address: string): void {
    this.#address = address;
  }

  /** The process is gone: the system closes what it had. */
  endProcess(): void {
    this.#sockets.clear();
    this.#tcp?.clear("release");
  }

  /** The power is off. */
  powerOff(): void {
    this.#isDown = true;
    this.#sockets.clear();
    this.#tcp?.clear("vanish");
  }

  powerOn(): void {
    this.#isDown = false;
  }

  segmentBytesMax(address: string): number {
    return this.#options.mtuBytes - headerBytes("tcp", address);
  }

  remove(connection: TcpConnection): void {
    this.#tcp?.remove(connection);
    if (this.#tcp?.isEmpty === true) this.#tcp = undefined;
  }

  send(packet: Packet): void {
    if (this.#isDown) return;
    this.#around.trace.sent(this.name, packet);
    if (!this.#isOwn(packet.source.address)) {
      this.#around.trace.dropped(this.name, packet, "address-gone");
    } else if (this.#isOwn(packet.destination.address)) {
      this.simulation.schedule(LOOPBACK_US, this, packet);
    } else {
      this.#options.up.take(packet);
    }
  }

  /** A packet arrives. */
  take(packet: Packet): void {
    const { trace } = this.#around;
    if (this.#isDown) {
      trace.dropped(this.name, packet, "host-down");
    } else if (!this.#isOwn(packet.destination.address)) {
      trace.dropped(this.name, packet, "foreign-address");
    } else if (packet.isDamaged === true) {
      trace.dropped(this.name, packet, "checksum");
    } else if (packet.icmp !== undefined) {
      trace.delivered(this.name, packet);
      this.#takeError(packet);
    } else if (packet.protocol === "tcp") {
      trace.delivered(this.name, packet);
      this.#table().take(packet);
    } else {
      this.#takeDatagram(packet);
    }
  }

  #takeDatagram(packet: Packet): void {
    const { source, destination, payload } = packet;
    const socket = this.#sockets.get(destination.port);
    if (socket !== undefined) {
      this.#around.trace.delivered(this.name, packet);
      socket.onDatagram(source, payload);
      return;
    }
    this.#around.trace.dropped(this.name, packet, "no-socket");
    const error = {
      kind: "port-unreachable",
      reporter: this.#address,
      destination: source.address,
      about: packet,
    } as const;
    this.send(icmpPacket(error, this.nextNumber()));
  }

  #takeError({ icmp }: Packet): void {
    if (icmp === undefined) return;
    const { protocol, source, destination } = icmp.about;
    if (protocol === "tcp") this.#tcp?.takeUnreachable(source, destination);
    else this.#sockets.get(source.port)?.onUnreachable?.(destination);
  }

  #table(): TcpTable {
    this.#tcp ??= new TcpTable(this);
    return this.#tcp;
  }

  #isOwn(address: string): boolean {
    return address === this.#address || isLoopback(address);
  }

  #freePort(): number {
    const port = pickEphemeralPort(this.random, (candidate) => !this.#sockets.has(candidate));
    if (port === undefined) throw new RangeError("no UDP port is free");
    return port;
  }
}

/** Addresses of every machine for itself (RFC 1122, section 3.2.1.3, and RFC 4291, section 2.5.3). */
function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
