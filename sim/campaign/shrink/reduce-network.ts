import type { LinkPlan, NatPlan, TopologyPlan } from "../../network/topology.ts";
import type { Case } from "../scenario.ts";
import type { Reduction } from "./reduction.ts";

/** The link that is the least trouble: no loss, hardly any delay. */
const SIMPLEST_LINK: LinkPlan = { preset: "lan" };
/** The NAT that lets most through. */
const SIMPLEST_PROFILE = "full-cone";

/** Links that a case has become a LAN's. */
export const SIMPLER_LINKS: Reduction = {
  name: "links",
  count: ({ topology }) => countLinks(topology),
  reduce: (given, from, to) => withTopology(given, simplerLinks(given.topology, from, to)),
};

/** NAT boxes of a case become full cones. */
export const SIMPLER_NATS: Reduction = {
  name: "NAT profiles",
  count: ({ topology }) => topology.nats.filter(isIntricate).length,
  reduce: (given, from, to) => {
    const chosen = given.topology.nats.filter(isIntricate).slice(from, to);
    const nats = given.topology.nats.map((nat) =>
      chosen.includes(nat) ? { ...nat, profile: SIMPLEST_PROFILE } : nat,
    );
    return withTopology(given, { ...given.topology, nats });
  },
};

function isIntricate({ profile }: NatPlan): boolean {
  return profile !== SIMPLEST_PROFILE;
}

function withTopology(given: Case, topology: TopologyPlan): Case {
  return { ...given, topology };
}

function isTrouble(link: LinkPlan): boolean {
  return link.preset !== SIMPLEST_LINK.preset || Object.keys(link).length > 1;
}

function countLinks({ hosts, nats }: TopologyPlan): number {
  const links = [...hosts.map(({ link }) => link), ...nats.flatMap(linksOfNat)];
  return links.filter(isTrouble).length;
}

function linksOfNat({ innerLink = SIMPLEST_LINK, outerLink }: NatPlan): readonly LinkPlan[] {
  return [innerLink, outerLink];
}

/** The links that are no LAN's are numbered from 0, in the order of hosts and then boxes. */
function simplerLinks(topology: TopologyPlan, from: number, to: number): TopologyPlan {
  let number = 0;
  const simpler = (link: LinkPlan): LinkPlan => {
    if (!isTrouble(link)) return link;
    const isChosen = number >= from && number < to;
    number += 1;
    return isChosen ? SIMPLEST_LINK : link;
  };
  const hosts = topology.hosts.map((host) => ({ ...host, link: simpler(host.link) }));
  const nats = topology.nats.map(({ innerLink, ...nat }) => ({
    ...nat,
    ...(innerLink && { innerLink: simpler(innerLink) }),
    outerLink: simpler(nat.outerLink),
  }));
  return { ...topology, hosts, nats };
}
