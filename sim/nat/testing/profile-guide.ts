import type { AxesProfile, LinuxProfile, NatProfile, PortAllocation } from "../index.ts";

const HEAD = `# NAT profiles

The simulator puts hosts behind NATs with these names (\`NAT_PROFILES\` in \`sim/nat/profiles.ts\`). Each says where its
parameters come from. Where a source gives a range or nothing, the value is a choice within what RFC 4787 and RFC 5382 allow.
The text below is made from the profiles; \`sim/nat/profiles.test.ts\` compares it and writes it anew if the environment
variable \`TAGWIRE_UPDATE\` is set.

Carrier-grade NAT in front of a home's NAT is two NATs in a row, of any two profiles.
`;

/** The text of `docs/guides/nat-profiles.md`. */
export function profileGuide(profiles: readonly NatProfile[]): string {
  return [HEAD, ...profiles.map(section)].join("\n");
}

function section(profile: NatProfile): string {
  const facts = profile.kind === "axes" ? axesFacts(profile) : linuxFacts(profile);
  const sources = profile.sources.map((source) => `Source: ${source}.`);
  const items = [...facts, ...sources].map((fact) => `- ${fact}\n`).join("");
  return `## ${profile.name}\n\n${profile.doc}\n\n${items}`;
}

function axesFacts(profile: AxesProfile): readonly string[] {
  const { mapping, filtering, portRange, timeouts, unsolicitedTcp } = profile;
  const { sessionsMax, mappingsPerHostMax, eviction } = profile.bounds;
  const range = `${String(portRange.first)} to ${String(portRange.last)}`;
  const late = unsolicitedTcp.kind === "drop" ? "" : ` after ${seconds(unsolicitedTcp.afterMs)}`;
  return [
    `Mapping ${mapping}, filtering ${filtering}.`,
    `Ports: ${portsText(profile.ports)}, of ${range}; shared: ${profile.overloading}.`,
    `Hairpins: ${profile.hairpinning}. Pool of addresses: ${profile.pooling}.`,
    `UDP lives ${seconds(timeouts.udpUnrepliedMs)}, answered ${seconds(timeouts.udpAssuredMs)}; kept alive: ${profile.refresh}.`,
    `TCP lives ${seconds(timeouts.tcpTransitoryMs)} while it opens or closes, ${seconds(timeouts.tcpEstablishedMs)} while it is open.`,
    `An unsolicited SYN: ${unsolicitedTcp.kind}${late}. A connection's middle: ${profile.tcpMidstream}.`,
    `At most ${String(sessionsMax)} sessions and ${String(mappingsPerHostMax)} mappings of one host; then: ${eviction}.`,
  ];
}

function linuxFacts({ ports, input, timeouts, entriesMax }: LinuxProfile): readonly string[] {
  return [
    `Connection tracking with masquerade, ports: ${ports}. INPUT: ${input}.`,
    `UDP lives ${seconds(timeouts.udpMs)}, as a stream ${seconds(timeouts.udpStreamMs)}.`,
    `TCP lives ${seconds(timeouts.tcpSynSentMs)} after a SYN, ${seconds(timeouts.tcpEstablishedMs)} while it is open, ${seconds(timeouts.tcpCloseMs)} after RST.`,
    `At most ${String(entriesMax)} connections; then those that are not assured make room.`,
  ];
}

function portsText(ports: PortAllocation): string {
  switch (ports.kind) {
    case "preservation":
      return `kept, otherwise ${ports.otherwise}`;
    case "sequential":
      return `sequential by ${String(ports.step)}`;
    case "block":
      return `blocks of ${String(ports.blockPorts)}`;
    case "parity":
    case "contiguous":
    case "random":
      return ports.kind;
  }
}

function seconds(ms: number): string {
  return `${String(ms / 1000)} s`;
}
