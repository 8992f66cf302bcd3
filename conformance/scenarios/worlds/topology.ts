import type { TopologyPlan } from "../../../sim/network/topology.ts";

/**
 * Where the hosts of the scenarios are, in worlds that have a topology: hub and server on the Internet; the router at
 * home behind a NAT box; the client behind a home box and the carrier's box in front of that; the stranger in its own
 * home.
 */
export const WORLD_TOPOLOGY: TopologyPlan = {
  segments: ["internet", "carrier", "router home", "client home", "stranger home"].map((name) => ({
    name,
  })),
  hosts: [
    host("hub", "internet", "192.0.2.1"),
    host("server", "internet", "203.0.113.1"),
    host("router", "router home", "192.168.1.10"),
    host("client", "client home", "192.168.1.20"),
    host("stranger", "stranger home", "192.168.1.20"),
  ],
  nats: [
    box("router box", "linux-masquerade-input-drop", "router home", "internet", "198.51.100.1"),
    box("client box", "linux-masquerade", "client home", "carrier", "100.64.0.9"),
    box("carrier box", "linux-fully-random", "carrier", "internet", "198.51.100.2"),
    box("stranger box", "linux-random", "stranger home", "internet", "198.51.100.3"),
  ],
};

function host(name: string, segment: string, address: string): TopologyPlan["hosts"][number] {
  return { name, segment, address, link: { preset: "lan" } };
}

// eslint-disable-next-line max-params -- a row of a table
function box(
  name: string,
  profile: string,
  inner: string,
  outer: string,
  address: string,
): TopologyPlan["nats"][number] {
  return {
    name,
    profile,
    inner,
    outer,
    externalAddresses: [address],
    outerLink: { preset: "dsl" },
  };
}
