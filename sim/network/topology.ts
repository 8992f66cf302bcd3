import { LINK_PRESETS } from "./link-presets.ts";
import type { LinkParameters, LinkPresetName } from "./link-presets.ts";

/** A link: a preset, or a preset with other parameters. */
export interface LinkPlan extends Partial<LinkParameters> {
  readonly preset: LinkPresetName;
}

/** Where packets cross in no time between what is attached: the Internet, a provider's network, a LAN. */
export interface SegmentPlan {
  readonly name: string;
}

/** A host and the link that attaches it. The link has the host's name. */
export interface HostPlan {
  readonly name: string;
  readonly segment: string;
  /** Canonical text, IPv4 or IPv6. */
  readonly address: string;
  readonly link: LinkPlan;
}

/**
 * A NAT box: the way out of its inner segment, which has no other. Its links are `<name> inner` and
 * `<name> outer`. Where its outer segment lies behind a further box, the two are a home behind a carrier.
 */
export interface NatPlan {
  readonly name: string;
  /** Name of a NAT profile. */
  readonly profile: string;
  readonly inner: string;
  readonly outer: string;
  /** On the outer segment, canonical text, at least one. */
  readonly externalAddresses: readonly string[];
  /** Default: the preset `lan`. */
  readonly innerLink?: LinkPlan;
  readonly outerLink: LinkPlan;
}

/** A network as plain data: what a replay file holds. */
export interface TopologyPlan {
  readonly segments: readonly SegmentPlan[];
  readonly hosts: readonly HostPlan[];
  readonly nats: readonly NatPlan[];
}

/** A link by its name. */
export interface NamedLink {
  readonly name: string;
  readonly parameters: LinkParameters;
}

/** The parameters that a link of a plan has. @throws {RangeError} if there is no such preset. */
function linkParameters({ preset, ...others }: LinkPlan): LinkParameters {
  if (!Object.hasOwn(LINK_PRESETS, preset)) {
    const names = Object.keys(LINK_PRESETS).join(", ");
    throw new RangeError(`no link preset is called ${preset}; there are ${names}`);
  }
  return { ...LINK_PRESETS[preset], ...others };
}

/** The link on the inner side of a NAT box. */
export function innerLinkOf({ name, innerLink = { preset: "lan" } }: NatPlan): NamedLink {
  return { name: `${name} inner`, parameters: linkParameters(innerLink) };
}

/** The link on the outer side of a NAT box. */
export function outerLinkOf({ name, outerLink }: NatPlan): NamedLink {
  return { name: `${name} outer`, parameters: linkParameters(outerLink) };
}

/** The link of a host. */
export function linkOf({ name, link }: HostPlan): NamedLink {
  return { name, parameters: linkParameters(link) };
}

/** Every link of a topology. */
export function linksOf({ hosts, nats }: TopologyPlan): readonly NamedLink[] {
  return [...hosts.map(linkOf), ...nats.flatMap((nat) => [innerLinkOf(nat), outerLinkOf(nat)])];
}

/** @throws {RangeError} if names or addresses clash, a segment is missing or has two ways out, or NAT boxes lead in a circle. */
export function checkTopology(plan: TopologyPlan): void {
  const segments = new Set<string>();
  const nodes = new Set<string>();
  const addresses = new Set<string>();
  const wayOut = new Map<string, string>();
  for (const { name } of plan.segments) claim(segments, name, "segment");
  for (const { name, segment, address } of plan.hosts) {
    claim(nodes, name, "host or NAT box");
    need(segments, segment, name);
    claim(addresses, `${segment} ${address}`, "address");
  }
  for (const { name, inner, outer, externalAddresses } of plan.nats) {
    claim(nodes, name, "host or NAT box");
    need(segments, inner, name);
    need(segments, outer, name);
    if (externalAddresses.length === 0) throw new RangeError(`${name} has no external address`);
    for (const address of externalAddresses) claim(addresses, `${outer} ${address}`, "address");
    if (wayOut.has(inner)) throw new RangeError(`segment ${inner} has two ways out`);
    wayOut.set(inner, outer);
  }
  for (const { name } of plan.segments) refuseCircle(name, wayOut);
  const links = new Set<string>();
  for (const { name, parameters } of linksOf(plan)) {
    claim(links, name, "link");
    checkLink(name, parameters);
  }
}

function claim(taken: Set<string>, name: string, what: string): void {
  if (taken.has(name)) throw new RangeError(`there are two of ${what} ${name}`);
  taken.add(name);
}

function need(segments: ReadonlySet<string>, segment: string, of: string): void {
  if (!segments.has(segment)) throw new RangeError(`${of} is on an unknown segment: ${segment}`);
}

function refuseCircle(segment: string, wayOut: ReadonlyMap<string, string>): void {
  const passed = new Set<string>();
  for (let at: string | undefined = segment; at !== undefined; at = wayOut.get(at)) {
    if (passed.has(at)) throw new RangeError(`the ways out of segment ${at} lead back to it`);
    passed.add(at);
  }
}

function checkLink(name: string, link: LinkParameters): void {
  const { latencyUs, jitterUs, reorderingUs, queueBytes, mtuBytes } = link;
  const { goodToBadRatio, badToGoodRatio, goodLossRatio, badLossRatio } = link.loss;
  const changes = [goodToBadRatio, badToGoodRatio, link.duplicationRatio, link.reorderingRatio];
  const ratios = [...changes, goodLossRatio, badLossRatio];
  const isWhole = [latencyUs, reorderingUs].every((us) => Number.isSafeInteger(us) && us >= 0);
  const isFast = link.upBitsPerSecond > 0 && link.downBitsPerSecond > 0;
  const isRoomy = jitterUs >= 0 && jitterUs < Infinity && queueBytes > 0 && mtuBytes >= 68;
  const isLikely = ratios.every((ratio) => ratio >= 0 && ratio <= 1);
  if (!isWhole || !isFast || !isRoomy || !isLikely) {
    throw new RangeError(`link ${name} has impossible parameters`);
  }
}
