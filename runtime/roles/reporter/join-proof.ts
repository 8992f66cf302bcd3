import { encodeTranscript } from "../../core/index.ts";
import type { Crypto } from "../../core/index.ts";

/** What a join proof is over: the parts of an enrolment request that no other request has. */
export interface JoinRequest {
  readonly cookie: Uint8Array;
  readonly ephemeral: Uint8Array;
  readonly certificate: Uint8Array;
}

/** Shows that a server has the network's join secret without giving it away: HMAC-SHA256, 32 bytes. */
export function joinProof(crypto: Crypto, secret: Uint8Array, request: JoinRequest): Uint8Array {
  const { cookie, ephemeral, certificate } = request;
  const said = encodeTranscript("tagwire join 1", [cookie, ephemeral, certificate]);
  return crypto.macKey(secret).sign(said).slice();
}
