import { DgramAsPromised } from "dgram-as-promised";
import type { SocketAsPromised } from "dgram-as-promised";
import type { RemoteInfo } from "node:dgram";
import { isIPv4, isIPv6 } from "node:net";
import type { Endpoint } from "../core/endpoint.ts";
import { canonicalAddress, isFamilyMissing, listenCandidates, listenError } from "./addresses.ts";

/** What a UDP transport is opened with. */
export interface UdpOptions {
  /** Local address. Default: all, IPv6 and IPv4. */
  readonly address?: string | undefined;
  /** Local port, 0–65535; 0 takes any free one. */
  readonly port: number;
  /** Lets several processes share the port; the kernel spreads senders over them. Default false. */
  readonly reusePort?: boolean;
  /** Kernel receive buffer in bytes, cut by the system to its own limit. Default 4 MiB: a burst of 20 000 reports. */
  readonly receiveBufferBytes?: number;
  /** Takes one datagram. The bytes are the receiver's to keep. */
  readonly onDatagram: (from: Endpoint, bytes: Uint8Array) => void;
}

/** What happened on a UDP transport since it was opened. */
export interface UdpCounters {
  received: number;
  sent: number;
  /** Not sent: no route, a firewall, an address of the wrong family, too long, port 0. */
  unsendable: number;
  /** Dropped unread: a source port of 0 cannot be answered. */
  unanswerable: number;
  /** Errors that the socket reported outside of a send. */
  failed: number;
}

const LINK_LOCAL = /^fe[89ab]/i;
const ZONES_MAX = 256;

/**
 * One UDP socket. It is created, bound and closed through dgram-as-promised; datagrams are taken from its
 * raw socket, because `recv()` has no queue and loses all but the first few of a burst, and are sent by it,
 * because a promise per datagram costs more than the datagram.
 */
export class UdpTransport {
  readonly counters: UdpCounters = {
    received: 0,
    sent: 0,
    unsendable: 0,
    unanswerable: 0,
    failed: 0,
  };
  readonly local: Endpoint;
  readonly #socket: SocketAsPromised;
  readonly #zones: ZoneTable;
  #closed = false;

  private constructor(socket: SocketAsPromised, zones: ZoneTable, options: UdpOptions) {
    this.#socket = socket;
    this.#zones = zones;
    const bound = socket.address();
    this.local = { address: bound.address, port: bound.port };
    socket.socket.on("error", () => {
      this.counters.failed++;
    });
    socket.socket.on("message", (message: Buffer, remote: RemoteInfo) => {
      this.#receive(message, remote, options.onDatagram);
    });
  }

  /** @throws {OperatorError} if the address cannot be bound. */
  static async open(options: UdpOptions): Promise<UdpTransport> {
    const candidates = listenCandidates(options.address);
    for (const [index, address] of candidates.entries()) {
      const zones = new ZoneTable();
      const socket = createSocket(address, zones, options);
      try {
        await socket.bind({ port: options.port, address });
        return new UdpTransport(socket, zones, options);
      } catch (error) {
        await socket.close();
        if (isFamilyMissing(error) && index + 1 < candidates.length) continue;
        throw listenError("UDP", { address, port: options.port }, error);
      }
    }
    throw new RangeError("no address to bind");
  }

  /** Sends one datagram, or counts that it could not. The bytes must not change afterwards. */
  send(to: Endpoint, bytes: Uint8Array): void {
    if (this.#closed || to.port === 0) {
      this.counters.unsendable++;
      return;
    }
    this.#socket.socket.send(bytes, to.port, to.address, this.#onSent);
  }

  /** Resolves once the socket is closed; nothing is received after the call. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#socket.close();
    this.#socket.destroy();
  }

  readonly #onSent = (error: Error | null): void => {
    if (error === null) this.counters.sent++;
    else this.counters.unsendable++;
  };

  #receive(message: Buffer, remote: RemoteInfo, deliver: UdpOptions["onDatagram"]): void {
    if (this.#closed) return;
    if (remote.port === 0) {
      this.counters.unanswerable++;
      return;
    }
    this.counters.received++;
    const address = canonicalAddress(remote.address);
    if (address.length !== remote.address.length) this.#zones.learn(address, remote.address);
    // Generated code reads Uint8Array only: a Buffer among them makes each access polymorphic.
    const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length);
    deliver({ address, port: remote.port }, bytes);
  }
}

function createSocket(address: string, zones: ZoneTable, options: UdpOptions): SocketAsPromised {
  const isIpv4Only = isIPv4(address);
  return DgramAsPromised.createSocket({
    type: isIpv4Only ? "udp4" : "udp6",
    reusePort: options.reusePort ?? false,
    recvBufferSize: options.receiveBufferBytes ?? 4 * 1024 * 1024,
    // Roles name peers by address, never by host name, so nothing is looked up and a send is synchronous.
    lookup: (peer, _options, callback) => {
      if (isIpv4Only || isIPv6(peer)) callback(null, zones.scoped(peer), isIpv4Only ? 4 : 6);
      else callback(null, `::ffff:${peer}`, 6);
    },
  });
}

/** Remembers on which interface a link-local peer was heard, without which it cannot be answered. */
class ZoneTable {
  readonly #scoped = new Map<string, string>();

  learn(address: string, scoped: string): void {
    if (!LINK_LOCAL.test(address)) return;
    this.#scoped.delete(address);
    this.#scoped.set(address, scoped);
    const oldest = this.#scoped.keys().next().value;
    if (this.#scoped.size > ZONES_MAX && oldest !== undefined) this.#scoped.delete(oldest);
  }

  scoped(address: string): string {
    return this.#scoped.get(address) ?? address;
  }
}
