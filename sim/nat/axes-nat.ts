import type { Endpoint } from "../../runtime/core/index.ts";
import { MappingTable } from "./mapping-table.ts";
import type { Nat, NatAnswer, NatDropReason, NatMapping, NatRandom, NatVerdict } from "./nat.ts";
import { segmentKindOf, type NatIcmpError, type NatPacket } from "./packet.ts";
import type { AxesProfile, UnsolicitedPolicy } from "./profile.ts";
import { Sessions, type Crossing, type Mapping, type Session } from "./sessions.ts";

/** A NAT by the book: mappings and filters of RFC 4787 and RFC 5382, each axis as the profile says. */
export class AxesNat implements Nat {
  readonly profile: AxesProfile;
  readonly #mappings: MappingTable;
  readonly #sessions: Sessions;

  constructor(profile: AxesProfile, addresses: readonly string[], random: NatRandom) {
    this.profile = profile;
    this.#mappings = new MappingTable(profile, addresses, random);
    this.#sessions = new Sessions(profile.timeouts, profile.bounds, (mapping) => {
      this.#mappings.remove(mapping);
    });
  }

  get externalAddresses(): readonly string[] {
    return this.#mappings.addresses;
  }

  fromInside<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet> {
    const isHairpin = this.externalAddresses.includes(packet.destination.address);
    if (isHairpin && this.profile.hairpinning === "none") {
      return { kind: "dropped", reason: "no-hairpinning" };
    }
    const source = this.#leave(packet, nowMs);
    if (typeof source === "string") return { kind: "dropped", reason: source };
    if (!isHairpin) return { kind: "forwarded", packet: { ...packet, source } };
    const inside = this.#enter({ ...packet, source }, nowMs);
    if (inside.kind !== "forwarded" || this.profile.hairpinning === "external-source") {
      return inside.kind === "forwarded" ? { ...inside, kind: "hairpinned" } : inside;
    }
    return { kind: "hairpinned", packet: { ...inside.packet, source: packet.source } };
  }

  fromOutside<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet> {
    if (!this.externalAddresses.includes(packet.destination.address)) {
      return { kind: "dropped", reason: "not-ours" };
    }
    return this.#enter(packet, nowMs);
  }

  errorFromOutside(error: NatIcmpError, nowMs: number): NatIcmpError | undefined {
    const { protocol, source, destination } = error.about;
    const session = this.#sessionAt(protocol, source, { remote: destination, nowMs });
    if (session === undefined) return undefined;
    const { internal } = session.mapping;
    return { ...error, destination: internal.address, about: { ...error.about, source: internal } };
  }

  errorFromInside(error: NatIcmpError, nowMs: number): NatIcmpError | undefined {
    const { protocol, source, destination } = error.about;
    const mapping = this.#mappings.find(protocol, destination, source);
    if (mapping === undefined) return undefined;
    if (this.#sessions.find(mapping, source, nowMs) === undefined) return undefined;
    const { external } = mapping;
    return {
      ...error,
      reporter: external.address,
      about: { ...error.about, destination: external },
    };
  }

  isAnswerDue(packet: NatPacket, nowMs: number): boolean {
    const { protocol, source, destination } = packet;
    return this.#sessionAt(protocol, destination, { remote: source, nowMs }) === undefined;
  }

  mappings(nowMs: number): readonly NatMapping[] {
    const live: NatMapping[] = [];
    for (const mapping of this.#mappings.all()) {
      const ends = this.#sessions.live(mapping, nowMs).map(({ expiresMs }) => expiresMs);
      if (ends.length === 0) continue;
      const { protocol, internal, external } = mapping;
      const expiresMs = ends.reduce((latest, end) => Math.max(latest, end), 0);
      live.push({ protocol, internal, external, ...this.#remoteOf(mapping), expiresMs });
    }
    return live;
  }

  reset(): void {
    this.#mappings.clear();
    this.#sessions.clear();
  }

  changeExternalAddresses(addresses: readonly string[]): void {
    this.#mappings.changeAddresses(addresses);
    this.#sessions.clear();
  }

  /** The external source of a packet from inside, or why it has none. */
  #leave(packet: NatPacket, nowMs: number): Endpoint | NatDropReason {
    const { protocol, source, destination } = packet;
    const isLive = (mapping: Mapping): boolean => this.#sessions.live(mapping, nowMs).length > 0;
    let mapping = this.#mappings.find(protocol, source, destination);
    if (mapping !== undefined && !isLive(mapping)) mapping = undefined;
    const known = mapping && this.#sessions.find(mapping, destination, nowMs);
    if (known === undefined) {
      if (!this.#mayOpen(packet)) return "invalid";
      if (!this.#sessions.makeRoom(nowMs)) return "table-full";
      // Making room may have ended the mapping that was found.
      if (mapping !== undefined && !isLive(mapping)) mapping = undefined;
    }
    if (mapping === undefined) {
      const added = this.#mappings.add(packet, isLive);
      if (typeof added === "string") return added;
      mapping = added;
    }
    const session = known ?? this.#sessions.start(mapping, destination, nowMs);
    this.#pass(session, packet, "out", nowMs);
    this.#mappings.touch(mapping);
    return mapping.external;
  }

  #enter<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet> {
    const { protocol, source, destination } = packet;
    const candidates = this.#mappings
      .at(protocol, destination)
      .filter((candidate) => this.#sessions.live(candidate, nowMs).length > 0);
    if (candidates.length === 0) return this.#refuse(packet, "no-mapping");
    const mapping =
      candidates.find((candidate) => this.#sessions.find(candidate, source, nowMs)) ??
      candidates.find((candidate) => this.#lets(candidate, source, nowMs));
    if (mapping === undefined) return this.#refuse(packet, "filtered");
    const known = this.#sessions.find(mapping, source, nowMs);
    if (known !== undefined) this.#pass(known, packet, "in", nowMs);
    else if (!this.#mayOpen(packet)) return { kind: "dropped", reason: "invalid" };
    else if (!this.#admit(mapping, packet, nowMs)) return { kind: "dropped", reason: "table-full" };
    return { kind: "forwarded", packet: { ...packet, destination: mapping.internal } };
  }

  /** Starts the session of a sender that the filter lets in; one that refreshes nothing passes without. */
  #admit(mapping: Mapping, packet: NatPacket, nowMs: number): boolean {
    if (this.profile.refresh === "outbound") return true;
    if (!this.#sessions.makeRoom(nowMs)) return false;
    // Making room may have ended this mapping: then it is as if the packet had come a moment later.
    if (mapping.sessions.size === 0) return false;
    this.#pass(this.#sessions.start(mapping, packet.source, nowMs), packet, "in", nowMs);
    return true;
  }

  #pass(session: Session, packet: NatPacket, crossing: Crossing, nowMs: number): void {
    const { refresh } = this.profile;
    const isNew = !session.seen.in && !session.seen.out;
    const refreshes = isNew || refresh === "both" || refresh === `${crossing}bound`;
    this.#sessions.pass(session, packet, { crossing, refreshes, nowMs });
  }

  #mayOpen(packet: NatPacket): boolean {
    if (packet.protocol === "udp") return true;
    const kind = segmentKindOf(packet);
    return kind === "syn" || (this.profile.tcpMidstream === "accept" && kind !== "rst");
  }

  /** Whether the filter lets a remote endpoint in that has no session of its own. */
  #lets(mapping: Mapping, remote: Endpoint, nowMs: number): boolean {
    switch (this.profile.filtering) {
      case "endpoint-independent":
        return true;
      case "address-dependent":
        return this.#sessions
          .live(mapping, nowMs)
          .some((session) => session.remote.address === remote.address);
      case "address-and-port-dependent":
        return false;
    }
  }

  #refuse<Packet extends NatPacket>(packet: Packet, reason: NatDropReason): NatVerdict<Packet> {
    const { unsolicitedTcp, unsolicitedUdp } = this.profile;
    const answer = answerTo(packet, packet.protocol === "tcp" ? unsolicitedTcp : unsolicitedUdp);
    return { kind: "dropped", reason, ...(answer && { answer }) };
  }

  #sessionAt(
    protocol: NatPacket["protocol"],
    external: Endpoint,
    { remote, nowMs }: { readonly remote: Endpoint; readonly nowMs: number },
  ): Session | undefined {
    for (const mapping of this.#mappings.at(protocol, external)) {
      const session = this.#sessions.find(mapping, remote, nowMs);
      if (session !== undefined) return session;
    }
    return undefined;
  }

  #remoteOf({ firstRemote }: Mapping): Pick<NatMapping, "remote"> {
    switch (this.profile.mapping) {
      case "endpoint-independent":
        return {};
      case "address-dependent":
        return { remote: { address: firstRemote.address } };
      case "address-and-port-dependent":
        return { remote: firstRemote };
    }
  }
}

function answerTo(packet: NatPacket, policy: UnsolicitedPolicy): NatAnswer | undefined {
  if (policy.kind === "drop") return undefined;
  // A segment with RST is never answered (RFC 9293, section 3.5.2).
  if (packet.protocol === "tcp" && packet.flags?.rst === true) return undefined;
  return { kind: policy.kind, afterMs: policy.afterMs };
}
