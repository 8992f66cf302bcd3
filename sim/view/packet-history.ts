import type { Fault } from "../network/fault.ts";
import type { TraceBytes, TraceLine } from "./trace-lines.ts";

/** Addresses of a packet, as they are at one place. */
export interface PacketAddresses {
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
}

/** What a TCP segment has besides. */
export interface SegmentHeader {
  /** Bits of the header: FIN 1, SYN 2, RST 4, ACK 16. */
  readonly flags: number;
  /** Does not wrap at 2^32. */
  readonly sequence: number;
  readonly acknowledged: number;
  readonly windowBytes: number;
}

/** An ICMP error: what it says and of which packet. */
export interface ErrorContent {
  readonly error: string;
  readonly protocol: "udp" | "tcp";
  readonly about: PacketAddresses;
}

/** Something that happened to a packet, at a host or NAT box, with the addresses it has there. */
export interface PacketMoment {
  readonly timeUs: number;
  /** Which record of the trace says so, from 0. */
  readonly order: number;
  readonly at: string;
  readonly addresses: PacketAddresses;
  /** Of an ICMP error. */
  readonly content?: ErrorContent;
}

/** A NAT box passed a packet on. */
export interface Crossing extends PacketMoment {
  /** The addresses before. */
  readonly before: PacketMoment;
  /** Where it went. */
  readonly side: "inner" | "outer";
}

/** A copy of a packet went no further. */
export interface PacketLoss {
  readonly timeUs: number;
  readonly order: number;
  /** A link with its direction, a segment, a NAT box or a host: `router box outer up`. */
  readonly where: string;
  readonly reason: string;
}

/** A fault befell a packet. */
export interface PacketHit {
  readonly timeUs: number;
  readonly where: string;
  readonly fault: Fault;
}

/** A packet and what became of it. */
export interface PacketHistory {
  readonly number: number;
  readonly protocol: "udp" | "tcp" | "icmp";
  readonly sent: PacketMoment;
  readonly payload: TraceBytes;
  readonly segment: SegmentHeader | undefined;
  readonly crossings: readonly Crossing[];
  /** Once for each copy that a host took in. */
  readonly arrivals: readonly (PacketMoment & { readonly payload: TraceBytes })[];
  readonly losses: readonly PacketLoss[];
  readonly hits: readonly PacketHit[];
}

/** A record and which of the trace it is. */
interface PlacedLine {
  readonly line: TraceLine;
  readonly order: number;
}

/** A history that grows. */
interface GrowingHistory extends PacketHistory {
  readonly crossings: Crossing[];
  readonly arrivals: (PacketMoment & { readonly payload: TraceBytes })[];
  readonly losses: PacketLoss[];
  readonly hits: PacketHit[];
  last: PacketMoment;
}

const NO_PAYLOAD: TraceBytes = { bytes: new Uint8Array(0), length: 0 };

/**
 * What became of each packet of a trace, in the order in which they were sent. Packets whose sending is no longer in the
 * trace are left out.
 */
export function packetHistories(trace: readonly TraceLine[]): readonly PacketHistory[] {
  const histories = new Map<number, GrowingHistory>();
  for (const [order, line] of trace.entries()) {
    const number = line.fields["packet"];
    if (typeof number !== "number") continue;
    const [protocol, what] = line.kind === "fault" ? ["", "fault"] : line.kind.split("-", 2);
    const history = histories.get(number);
    if (what === "sent") {
      if (history === undefined) histories.set(number, begun(number, protocol, { line, order }));
    } else if (history !== undefined) {
      note(history, what ?? "", { line, order });
    }
  }
  return [...histories.values()];
}

/** The fault that a record tells of; undefined if it tells of none. */
export function faultOf({ kind, fields }: TraceLine): Fault | undefined {
  const text = fields["fault"];
  if (kind !== "fault" || typeof text !== "string") return undefined;
  return JSON.parse(text) as Fault;
}

function begun(number: number, protocol: string | undefined, place: PlacedLine): GrowingHistory {
  const { fields } = place.line;
  const payload = fields["bytes"];
  const sent = momentOf(place);
  const isSegment = protocol === "tcp";
  return {
    number,
    protocol: isSegment ? "tcp" : protocol === "icmp" ? "icmp" : "udp",
    sent,
    payload: typeof payload === "object" ? payload : NO_PAYLOAD,
    segment: isSegment
      ? {
          flags: numberOf(fields["flags"]),
          sequence: numberOf(fields["sequence"]),
          acknowledged: numberOf(fields["acknowledged"]),
          windowBytes: numberOf(fields["windowBytes"]),
        }
      : undefined,
    crossings: [],
    arrivals: [],
    losses: [],
    hits: [],
    last: sent,
  };
}

function note(history: GrowingHistory, what: string, place: PlacedLine): void {
  const { line, order } = place;
  const { timeUs, host, fields } = line;
  switch (what) {
    case "crossed": {
      const moment = momentOf(place);
      const side = fields["side"] === "inner" ? "inner" : "outer";
      // A second copy of the packet comes with the addresses that the first had before.
      const first = history.crossings.find((known) => known.at === host && known.side === side);
      history.crossings.push({ ...moment, side, before: first?.before ?? history.last });
      history.last = moment;
      return;
    }
    case "delivered":
      history.arrivals.push({ ...momentOf(place), payload: arrivingPayload(history) });
      return;
    case "dropped":
      history.losses.push({ timeUs, order, where: host, reason: textOf(fields["reason"]) });
      return;
    case "fault": {
      const fault = faultOf(line);
      if (fault !== undefined) history.hits.push({ timeUs, where: host, fault });
      return;
    }
    default:
      return;
  }
}

/** A damaged segment never arrives, so only of a datagram does the payload change on its way. */
function arrivingPayload({ payload, hits, protocol }: GrowingHistory): TraceBytes {
  let { bytes } = payload;
  for (const { fault } of hits) {
    if (fault.kind !== "corrupt" || protocol !== "udp" || payload.length === 0) continue;
    const at = fault.byte % payload.length;
    const byte = bytes[at];
    if (byte === undefined) continue;
    bytes = bytes.slice();
    bytes[at] = byte ^ fault.mask;
  }
  return { bytes, length: payload.length };
}

function momentOf({ line: { timeUs, host, fields }, order }: PlacedLine): PacketMoment {
  const addresses = {
    from: textOf(fields["from"]),
    fromPort: numberOf(fields["fromPort"]),
    to: textOf(fields["to"]),
    toPort: numberOf(fields["toPort"]),
  };
  const { error } = fields;
  if (typeof error !== "string") return { timeUs, order, at: host, addresses };
  const content: ErrorContent = {
    error,
    protocol: fields["protocol"] === "tcp" ? "tcp" : "udp",
    about: {
      from: textOf(fields["aboutFrom"]),
      fromPort: numberOf(fields["aboutFromPort"]),
      to: textOf(fields["aboutTo"]),
      toPort: numberOf(fields["aboutToPort"]),
    },
  };
  return { timeUs, order, at: host, addresses, content };
}

function numberOf(field: unknown): number {
  return typeof field === "number" ? field : 0;
}

function textOf(field: unknown): string {
  return typeof field === "string" ? field : "";
}
