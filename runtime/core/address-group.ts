import { parseIpv6 } from "./ip.ts";

/**
 * What counts as one neighbour when something is bounded per address: an IPv4 address, or the /64
 * network of an IPv6 address, since whoever has one address there usually has all of them.
 */
export function addressGroup(address: string): string {
  const groups = parseIpv6(address);
  if (groups === undefined) return address;
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(":")}::/64`;
}
