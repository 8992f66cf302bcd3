import { ConntrackTable, type ConntrackEntry, type ConntrackMatch } from "./conntrack-table.ts";
import {
  createConntrackTcp,
  tcpTimeoutMs,
  trackSegment,
  type ConntrackDirection,
} from "./conntrack-tcp.ts";
import { atLeastOne } from "./external-addresses.ts";
import type { ExternalAddresses } from "./external-addresses.ts";
import { pickSource } from "./masquerade.ts";
import type { Nat, NatAnswer, NatDropReason, NatMapping, NatRandom, NatVerdict } from "./nat.ts";
import { segmentKindOf, type NatIcmpError, type NatPacket } from "./packet.ts";
import type { LinuxProfile } from "./profile.ts";

/** UDP that goes both ways counts as a stream only if its connection is older than this. */
const UDP_STREAM_AFTER_MS = 2000;

/** What tracking says: the packet belongs to the connection, is to be dropped, or to be looked up once more. */
type Tracked = "accepted" | "invalid" | "reopened";

/**
 * Linux's connection tracking with masquerading, as a router has it that accepts all from inside and drops what tracking
 * calls invalid. Packets come one at a time, so two packets of one new connection never race (clash resolution is what
 * Linux needs for that): where ports have run out, the packet is dropped, as Linux does when it confirms the connection.
 */
export class LinuxNat implements Nat {
  readonly profile: LinuxProfile;
  readonly #random: NatRandom;
  readonly #table = new ConntrackTable();
  #addresses: ExternalAddresses;

  constructor(profile: LinuxProfile, addresses: readonly string[], random: NatRandom) {
    this.profile = profile;
    this.#random = random;
    this.#addresses = atLeastOne(addresses);
  }

  get externalAddresses(): readonly string[] {
    return this.#addresses;
  }

  fromInside<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet> {
    // The box has no rule for its own addresses, so what is sent to them from inside ends at the box.
    if (this.#addresses.includes(packet.destination.address)) {
      return isOpening(packet) ? takenByBox(packet) : { kind: "dropped", reason: "invalid" };
    }
    const match = this.#table.find(packet.protocol, packet, nowMs);
    if (match === undefined) return this.#open(packet, nowMs);
    const tracked = this.#track(match, packet, nowMs);
    if (tracked === "invalid") return { kind: "dropped", reason: "invalid" };
    if (tracked === "reopened") return this.#open(packet, nowMs);
    return forwardedAs(packet, { source: match.entry.reply.destination });
  }

  fromOutside<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet> {
    if (!this.#addresses.includes(packet.destination.address)) {
      return { kind: "dropped", reason: "not-ours" };
    }
    const match = this.#table.find(packet.protocol, packet, nowMs);
    if (match === undefined) return this.#openToBox(packet, nowMs);
    const tracked = this.#track(match, packet, nowMs);
    if (tracked === "invalid") return { kind: "dropped", reason: "invalid" };
    if (tracked === "reopened") return this.#openToBox(packet, nowMs);
    if (match.entry.kind === "local") return takenByBox(packet);
    return forwardedAs(packet, { destination: match.entry.original.source });
  }

  errorFromOutside(error: NatIcmpError, nowMs: number): NatIcmpError | undefined {
    const { protocol, source, destination } = error.about;
    const answer = { source: destination, destination: source };
    const match = this.#table.find(protocol, answer, nowMs);
    if (match?.direction !== "reply" || match.entry.kind === "local") return undefined;
    const inside = match.entry.original.source;
    return { ...error, destination: inside.address, about: { ...error.about, source: inside } };
  }

  errorFromInside(error: NatIcmpError, nowMs: number): NatIcmpError | undefined {
    const { protocol, source, destination } = error.about;
    const forward = { source: destination, destination: source };
    const match = this.#table.find(protocol, forward, nowMs);
    if (match?.direction !== "original" || match.entry.kind === "local") return undefined;
    const outside = match.entry.reply.destination;
    return {
      ...error,
      reporter: outside.address,
      about: { ...error.about, destination: outside },
    };
  }

  /** Linux answers at once. */
  isAnswerDue(): boolean {
    return true;
  }

  mappings(nowMs: number): readonly NatMapping[] {
    return this.entries(nowMs)
      .filter(({ kind }) => kind === "masqueraded")
      .map(({ protocol, original, reply, expiresMs }) => ({
        protocol,
        internal: original.source,
        external: reply.destination,
        remote: original.destination,
        expiresMs,
      }));
  }

  /** All tracked connections that live, also those that end at the box: what `/proc/net/nf_conntrack` shows. */
  entries(nowMs: number): readonly ConntrackEntry[] {
    return this.#table.live(nowMs);
  }

  reset(): void {
    this.#table.clear();
  }

  changeExternalAddresses(addresses: readonly string[]): void {
    this.#addresses = atLeastOne(addresses);
    this.#table.clear();
  }

  #open<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet> {
    const source = pickSource(packet, {
      table: this.#table,
      ports: this.profile.ports,
      address: this.#addresses[0],
      random: this.#random,
      nowMs,
    });
    if (source === undefined) return { kind: "dropped", reason: "no-port" };
    const dropped = this.#admit(packet, nowMs, {
      kind: "masqueraded",
      reply: { source: packet.destination, destination: source },
    });
    if (dropped !== undefined) return { kind: "dropped", reason: dropped };
    return forwardedAs(packet, { source });
  }

  #openToBox<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet> {
    if (!isOpening(packet)) return { kind: "dropped", reason: "invalid" };
    if (this.profile.input === "drop") return { kind: "dropped", reason: "no-mapping" };
    // The box answers with RST, and a connection whose only answer is RST is forgotten at once.
    if (packet.protocol === "tcp") return takenByBox(packet);
    const reply = { source: packet.destination, destination: packet.source };
    const dropped = this.#admit(packet, nowMs, { kind: "local", reply });
    return dropped === undefined ? takenByBox(packet) : { kind: "dropped", reason: dropped };
  }

  /** Puts a connection into the table; says why if it cannot. */
  #admit(
    packet: NatPacket,
    nowMs: number,
    { kind, reply }: Pick<ConntrackEntry, "kind" | "reply">,
  ): NatDropReason | undefined {
    const { protocol, source, destination } = packet;
    const entry: ConntrackEntry = {
      protocol,
      kind,
      original: { source, destination },
      reply,
      createdMs: nowMs,
      expiresMs: nowMs,
      isReplied: false,
      isAssured: false,
      tcp: createConntrackTcp(),
    };
    if (this.#track({ entry, direction: "original" }, packet, nowMs) !== "accepted") {
      return "invalid";
    }
    const { entriesMax } = this.profile;
    if (this.#table.size >= entriesMax && !this.#table.evict(nowMs)) return "table-full";
    this.#table.add(entry, nowMs);
    return undefined;
  }

  #track({ entry, direction }: ConntrackMatch, packet: NatPacket, nowMs: number): Tracked {
    if (packet.protocol === "tcp") return this.#trackTcp(entry, direction, packet, nowMs);
    const { udpMs, udpStreamMs } = this.profile.timeouts;
    const isStream = entry.isReplied && nowMs - entry.createdMs > UDP_STREAM_AFTER_MS;
    entry.expiresMs = nowMs + (isStream ? udpStreamMs : udpMs);
    if (isStream) entry.isAssured = true;
    // The first answer itself still counts as unanswered.
    if (direction === "reply") entry.isReplied = true;
    return "accepted";
  }

  #trackTcp(
    entry: ConntrackEntry,
    direction: ConntrackDirection,
    packet: NatPacket,
    nowMs: number,
  ): Tracked {
    const kind = segmentKindOf(packet);
    const verdict = trackSegment(entry.tcp, kind, direction);
    if (verdict.kind === "invalid") return "invalid";
    if (verdict.kind === "reopen") {
      this.#table.remove(entry);
      return "reopened";
    }
    if (verdict.kind === "accept") {
      const { from, to } = verdict;
      // Repeated SYNs that nobody answers must not keep a connection, and its port, for ever.
      if (entry.isReplied || kind !== "syn" || from !== "syn-sent") {
        entry.expiresMs = nowMs + tcpTimeoutMs(to, entry.isReplied, this.profile.timeouts);
      }
      if (!entry.isReplied && kind === "rst") this.#table.remove(entry);
      const wasOpen = from === "syn-recv" || from === "established";
      if (entry.isReplied && wasOpen && to === "established") entry.isAssured = true;
    }
    if (direction === "reply") entry.isReplied = true;
    return "accepted";
  }
}

/** Whether a packet can be the first of a connection. */
function isOpening(packet: NatPacket): boolean {
  if (packet.protocol === "udp") return true;
  return trackSegment(createConntrackTcp(), segmentKindOf(packet), "original").kind === "accept";
}

function takenByBox<Packet extends NatPacket>(packet: Packet): NatVerdict<Packet> {
  // A segment with RST is never answered (RFC 9293, section 3.5.2).
  if (packet.protocol === "tcp" && packet.flags?.rst === true) return { kind: "local", packet };
  const kind = packet.protocol === "tcp" ? "tcp-rst" : "port-unreachable";
  const answer: NatAnswer = { kind, afterMs: 0 };
  return { kind: "local", packet, answer };
}

function forwardedAs<Packet extends NatPacket>(
  packet: Packet,
  endpoints: Partial<Pick<NatPacket, "source" | "destination">>,
): NatVerdict<Packet> {
  return { kind: "forwarded", packet: { ...packet, ...endpoints } };
}
