import type { LinkPlan, TopologyPlan } from "../topology.ts";

const LAN: LinkPlan = { preset: "lan" };

/** Two hosts, `a` and `b`, on one segment. */
export function pair(link: LinkPlan = LAN): TopologyPlan {
  return {
    segments: [{ name: "net" }],
    hosts: [
      { name: "a", segment: "net", address: "192.0.2.1", link },
      { name: "b", segment: "net", address: "192.0.2.2", link },
    ],
    nats: [],
  };
}

/** Host `a` at home, whose box is behind a carrier's, and host `b` on the Internet. */
export function homeBehindCarrier(profiles: {
  readonly home: string;
  readonly carrier: string;
}): TopologyPlan {
  return {
    segments: [{ name: "internet" }, { name: "carrier" }, { name: "home" }],
    hosts: [
      { name: "a", segment: "home", address: "192.168.1.2", link: LAN },
      { name: "b", segment: "internet", address: "192.0.2.2", link: { preset: "dataCentre" } },
    ],
    nats: [
      {
        name: "box",
        profile: profiles.home,
        inner: "home",
        outer: "carrier",
        externalAddresses: ["100.64.0.7"],
        outerLink: { preset: "dsl" },
      },
      {
        name: "cgn",
        profile: profiles.carrier,
        inner: "carrier",
        outer: "internet",
        externalAddresses: ["198.51.100.7"],
        outerLink: { preset: "dataCentre" },
      },
    ],
  };
}
