import type { Endpoint } from "../../../runtime/core/index.ts";
import type { NatPacket, TcpFlags } from "../../../sim/nat/index.ts";

/** What a frame carried, as far as the laboratory looks at it. */
export type Observed =
  | { readonly kind: "packet"; readonly packet: NatPacket }
  /** An ICMP error: its type and code, and the packet quoted in it. */
  | {
      readonly kind: "icmp";
      readonly type: number;
      readonly code: number;
      readonly source: string;
      readonly destination: string;
      readonly about: NatPacket;
    };

const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const UDP_BYTES = 8;
const TCP_BYTES = 20;
const ICMP_BYTES = 8;
const UDP = 17;
const TCP = 6;
const ICMP = 1;
const FLAG_BITS: readonly (readonly [keyof TcpFlags, number])[] = [
  ["fin", 1],
  ["syn", 2],
  ["rst", 4],
  ["ack", 16],
];

/** Every end starts its numbers here, so that any segment acknowledges what any other one sent. */
const INITIAL_SEQUENCE = 1000;

/** An Ethernet frame with a packet and no payload, with right checksums. @param macs destination, then source. */
export function encodeFrame(packet: NatPacket, macs: readonly [string, string]): Buffer {
  const isTcp = packet.protocol === "tcp";
  const bytes = isTcp ? TCP_BYTES : UDP_BYTES;
  const frame = Buffer.alloc(ETHERNET_BYTES + IP_BYTES + bytes);
  frame.write(macs.join("").replaceAll(":", ""), 0, "hex");
  frame.writeUInt16BE(0x0800, 12);
  const ip = frame.subarray(ETHERNET_BYTES);
  ip[0] = 0x45;
  ip.writeUInt16BE(IP_BYTES + bytes, 2);
  ip[8] = 64;
  ip[9] = isTcp ? TCP : UDP;
  writeAddress(ip, 12, packet.source.address);
  writeAddress(ip, 16, packet.destination.address);
  ip.writeUInt16BE(checksum(ip.subarray(0, IP_BYTES)), 10);
  const segment = ip.subarray(IP_BYTES);
  segment.writeUInt16BE(packet.source.port, 0);
  segment.writeUInt16BE(packet.destination.port, 2);
  if (isTcp) writeTcp(segment, packet.flags ?? { ack: true });
  else segment.writeUInt16BE(UDP_BYTES, 4);
  const pseudo = Buffer.from([...ip.subarray(12, 20), 0, ip[9], 0, bytes]);
  segment.writeUInt16BE(checksum(Buffer.concat([pseudo, segment])), isTcp ? 16 : 6);
  return frame;
}

/** What a frame carries; undefined if it is nothing that the laboratory looks at. */
export function decodeFrame(frame: Buffer): Observed | undefined {
  return decodeIp(frame.subarray(ETHERNET_BYTES));
}

function decodeIp(ip: Buffer): Observed | undefined {
  if (ip.length < IP_BYTES + UDP_BYTES) return undefined;
  const protocol = ip[9];
  const source = readAddress(ip, 12);
  const destination = readAddress(ip, 16);
  const inner = ip.subarray(((ip[0] ?? 0) & 15) * 4);
  if (protocol === ICMP) {
    const quoted = decodeIp(inner.subarray(ICMP_BYTES));
    if (quoted?.kind !== "packet") return undefined;
    const [type = 0, code = 0] = inner;
    return { kind: "icmp", type, code, source, destination, about: quoted.packet };
  }
  if (protocol !== UDP && protocol !== TCP) return undefined;
  const ends = {
    source: endpoint(source, inner.readUInt16BE(0)),
    destination: endpoint(destination, inner.readUInt16BE(2)),
  };
  if (protocol === UDP) return { kind: "packet", packet: { protocol: "udp", ...ends } };
  const bits = inner[13] ?? 0;
  const set = FLAG_BITS.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => [name, true]);
  const flags = Object.fromEntries(set) as TcpFlags;
  return { kind: "packet", packet: { protocol: "tcp", ...ends, flags } };
}

function writeTcp(segment: Buffer, flags: TcpFlags): void {
  const isSyn = flags.syn === true;
  segment.writeUInt32BE(isSyn ? INITIAL_SEQUENCE : INITIAL_SEQUENCE + 1, 4);
  segment.writeUInt32BE(flags.ack === true ? INITIAL_SEQUENCE + 1 : 0, 8);
  segment[12] = (TCP_BYTES / 4) << 4;
  for (const [name, bit] of FLAG_BITS)
    if (flags[name] === true) segment[13] = (segment[13] ?? 0) | bit;
  segment.writeUInt16BE(65535, 14);
}

function writeAddress(bytes: Buffer, offset: number, address: string): void {
  bytes.set(address.split(".").map(Number), offset);
}

function readAddress(bytes: Buffer, offset: number): string {
  return bytes.subarray(offset, offset + 4).join(".");
}

function endpoint(address: string, port: number): Endpoint {
  return { address, port };
}

/** The Internet checksum (RFC 1071) of bytes whose own checksum is still 0. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff || 0xffff;
}
