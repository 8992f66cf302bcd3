import type { Endpoint } from "../../runtime/core/index.ts";

/** What a NAT translates by port. */
export type NatProtocol = "udp" | "tcp";

/** The flags of a TCP segment that a NAT looks at; absent ones are clear (RFC 9293, section 3.1). */
export interface TcpFlags {
  readonly syn?: boolean;
  readonly ack?: boolean;
  readonly fin?: boolean;
  readonly rst?: boolean;
}

/**
 * A UDP datagram or TCP segment as a NAT sees it. Whatever else the caller's packet carries stays on the copy that
 * comes back. Addresses are canonical text, all of one family.
 */
export interface NatPacket {
  readonly protocol: NatProtocol;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Of a segment; a segment without any is taken as one with ACK. Ignored for UDP. */
  readonly flags?: TcpFlags;
}

/** An ICMP error about a packet: a NAT translates the packet quoted in it (RFC 5508, section 4.2). */
export interface NatIcmpError {
  readonly kind:
    "port-unreachable" | "host-unreachable" | "admin-prohibited" | "too-big" | "time-exceeded";
  /** Who reports, an address. */
  readonly reporter: string;
  /** Who is told, an address. */
  readonly destination: string;
  /** The packet that is reported, as the reporter saw it. */
  readonly about: NatPacket;
}

/** Text that names an endpoint and compares like it. */
export function endpointText(endpoint: Endpoint): string {
  return `${endpoint.address} ${String(endpoint.port)}`;
}

/** The kind of a segment, by the flags that decide first: RST before SYN before FIN before ACK. */
export type SegmentKind = "syn" | "syn-ack" | "fin" | "ack" | "rst" | "none";

/** Which kind of segment a packet is. */
export function segmentKindOf(packet: NatPacket): SegmentKind {
  const { flags } = packet;
  if (flags === undefined) return "ack";
  if (flags.rst === true) return "rst";
  if (flags.syn === true) return flags.ack === true ? "syn-ack" : "syn";
  if (flags.fin === true) return "fin";
  return flags.ack === true ? "ack" : "none";
}
