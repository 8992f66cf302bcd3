import type { Endpoint } from "../../runtime/core/index.ts";
import type { NatIcmpError, NatPacket, TcpFlags } from "../nat/index.ts";

/** What only a TCP segment carries. Sequence numbers do not wrap: a simulated connection ends before 2^53 bytes. */
export interface Segment {
  /** Number of the first byte, or of SYN or FIN. */
  readonly sequence: number;
  /** The next byte that the sender expects; meaningless without the flag ACK. */
  readonly acknowledged: number;
  /** Bytes that the sender of this segment takes from `acknowledged` on. */
  readonly windowBytes: number;
  /** Of SYN: the most bytes of a segment that its sender takes; links lower it to what fits (MSS clamping). */
  readonly segmentBytesMax: number;
}

/** A packet on its way. It is never changed: what alters it makes a copy, so that a duplicate may be the same object. */
export interface Packet extends NatPacket {
  /** Names what was sent in traces, through every copy. */
  readonly number: number;
  readonly flags?: TcpFlags;
  readonly payload: Uint8Array;
  /** With IP and transport headers. */
  readonly sizeBytes: number;
  readonly segment?: Segment;
  /** Whether the TCP checksum no longer fits: whoever receives the segment drops it. */
  readonly isDamaged?: boolean;
  /** A datagram whose payload was changed on its way. */
  readonly isChanged?: boolean;
  /** An ICMP error instead of UDP or TCP. */
  readonly icmp?: NatIcmpError;
}

/** Why a packet went no further. Reasons of a NAT box stand behind `nat `. */
export type DropReason =
  | "fault"
  | "link-down"
  | "partition"
  | "queue-full"
  | "too-big"
  | "no-route"
  | "host-down"
  | "no-socket"
  | "foreign-address"
  | "checksum"
  | "address-gone"
  | `nat ${string}`;

const NOTHING = new Uint8Array(0);

/** Bytes of the IP header and the transport's: 8 of UDP, 20 of TCP, no options. */
export function headerBytes(protocol: NatPacket["protocol"], address: string): number {
  return (address.includes(":") ? 40 : 20) + (protocol === "udp" ? 8 : 20);
}

/** The RST that answers a segment that belongs nowhere (RFC 9293, section 3.10.7.1); undefined if none may. */
export function resetFor(packet: Packet, number: number): Packet | undefined {
  const { segment, flags, source, destination } = packet;
  if (segment === undefined || flags?.rst === true) return undefined;
  const isAcknowledging = flags?.ack === true;
  const spanned = packet.payload.length + (flags?.syn === true || flags?.fin === true ? 1 : 0);
  return {
    number,
    protocol: "tcp",
    source: destination,
    destination: source,
    flags: isAcknowledging ? { rst: true } : { rst: true, ack: true },
    payload: NOTHING,
    sizeBytes: headerBytes("tcp", destination.address),
    segment: {
      sequence: isAcknowledging ? segment.acknowledged : 0,
      acknowledged: segment.sequence + spanned,
      windowBytes: 0,
      segmentBytesMax: 0,
    },
  };
}

/** An ICMP error as a packet: 8 bytes of header, then the reported packet's headers (RFC 792). */
export function icmpPacket(icmp: NatIcmpError, number: number): Packet {
  const endpoint = (address: string): Endpoint => ({ address, port: 0 });
  return {
    number,
    protocol: icmp.about.protocol,
    source: endpoint(icmp.reporter),
    destination: endpoint(icmp.destination),
    payload: NOTHING,
    sizeBytes: 8 + 2 * headerBytes("udp", icmp.reporter),
    icmp,
  };
}
