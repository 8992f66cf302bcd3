import { transportIp } from "../../../core/index.ts";
import { isDialable, isMachine } from "../dialable.ts";

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
  if (!isMachine(address)) {
    return refused(`the address ${given} is not one at which a node can be reached`);
  }
  if (isDialable(address, here)) return { kind: "good", address };
  return refused(
    `the address ${given} means something else to every other node; the main server sees ${here}`,
  );
}

function refused(problem: string): NodeAddress {
  return { kind: "refused", problem };
}
