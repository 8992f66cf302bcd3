import type { AxesProfile } from "./profile.ts";

/** What a NAT of a product has unless its profile says otherwise: symmetric, silent, without hairpins. */
const PRODUCT = {
  kind: "axes",
  mapping: "address-and-port-dependent",
  filtering: "address-and-port-dependent",
  ports: { kind: "random" },
  overloading: "never",
  portRange: { first: 1024, last: 65535 },
  hairpinning: "none",
  pooling: "paired",
  refresh: "both",
  unsolicitedUdp: { kind: "drop" },
  unsolicitedTcp: { kind: "drop" },
  tcpMidstream: "drop",
  bounds: { sessionsMax: 65_536, mappingsPerHostMax: 65_536, eviction: "refuse" },
} as const;

/** The timeouts of pf.conf(5), set `normal`. */
const PF_TIMEOUTS = {
  udpUnrepliedMs: 60_000,
  udpAssuredMs: 60_000,
  tcpTransitoryMs: 90_000,
  tcpEstablishedMs: 86_400_000,
};

/** NATs of products and of other simulators, by what their documentation says. */
export const VENDOR_PROFILES: readonly AxesProfile[] = [
  {
    ...PRODUCT,
    name: "openbsd-pf",
    doc: "pf's nat-to: a random port above 50000 for each state, shared where remotes differ.",
    sources: ["OpenBSD, pf.conf(5): nat-to, timeouts; pfSense and OPNsense share it"],
    overloading: "per-remote",
    portRange: { first: 50_001, last: 65_535 },
    timeouts: PF_TIMEOUTS,
  },
  {
    ...PRODUCT,
    name: "openbsd-pf-static-port",
    doc: "pf's nat-to with static-port: the port is kept, so that a peer's guess is right.",
    sources: ["OpenBSD, pf.conf(5): static-port, timeouts"],
    ports: { kind: "preservation", otherwise: "random" },
    overloading: "per-remote",
    timeouts: PF_TIMEOUTS,
  },
  {
    ...PRODUCT,
    name: "cisco-asa-pat",
    doc: "Dynamic PAT: the real port if it is free, one mapping for all destinations, return traffic only.",
    sources: ["Cisco ASA Series Firewall CLI Configuration Guide: Dynamic PAT; timeout conn, udp"],
    mapping: "endpoint-independent",
    ports: { kind: "preservation", otherwise: "sequential" },
    timeouts: {
      udpUnrepliedMs: 120_000,
      udpAssuredMs: 120_000,
      tcpTransitoryMs: 30_000,
      tcpEstablishedMs: 3_600_000,
    },
  },
  {
    ...PRODUCT,
    name: "vpp-nat44-ed",
    doc: "A fast software router: endpoint-dependent in all, external ports reused for other remotes.",
    sources: [
      "FD.io VPP, NAT44-ED: NAT44 Endpoint Dependent; default timeouts as RFC 4787 and 5382",
    ],
    ports: { kind: "preservation", otherwise: "random" },
    overloading: "per-remote",
    hairpinning: "external-source",
    timeouts: {
      udpUnrepliedMs: 300_000,
      udpAssuredMs: 300_000,
      tcpTransitoryMs: 240_000,
      tcpEstablishedMs: 7_440_000,
    },
  },
  {
    ...PRODUCT,
    name: "aws-nat-gateway",
    doc: "A cloud's gateway: symmetric, ports shared between destinations, 350 s idle for everything.",
    sources: ["AWS, VPC user guide: NAT gateways (basics: ports 1024-65535, 350 s idle timeout)"],
    overloading: "per-remote",
    timeouts: {
      udpUnrepliedMs: 350_000,
      udpAssuredMs: 350_000,
      tcpTransitoryMs: 350_000,
      tcpEstablishedMs: 350_000,
    },
  },
  {
    ...PRODUCT,
    name: "google-cloud-nat-eim",
    doc: "A cloud's NAT with endpoint-independent mapping on: 64 ports for each machine, short timeouts.",
    sources: ["Google Cloud, Cloud NAT: ports and addresses (64 ports a VM), timeouts, mapping"],
    mapping: "endpoint-independent",
    ports: { kind: "block", blockPorts: 64 },
    timeouts: {
      udpUnrepliedMs: 30_000,
      udpAssuredMs: 30_000,
      tcpTransitoryMs: 30_000,
      tcpEstablishedMs: 1_200_000,
    },
    bounds: { sessionsMax: 65_536, mappingsPerHostMax: 64, eviction: "refuse" },
  },
  {
    ...PRODUCT,
    name: "pion-vnet",
    doc: "The default NAT of another simulator, to compare results with it: open cone, ports from 49152 up, 30 s.",
    sources: [
      "pion/transport and webrtc-rs, vnet NAT: defaults of mapping, filtering and lifetime",
    ],
    mapping: "endpoint-independent",
    filtering: "endpoint-independent",
    ports: { kind: "sequential", step: 1 },
    portRange: { first: 49_152, last: 65_535 },
    refresh: "outbound",
    timeouts: {
      udpUnrepliedMs: 30_000,
      udpAssuredMs: 30_000,
      tcpTransitoryMs: 30_000,
      tcpEstablishedMs: 30_000,
    },
  },
  {
    ...PRODUCT,
    name: "natlab-easy",
    doc: "The home NAT of another simulator: one random port for all destinations, return traffic only.",
    sources: ["Tailscale, tstest/natlab/vnet: easy NAT (endpoint-independent mapping)"],
    mapping: "endpoint-independent",
    timeouts: {
      udpUnrepliedMs: 120_000,
      udpAssuredMs: 120_000,
      tcpTransitoryMs: 240_000,
      tcpEstablishedMs: 7_440_000,
    },
  },
];
