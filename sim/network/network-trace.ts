import type { Simulation } from "../engine/index.ts";
import type { NatIcmpError, NatMapping } from "../nat/index.ts";
import type { Fault } from "./fault.ts";
import type { DropReason, Packet } from "./packet.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/** What the network counted. */
export interface NetworkCounters {
  /** Packets that hosts sent, of both protocols. */
  sent: number;
  /** Packets that hosts took in. */
  delivered: number;
  /** Packets that went no further, by reason. */
  readonly dropped: Map<DropReason, number>;
}

/** Writes what happens to packets into the trace. One object per kind of record is used again and again. */
export class NetworkTrace {
  readonly counters: NetworkCounters = { sent: 0, delivered: 0, dropped: new Map() };
  readonly #simulation: Simulation;
  readonly #datagram = { packet: 0, from: "", fromPort: 0, to: "", toPort: 0, bytes: NOTHING };
  readonly #segment = {
    packet: 0,
    from: "",
    fromPort: 0,
    to: "",
    toPort: 0,
    flags: 0,
    sequence: 0,
    acknowledged: 0,
    windowBytes: 0,
    bytes: NOTHING,
  };
  readonly #delivery = { packet: 0, from: "", fromPort: 0, to: "", toPort: 0 };
  readonly #crossing = { packet: 0, side: "", from: "", fromPort: 0, to: "", toPort: 0 };
  readonly #drop = { packet: 0, reason: "" };

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** A host handed a packet to its link. */
  sent(host: string, packet: Packet): void {
    this.counters.sent += 1;
    const { segment, source, destination, icmp } = packet;
    if (icmp !== undefined) {
      this.#simulation.trace.record(host, "icmp-sent", errorDetail(packet.number, icmp));
      return;
    }
    const record = segment === undefined ? this.#datagram : this.#segment;
    record.packet = packet.number;
    record.from = source.address;
    record.fromPort = source.port;
    record.to = destination.address;
    record.toPort = destination.port;
    record.bytes = packet.payload;
    if (segment !== undefined) {
      this.#segment.flags = flagBits(packet);
      this.#segment.sequence = segment.sequence;
      this.#segment.acknowledged = segment.acknowledged;
      this.#segment.windowBytes = segment.windowBytes;
    }
    this.#simulation.trace.record(host, segment === undefined ? "udp-sent" : "tcp-sent", record);
  }

  /** A host took a packet in, with the addresses that it has there. */
  delivered(host: string, packet: Packet): void {
    this.counters.delivered += 1;
    const { trace } = this.#simulation;
    if (packet.icmp !== undefined) {
      trace.record(host, "icmp-delivered", errorDetail(packet.number, packet.icmp));
      return;
    }
    // Only the sink hears what arrived instead of what was sent: the fault is recorded.
    if (packet.isChanged === true) {
      trace.note(host, "udp-changed", { packet: packet.number, bytes: packet.payload });
    }
    const delivery = this.#delivery;
    delivery.packet = packet.number;
    delivery.from = packet.source.address;
    delivery.fromPort = packet.source.port;
    delivery.to = packet.destination.address;
    delivery.toPort = packet.destination.port;
    trace.record(host, packet.protocol === "udp" ? "udp-delivered" : "tcp-delivered", delivery);
  }

  /**
   * A NAT box passes a packet on, with these addresses, to its inner or outer side. Only the sink hears of it: where the
   * packet ends is recorded with the addresses that it has there.
   */
  crossed(nat: string, packet: Packet, side: "inner" | "outer"): void {
    const { trace } = this.#simulation;
    if (!trace.hasSink) return;
    if (packet.icmp !== undefined) {
      trace.note(nat, "icmp-crossed", { side, ...errorDetail(packet.number, packet.icmp) });
      return;
    }
    const crossing = this.#crossing;
    crossing.packet = packet.number;
    crossing.side = side;
    crossing.from = packet.source.address;
    crossing.fromPort = packet.source.port;
    crossing.to = packet.destination.address;
    crossing.toPort = packet.destination.port;
    trace.note(nat, packet.protocol === "udp" ? "udp-crossed" : "tcp-crossed", crossing);
  }

  /** A packet went no further. @param where a link, segment, NAT box or host. */
  dropped(where: string, packet: Packet, reason: DropReason): void {
    const { dropped } = this.counters;
    dropped.set(reason, (dropped.get(reason) ?? 0) + 1);
    this.#drop.packet = packet.number;
    this.#drop.reason = reason;
    this.#simulation.trace.record(
      where,
      kindOf(packet, "udp-dropped", "tcp-dropped", "icmp-dropped"),
      this.#drop,
    );
  }

  /** A fault matched something. @param packet the packet that it befell, if it befell one. */
  fault(where: string, fault: Fault, packet?: Packet): void {
    const hit = packet === undefined ? {} : { packet: packet.number };
    this.#simulation.trace.record(where, "fault", { fault: JSON.stringify(fault), ...hit });
  }

  /** A NAT box made a mapping, or one came to its end. */
  mapping(
    nat: string,
    kind: "nat-mapping-made" | "nat-mapping-expired",
    mapping: NatMapping,
  ): void {
    const { protocol, internal, external } = mapping;
    this.#simulation.trace.record(nat, kind, {
      protocol,
      internal: internal.address,
      internalPort: internal.port,
      external: external.address,
      externalPort: external.port,
    });
  }
}

function kindOf(packet: Packet, udp: string, tcp: string, icmp: string): string {
  if (packet.icmp !== undefined) return icmp;
  return packet.protocol === "udp" ? udp : tcp;
}

/** An ICMP error and the packet that it reports, as the record's host sees them. */
function errorDetail(
  packet: number,
  { kind, reporter, destination, about }: NatIcmpError,
): Readonly<Record<string, string | number>> {
  const { protocol, source, destination: to } = about;
  return {
    packet,
    from: reporter,
    to: destination,
    error: kind,
    protocol,
    aboutFrom: source.address,
    aboutFromPort: source.port,
    aboutTo: to.address,
    aboutToPort: to.port,
  };
}

/** The flags as they stand in a TCP header (RFC 9293, section 3.1). */
function flagBits({ flags }: Packet): number {
  const bit = (flag: boolean | undefined, value: number): number => (flag === true ? value : 0);
  return bit(flags?.fin, 1) | bit(flags?.syn, 2) | bit(flags?.rst, 4) | bit(flags?.ack, 16);
}
