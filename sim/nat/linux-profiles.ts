import type { ConntrackTimeouts, LinuxProfile } from "./profile.ts";

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** The defaults of Linux's connection tracking (Documentation/networking/nf_conntrack-sysctl.rst). */
const LINUX_TIMEOUTS: ConntrackTimeouts = {
  udpMs: 30 * SECOND_MS,
  udpStreamMs: 120 * SECOND_MS,
  tcpSynSentMs: 120 * SECOND_MS,
  tcpSynRecvMs: 60 * SECOND_MS,
  tcpEstablishedMs: 5 * DAY_MS,
  tcpFinWaitMs: 120 * SECOND_MS,
  tcpCloseWaitMs: 60 * SECOND_MS,
  tcpLastAckMs: 30 * SECOND_MS,
  tcpTimeWaitMs: 120 * SECOND_MS,
  tcpCloseMs: 10 * SECOND_MS,
  tcpUnacknowledgedMs: 300 * SECOND_MS,
};

const MEASURED = "Measured against Linux 6.18 by conformance/world/namespaces";
const SYSCTL =
  "Linux, Documentation/networking/nf_conntrack-sysctl.rst (timeouts, nf_conntrack_max)";
const NFT = "nftables, nft(8): masquerade, random, fully-random";

const MASQUERADE = {
  kind: "linux",
  ports: "keep",
  input: "accept",
  timeouts: LINUX_TIMEOUTS,
  entriesMax: 262_144,
} as const;

/** Linux routers, by what their rules say. */
export const LINUX_PROFILES: readonly LinuxProfile[] = [
  {
    ...MASQUERADE,
    name: "linux-masquerade",
    doc: "nftables or iptables masquerade on a box whose INPUT accepts: an early datagram of the peer takes the port.",
    sources: [MEASURED, SYSCTL, NFT],
  },
  {
    ...MASQUERADE,
    name: "linux-masquerade-input-drop",
    doc: "Masquerade on a box whose INPUT drops what it did not ask for, as OpenWrt and most home routers do.",
    input: "drop",
    sources: [MEASURED, SYSCTL, "OpenWrt, firewall defaults: input REJECT or DROP on wan"],
  },
  {
    ...MASQUERADE,
    name: "linux-random",
    doc: "Masquerade with `random`: since Linux 5.0 the same as `fully-random`.",
    ports: "random",
    sources: [MEASURED, SYSCTL, NFT],
  },
  {
    ...MASQUERADE,
    name: "linux-fully-random",
    doc: "Masquerade with `fully-random`, as container platforms set it against port clashes: another port for each remote.",
    ports: "fully-random",
    sources: [MEASURED, SYSCTL, NFT],
  },
];
