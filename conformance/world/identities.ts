import type { Identity } from "../../runtime/core/index.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import { partyIdentity } from "../../sim/control/identities.ts";
import type { PartyName } from "../../sim/control/identities.ts";

export type { PartyName };

/** The identity of a party under the real primitives; it is read once. */
export function identityOf(name: PartyName): Identity {
  const known = read.get(name) ?? partyIdentity(createNodeCrypto(), name);
  read.set(name, known);
  return known;
}

const read = new Map<PartyName, Identity>();
