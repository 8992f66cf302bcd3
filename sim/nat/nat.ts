import type { NatIcmpError, NatPacket, NatProtocol } from "./packet.ts";
import type { Endpoint } from "../../runtime/core/index.ts";
import type { NatProfile } from "./profile.ts";

/** Where a NAT's choices come from. */
export interface NatRandom {
  /** A whole number from 0 to `limit` - 1, all alike. `limit` is at least 1. */
  below(limit: number): number;
}

/** Why a packet went no further. */
export type NatDropReason =
  /** It came from outside for an address that is not the NAT's. */
  | "not-ours"
  /** Nothing inside has this external endpoint. */
  | "no-mapping"
  /** Something inside has it, and the sender may not reach it. */
  | "filtered"
  /** A segment that fits no connection that the NAT knows. */
  | "invalid"
  /** It went to an external endpoint of the same NAT, and that does not hairpin. */
  | "no-hairpinning"
  /** No port is left to map to. */
  | "no-port"
  /** The inside host has as many mappings as it may have. */
  | "host-limit"
  /** The table is full and nothing in it may be evicted. */
  | "table-full";

/** What the NAT itself sends back to the sender of a packet that went no further. */
export interface NatAnswer {
  readonly kind: "tcp-rst" | "port-unreachable" | "admin-prohibited";
  /**
   * How long the NAT waits first, in milliseconds. If it is more than 0, ask `isAnswerDue` when the time has come: the
   * answer falls away if the inside host opened the same connection meanwhile (RFC 5382, REQ-4).
   */
  readonly afterMs: number;
}

/** What became of a packet. The packet is a copy of the one given with other endpoints. */
export type NatVerdict<Packet extends NatPacket> =
  /** It leaves on the other side. */
  | { readonly kind: "forwarded"; readonly packet: Packet }
  /** It came from inside and goes back inside, to another host or the same. */
  | { readonly kind: "hairpinned"; readonly packet: Packet }
  /** The NAT box takes it itself. It listens nowhere, so it answers as a host without that port does. */
  | { readonly kind: "local"; readonly packet: Packet; readonly answer?: NatAnswer }
  | { readonly kind: "dropped"; readonly reason: NatDropReason; readonly answer?: NatAnswer };

/** A live mapping, for tests, traces and oracles. */
export interface NatMapping {
  readonly protocol: NatProtocol;
  readonly internal: Endpoint;
  readonly external: Endpoint;
  /** Whom it serves: everyone if undefined, one address if the port is undefined. */
  readonly remote?: { readonly address: string; readonly port?: number };
  /** When it ends unless it is used, in milliseconds of the caller's clock. */
  readonly expiresMs: number;
}

/**
 * A NAT box between an inside and an outside. It has no clock: every call says what time it is, in milliseconds, and
 * time never goes back. It does no I/O and never throws on what comes from the network.
 */
export interface Nat {
  readonly profile: NatProfile;
  /** At least one. */
  readonly externalAddresses: readonly string[];
  /** A packet that arrived on an inside interface. */
  fromInside<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet>;
  /** A packet that arrived on the outside interface. */
  fromOutside<Packet extends NatPacket>(packet: Packet, nowMs: number): NatVerdict<Packet>;
  /** An ICMP error that arrived outside, as it goes on inside; undefined if it is about nothing that lives. */
  errorFromOutside(error: NatIcmpError, nowMs: number): NatIcmpError | undefined;
  /** An ICMP error that arrived inside, as it goes on outside; undefined if it is about nothing that lives. */
  errorFromInside(error: NatIcmpError, nowMs: number): NatIcmpError | undefined;
  /** Whether a delayed answer to a packet is still to be sent. */
  isAnswerDue(packet: NatPacket, nowMs: number): boolean;
  /** All that lives. */
  mappings(nowMs: number): readonly NatMapping[];
  /** Forgets everything, as a reboot does. */
  reset(): void;
  /** The provider gives other addresses: all mappings are gone. @throws {RangeError} if there is none. */
  changeExternalAddresses(addresses: readonly string[]): void;
}
