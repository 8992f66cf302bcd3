/** On what of the remote endpoint a NAT's behaviour depends (RFC 4787, sections 4.1 and 5). */
export type EndpointDependence =
  "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

/** How a NAT picks an external port (RFC 4787, section 4.2; RFC 7422). */
export type PortAllocation =
  /** The internal port if it is free, else by `otherwise`. */
  | { readonly kind: "preservation"; readonly otherwise: "random" | "sequential" | "parity" }
  /** Any port of the same parity (REQ-4). */
  | { readonly kind: "parity" }
  /** Parity, and the port above its partner's for an odd internal port: for RTP and RTCP (section 4.2.3). */
  | { readonly kind: "contiguous" }
  | { readonly kind: "random" }
  /** The port above the one given last, `step` further each time. */
  | { readonly kind: "sequential"; readonly step: number }
  /** The first free port of the block that belongs to the inside address by calculation (RFC 7422, section 2). */
  | { readonly kind: "block"; readonly blockPorts: number };

/** Who may share an external port. */
export type PortOverloading =
  /** Nobody (RFC 4787, REQ-3). */
  | "never"
  /** Mappings for different remote endpoints, as what comes back tells them apart. */
  | "per-remote"
  /** Everybody; what comes back goes to the mapping used last. */
  | "always";

/** What a NAT does with an unsolicited SYN (RFC 5382, REQ-4), and with what else it does not let in. */
export type UnsolicitedPolicy =
  | { readonly kind: "drop" }
  | { readonly kind: "tcp-rst"; readonly afterMs: number }
  | { readonly kind: "port-unreachable"; readonly afterMs: number }
  | { readonly kind: "admin-prohibited"; readonly afterMs: number };

/** How long unused sessions live, in milliseconds. */
export interface NatTimeouts {
  /** UDP that has gone one way only. */
  readonly udpUnrepliedMs: number;
  /** UDP that has gone both ways (RFC 4787, REQ-5: at least two minutes). */
  readonly udpAssuredMs: number;
  /** TCP that is opening or closing (RFC 5382, REQ-5: at least four minutes). */
  readonly tcpTransitoryMs: number;
  /** TCP that is open (RFC 5382, REQ-5: at least two hours and four minutes). */
  readonly tcpEstablishedMs: number;
}

/** How much a NAT remembers. */
export interface NatBounds {
  /** Sessions: one for each remote endpoint of a mapping. */
  readonly sessionsMax: number;
  /** Mappings of one inside address (RFC 6888, REQ-4). */
  readonly mappingsPerHostMax: number;
  /** What happens to a new session if the table is full. */
  readonly eviction: "refuse" | "oldest" | "oldest-unreplied";
}

/** What every profile says of itself. */
export interface ProfileNote {
  /** In words of a line or two. */
  readonly doc: string;
  /** Where the parameters come from. At least one. */
  readonly sources: readonly string[];
}

/** A NAT by the axes of RFC 4787 (UDP) and RFC 5382 (TCP). */
export interface AxesProfile extends ProfileNote {
  readonly kind: "axes";
  readonly name: string;
  readonly mapping: EndpointDependence;
  readonly filtering: EndpointDependence;
  readonly ports: PortAllocation;
  readonly overloading: PortOverloading;
  /** First and last external port that it gives. */
  readonly portRange: { readonly first: number; readonly last: number };
  /** Whether packets to an external endpoint of its own return inside, and with which source (RFC 4787, REQ-9). */
  readonly hairpinning: "none" | "external-source" | "internal-source";
  /** Whether all mappings of one inside address use one external address (RFC 4787, REQ-2). */
  readonly pooling: "paired" | "arbitrary";
  readonly timeouts: NatTimeouts;
  /** Which direction keeps a session alive (RFC 4787, REQ-6). */
  readonly refresh: "outbound" | "inbound" | "both";
  readonly unsolicitedUdp: Exclude<UnsolicitedPolicy, { readonly kind: "tcp-rst" }>;
  readonly unsolicitedTcp: UnsolicitedPolicy;
  /** Whether a segment other than SYN may open a session: one that the NAT forgot, or never saw. */
  readonly tcpMidstream: "accept" | "drop";
  readonly bounds: NatBounds;
}

/** Timeouts of Linux's connection tracking in milliseconds, by the names of its sysctls. */
export interface ConntrackTimeouts {
  readonly udpMs: number;
  readonly udpStreamMs: number;
  readonly tcpSynSentMs: number;
  readonly tcpSynRecvMs: number;
  readonly tcpEstablishedMs: number;
  readonly tcpFinWaitMs: number;
  readonly tcpCloseWaitMs: number;
  readonly tcpLastAckMs: number;
  readonly tcpTimeWaitMs: number;
  readonly tcpCloseMs: number;
  /** The most that an established connection gets before the other side has spoken. */
  readonly tcpUnacknowledgedMs: number;
}

/** Linux's masquerade over connection tracking. */
export interface LinuxProfile extends ProfileNote {
  readonly kind: "linux";
  readonly name: string;
  /** How nftables' `masquerade` was asked to pick ports: nothing, `random` or `fully-random`. */
  readonly ports: "keep" | "random" | "fully-random";
  /** What the INPUT chain does with what belongs to no connection: the box itself takes it, or drops it. */
  readonly input: "accept" | "drop";
  readonly timeouts: ConntrackTimeouts;
  /** `nf_conntrack_max`. */
  readonly entriesMax: number;
}

/** How a NAT behaves. */
export type NatProfile = AxesProfile | LinuxProfile;
