import { ipScope, transportIp } from "../../../core/index.ts";
import type { IpScope } from "../../../core/index.ts";

/** What is made of the address under which a node wants to be reached. */
export type NodeAddress =
  /** Canonical. */
  | { readonly kind: "good"; readonly address: string }
  /** Why not, for the node's operator. */
  | { readonly kind: "refused"; readonly problem: string };

/**
 * Whether other nodes may be told to dial an address. One that means something else to each of them (private, of a link,
 * of the machine itself) would have them dial their own neighbours, and is taken only from a node that the main server
 * itself sees at such an address: then all of them are in that place.
 *
 * @param given as the node wrote it; null for the one that the main server sees.
 * @param seen where the node's connection comes from.
 */
export function nodeAddress(given: string | null, seen: string): NodeAddress {
  const here = transportIp(seen) ?? seen;
  if (given === null) return { kind: "good", address: here };
  const address = transportIp(given);
  if (address === undefined) return refused(`the address ${given} is not an IP address`);
  // As a quotation of what the main server sees it says nothing new.
  if (address === here) return { kind: "good", address };
  const scope = ipScope(address) ?? "none";
  if (scope === "none" || METADATA.has(address)) {
    return refused(`the address ${given} is not one at which a node can be reached`);
  }
  if (scope === "global" || ADMITS[ipScope(here) ?? "none"].includes(scope)) {
    return { kind: "good", address };
  }
  return refused(
    `the address ${given} means something else to every other node; the main server sees ${here}`,
  );
}

/** Scopes of which a node may name an address that is seen at one of a scope. Programs of one machine are on its networks, too. */
const ADMITS: Readonly<Record<IpScope, readonly IpScope[]>> = {
  global: [],
  site: ["site"],
  link: ["link"],
  loopback: ["loopback", "site"],
  none: [],
};

/** Where clouds answer their machines with secrets: no node of anybody is there. */
const METADATA: ReadonlySet<string> = new Set([
  "169.254.169.254",
  "169.254.170.2",
  "100.100.100.200",
  "fd00:ec2::254",
]);

function refused(problem: string): NodeAddress {
  return { kind: "refused", problem };
}
