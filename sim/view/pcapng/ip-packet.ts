import { parseIpv4, parseIpv6 } from "../../../runtime/core/index.ts";
import type { ErrorContent, PacketAddresses, SegmentHeader } from "../packet-history.ts";
import type { TraceBytes } from "../trace-lines.ts";

/** A packet as it is on a wire at one place. */
export interface WirePacket {
  readonly protocol: "udp" | "tcp" | "icmp";
  readonly addresses: PacketAddresses;
  /** Of a TCP segment. */
  readonly segment?: SegmentHeader | undefined;
  /** Of an ICMP error, which has no other payload. */
  readonly content?: ErrorContent | undefined;
  readonly payload: TraceBytes;
  /** The number in the trace; its low 16 bits identify an IPv4 packet. */
  readonly number: number;
  /** NAT boxes that it has crossed. */
  readonly hops: number;
}

const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;
const HOPS_MAX = 64;
/** RFC 7323: what a window is shifted by; both sides of every connection say so, for simulated windows exceed 65,535. */
const WINDOW_SHIFT = 7;
const SYN = 2;
const MAX_U16 = 0xffff;

/**
 * A packet with its IPv4 or IPv6 header and that of its transport, checksums and all. Without the bytes of the payload
 * that the trace does not have, over which the checksum cannot be right.
 *
 * @throws {RangeError} if an address is none.
 */
export function encodeIpPacket(packet: WirePacket): TraceBytes {
  const { from, to } = packet.addresses;
  const isV6 = from.includes(":");
  const [source, destination] = [addressBytes(from), addressBytes(to)];
  const transport = encodeTransport(packet, isV6);
  const missing = packet.payload.length - packet.payload.bytes.length;
  const protocol = packet.protocol === "icmp" && isV6 ? PROTOCOL.icmpv6 : PROTOCOL[packet.protocol];
  const isSummedAlone = protocol === PROTOCOL.icmp;
  const pseudo = isSummedAlone
    ? new Uint8Array(0)
    : pseudoHeader(source, destination, protocol, transport.length + missing);
  const sum = checksum(pseudo, transport);
  // 0 says of UDP that there is no checksum (RFC 768).
  const written = sum === 0 && packet.protocol === "udp" ? MAX_U16 : sum;
  new DataView(transport.buffer).setUint16(CHECKSUM_OFFSET[packet.protocol], written);
  const header = ipHeader(
    packet,
    { source, destination, protocol, isV6 },
    transport.length + missing,
  );
  return {
    bytes: joined(header, transport),
    length: header.length + transport.length + missing,
  };
}

const CHECKSUM_OFFSET = { udp: 6, tcp: 16, icmp: 2 } as const;

interface IpHeader {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly isV6: boolean;
}

function ipHeader({ number, hops }: WirePacket, ip: IpHeader, contentBytes: number): Uint8Array {
  const { source, destination, protocol, isV6 } = ip;
  const header = new Uint8Array(isV6 ? 40 : 20);
  const view = new DataView(header.buffer);
  const hopsLeft = Math.max(1, HOPS_MAX - hops);
  if (isV6) {
    header.set([0x60, 0, 0, 0]);
    view.setUint16(4, contentBytes);
    header.set([protocol, hopsLeft], 6);
    header.set(source, 8);
    header.set(destination, 24);
    return header;
  }
  header.set([0x45, 0]);
  view.setUint16(2, header.length + contentBytes);
  view.setUint16(4, number & MAX_U16);
  // Don't fragment: the simulated network does not either.
  view.setUint16(6, 0x4000);
  header.set([hopsLeft, protocol], 8);
  header.set(source, 12);
  header.set(destination, 16);
  view.setUint16(10, checksum(header));
  return header;
}

function encodeTransport(packet: WirePacket, isV6: boolean): Uint8Array {
  const { protocol, addresses, payload, segment, content } = packet;
  if (protocol === "icmp") return encodeError(content, isV6);
  if (segment !== undefined) return joined(segmentHeader(addresses, segment), payload.bytes);
  return joined(datagramHeader(addresses, payload.length), payload.bytes);
}

function datagramHeader({ fromPort, toPort }: PacketAddresses, payloadBytes: number): Uint8Array {
  const header = new Uint8Array(8);
  const view = new DataView(header.buffer);
  view.setUint16(0, fromPort);
  view.setUint16(2, toPort);
  view.setUint16(4, header.length + payloadBytes);
  return header;
}

function segmentHeader(addresses: PacketAddresses, segment: SegmentHeader): Uint8Array {
  const { flags, sequence, acknowledged, windowBytes } = segment;
  const isSyn = (flags & SYN) !== 0;
  const options = isSyn ? [1, 3, 3, WINDOW_SHIFT] : [];
  const header = new Uint8Array(20 + options.length);
  const view = new DataView(header.buffer);
  view.setUint16(0, addresses.fromPort);
  view.setUint16(2, addresses.toPort);
  view.setUint32(4, sequence % 2 ** 32);
  view.setUint32(8, acknowledged % 2 ** 32);
  header[12] = (header.length / 4) << 4;
  header[13] = flags;
  const window = isSyn ? windowBytes : windowBytes >> WINDOW_SHIFT;
  view.setUint16(14, Math.min(window, MAX_U16));
  header.set(options, 20);
  return header;
}

/** Type and code by what is reported (RFC 792 and RFC 1122; RFC 4443). */
const ERROR_CODES: Readonly<
  Record<string, { readonly v4: [number, number]; readonly v6: [number, number] }>
> = {
  "port-unreachable": { v4: [3, 3], v6: [1, 4] },
  "host-unreachable": { v4: [3, 1], v6: [1, 3] },
  "admin-prohibited": { v4: [3, 13], v6: [1, 1] },
  "too-big": { v4: [3, 4], v6: [2, 0] },
  "time-exceeded": { v4: [11, 0], v6: [3, 0] },
};

/** An ICMP error: of the packet that it reports the IP header and the first 8 bytes after it. */
function encodeError(content: ErrorContent | undefined, isV6: boolean): Uint8Array {
  if (content === undefined) throw new RangeError("an ICMP packet of the trace says nothing");
  const { about, protocol, error } = content;
  const quoted = encodeIpPacket({
    protocol,
    addresses: about,
    segment:
      protocol === "tcp" ? { flags: 0, sequence: 0, acknowledged: 0, windowBytes: 0 } : undefined,
    payload: { bytes: new Uint8Array(0), length: 0 },
    number: 0,
    hops: 0,
  });
  const head = new Uint8Array(8);
  head.set(ERROR_CODES[error]?.[isV6 ? "v6" : "v4"] ?? [3, 0]);
  return joined(head, quoted.bytes.subarray(0, (isV6 ? 40 : 20) + 8));
}

function pseudoHeader(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  lengthBytes: number,
): Uint8Array {
  const tail = new Uint8Array(source.length === 4 ? 4 : 8);
  const view = new DataView(tail.buffer);
  if (source.length === 4) {
    view.setUint16(0, protocol);
    view.setUint16(2, lengthBytes);
  } else {
    view.setUint32(0, lengthBytes);
    view.setUint32(4, protocol);
  }
  return joined(source, destination, tail);
}

/** The checksum of RFC 1071 over parts, all but the last of which have an even length. */
function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += ((part[at] ?? 0) << 8) | (part[at + 1] ?? 0);
  }
  while (sum > MAX_U16) sum = (sum & MAX_U16) + Math.floor(sum / 0x10000);
  return ~sum & MAX_U16;
}

function addressBytes(text: string): Uint8Array {
  const v4 = parseIpv4(text);
  if (v4 !== undefined) return Uint8Array.of(v4 >>> 24, v4 >>> 16, v4 >>> 8, v4);
  const groups = parseIpv6(text);
  if (groups === undefined) throw new RangeError(`no IP address: ${text}`);
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Parts one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
