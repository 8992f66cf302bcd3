import type { Simulation } from "../engine/index.ts";
import type { NatMapping } from "../nat/index.ts";
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
  readonly #delivery = { packet: 0, from: "", fromPort: 0 };
  readonly #drop = { packet: 0, reason: "" };

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** A host handed a packet to its link. */
  sent(host: string, packet: Packet): void {
    this.counters.sent += 1;
    const { segment, source, destination } = packet;
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
    this.#simulation.trace.record(
      host,
      kindOf(packet, "udp-sent", "tcp-sent", "icmp-sent"),
      record,
    );
  }

  /** A host took a packet in. */
  delivered(host: string, packet: Packet): void {
    this.counters.delivered += 1;
    this.#delivery.packet = packet.number;
    this.#delivery.from = packet.source.address;
    this.#delivery.fromPort = packet.source.port;
    const kind = kindOf(packet, "udp-delivered", "tcp-delivered", "icmp-delivered");
    this.#simulation.trace.record(host, kind, this.#delivery);
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

  /** A fault matched something. */
  fault(where: string, fault: Fault): void {
    this.#simulation.trace.record(where, "fault", JSON.stringify(fault));
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

/** The flags as they stand in a TCP header (RFC 9293, section 3.1). */
function flagBits({ flags }: Packet): number {
  const bit = (flag: boolean | undefined, value: number): number => (flag === true ? value : 0);
  return bit(flags?.fin, 1) | bit(flags?.syn, 2) | bit(flags?.rst, 4) | bit(flags?.ack, 16);
}
