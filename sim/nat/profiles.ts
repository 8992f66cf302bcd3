import { LINUX_PROFILES } from "./linux-profiles.ts";
import type { AxesProfile, NatProfile, NatTimeouts } from "./profile.ts";
import { VENDOR_PROFILES } from "./vendor-profiles.ts";

/** The least that the RFCs ask: five minutes of UDP are recommended, two required. */
const RFC_TIMEOUTS: NatTimeouts = {
  udpUnrepliedMs: 300_000,
  udpAssuredMs: 300_000,
  tcpTransitoryMs: 240_000,
  tcpEstablishedMs: 7_440_000,
};

/** A NAT with everything that RFC 4787 and RFC 5382 recommend; the profiles below say how they differ. */
const RECOMMENDED: AxesProfile = {
  kind: "axes",
  name: "rfc-recommended",
  doc: "All requirements and recommendations of the RFCs: any peer reaches a mapped port, hairpins work.",
  sources: ["RFC 4787, sections 4 to 6 and 12", "RFC 5382, section 7 (REQ-1 to REQ-10)"],
  mapping: "endpoint-independent",
  filtering: "endpoint-independent",
  ports: { kind: "preservation", otherwise: "parity" },
  overloading: "never",
  portRange: { first: 1024, last: 65535 },
  hairpinning: "external-source",
  pooling: "paired",
  timeouts: RFC_TIMEOUTS,
  refresh: "both",
  unsolicitedUdp: { kind: "drop" },
  unsolicitedTcp: { kind: "port-unreachable", afterMs: 6000 },
  tcpMidstream: "drop",
  bounds: { sessionsMax: 65_536, mappingsPerHostMax: 16_384, eviction: "oldest-unreplied" },
};

const SHORT_UDP = { ...RFC_TIMEOUTS, udpUnrepliedMs: 30_000, udpAssuredMs: 120_000 };

const TEXTBOOK_PROFILES: readonly AxesProfile[] = [
  RECOMMENDED,
  {
    ...RECOMMENDED,
    name: "full-cone",
    doc: "The full cone of the old words: one external port for all, open to all. No hairpins.",
    sources: [
      "RFC 3489, section 5",
      "RFC 4787, section 3",
      "nftables maps, measured in the punch matrix",
    ],
    hairpinning: "none",
    unsolicitedTcp: { kind: "drop" },
    timeouts: SHORT_UDP,
  },
  {
    ...RECOMMENDED,
    name: "address-restricted",
    doc: "One external port for all, open to addresses that the host has sent to.",
    sources: [
      "RFC 3489, section 5",
      "RFC 4787, section 5",
      "nftables maps, measured in the punch matrix",
    ],
    filtering: "address-dependent",
    hairpinning: "none",
    unsolicitedTcp: { kind: "drop" },
    timeouts: SHORT_UDP,
  },
  {
    ...RECOMMENDED,
    name: "port-restricted",
    doc: "The usual home router: one external port for all, open to endpoints that the host has sent to.",
    sources: [
      "RFC 3489, section 5",
      "Ford, Srisuresh, Kegel: Peer-to-Peer Communication Across NATs, USENIX 2005, sections 3 and 6",
      "nftables maps, measured in the punch matrix",
    ],
    filtering: "address-and-port-dependent",
    hairpinning: "none",
    unsolicitedTcp: { kind: "drop" },
    timeouts: SHORT_UDP,
  },
  {
    ...RECOMMENDED,
    name: "symmetric-random",
    doc: "Another random port for each remote endpoint: what comes from elsewhere never fits.",
    sources: ["RFC 3489, section 5 (symmetric)", "RFC 4787, section 4.1"],
    mapping: "address-and-port-dependent",
    filtering: "address-and-port-dependent",
    ports: { kind: "random" },
    hairpinning: "none",
    unsolicitedTcp: { kind: "drop" },
    timeouts: SHORT_UDP,
  },
  {
    ...RECOMMENDED,
    name: "symmetric-sequential",
    doc: "The next port for each remote endpoint, so that a peer may guess it.",
    sources: [
      "RFC 3489, section 5 (symmetric)",
      "Ford, Srisuresh, Kegel, USENIX 2005, section 5.1 (port prediction)",
    ],
    mapping: "address-and-port-dependent",
    filtering: "address-and-port-dependent",
    ports: { kind: "sequential", step: 1 },
    hairpinning: "none",
    unsolicitedTcp: { kind: "drop" },
    timeouts: SHORT_UDP,
  },
  {
    ...RECOMMENDED,
    name: "address-symmetric",
    doc: "Another port for each remote address, the same for all its ports.",
    sources: ["RFC 4787, sections 4.1 and 5 (address-dependent mapping and filtering)"],
    mapping: "address-dependent",
    filtering: "address-dependent",
    ports: { kind: "random" },
    hairpinning: "none",
    timeouts: SHORT_UDP,
  },
  {
    ...RECOMMENDED,
    name: "rtp-contiguous",
    doc: "Keeps parity and gives an odd port the one above its even partner's, for RTP with RTCP.",
    sources: ["RFC 4787, section 4.2.3 and REQ-4", "RFC 3550, section 11"],
    filtering: "address-dependent",
    ports: { kind: "contiguous" },
  },
  {
    ...RECOMMENDED,
    name: "parity-random",
    doc: "A random port of the same parity, in a pool of addresses that hosts do not stick to.",
    sources: ["RFC 4787, sections 4.1 (arbitrary pooling, against REQ-2) and 4.2.2"],
    filtering: "address-dependent",
    ports: { kind: "parity" },
    pooling: "arbitrary",
  },
  {
    ...RECOMMENDED,
    name: "port-overloading",
    doc: "Always keeps the port, so that two hosts with one port share it and the latest gets the answers.",
    sources: ["RFC 4787, section 4.2.1 (port overloading, against REQ-3)"],
    filtering: "address-dependent",
    ports: { kind: "preservation", otherwise: "random" },
    overloading: "always",
    hairpinning: "none",
  },
  {
    ...RECOMMENDED,
    name: "hairpin-internal-source",
    doc: "Hairpins show the inside source, so that the peer answers past the NAT. Only what goes out keeps a port.",
    sources: ["RFC 4787, section 6 (against REQ-9a) and section 4.3 (outbound refresh)"],
    filtering: "address-and-port-dependent",
    hairpinning: "internal-source",
    refresh: "outbound",
  },
  {
    ...RECOMMENDED,
    name: "tcp-rst",
    doc: "Answers an unsolicited SYN with RST at once, which ends the peer's attempt to open at the same time.",
    sources: ["RFC 5382, section 4.3", "Ford, Srisuresh, Kegel, USENIX 2005, section 5.2"],
    filtering: "address-and-port-dependent",
    hairpinning: "none",
    unsolicitedTcp: { kind: "tcp-rst", afterMs: 0 },
    timeouts: SHORT_UDP,
  },
  {
    ...RECOMMENDED,
    name: "carrier-grade",
    doc: "A provider's NAT as it should be: a pool, bounds for each customer, open to any peer.",
    sources: ["RFC 6888, section 3 (REQ-1 to REQ-8)", "RFC 7857, section 2"],
    bounds: { sessionsMax: 1_000_000, mappingsPerHostMax: 1000, eviction: "refuse" },
  },
  {
    ...RECOMMENDED,
    name: "carrier-grade-blocks",
    doc: "A provider's NAT with a calculated block of ports for each customer, so that it need not log.",
    sources: ["RFC 7422, section 2", "RFC 6888, section 4"],
    filtering: "address-and-port-dependent",
    ports: { kind: "block", blockPorts: 504 },
    bounds: { sessionsMax: 1_000_000, mappingsPerHostMax: 504, eviction: "refuse" },
    hairpinning: "external-source",
    timeouts: SHORT_UDP,
  },
  {
    ...RECOMMENDED,
    name: "carrier-symmetric",
    doc: "A mobile provider's NAT: another random port for each remote and about a minute of silence.",
    sources: [
      "Richter et al.: A Multi-perspective Analysis of Carrier-Grade NAT Deployment, IMC 2016 (symmetric mappings, short timeouts)",
      "Wang et al.: An Untold Story of Middleboxes in Cellular Networks, SIGCOMM 2011",
    ],
    mapping: "address-and-port-dependent",
    filtering: "address-and-port-dependent",
    ports: { kind: "random" },
    hairpinning: "none",
    pooling: "arbitrary",
    timeouts: { ...RFC_TIMEOUTS, udpUnrepliedMs: 60_000, udpAssuredMs: 60_000 },
    unsolicitedTcp: { kind: "drop" },
    bounds: { sessionsMax: 1_000_000, mappingsPerHostMax: 1000, eviction: "refuse" },
  },
];

/** All named NATs, by name. `docs/guides/nat-profiles.md` lists them. */
export const NAT_PROFILES: readonly NatProfile[] = [
  ...TEXTBOOK_PROFILES,
  ...VENDOR_PROFILES,
  ...LINUX_PROFILES,
];

/** The profile with a name. @throws {RangeError} if there is none. */
export function natProfile(name: string): NatProfile {
  const profile = NAT_PROFILES.find((candidate) => candidate.name === name);
  if (profile === undefined) {
    const names = NAT_PROFILES.map((candidate) => candidate.name).join(", ");
    throw new RangeError(`no NAT profile is called ${name}; there are ${names}`);
  }
  return profile;
}
