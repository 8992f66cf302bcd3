import { encodeTranscript } from "../../core/index.ts";
import type { Crypto } from "../../core/index.ts";

/** Length of the nonce of a HopHello. */
const NONCE_BYTES = 16;

/** A fresh nonce. */
export function createHopNonce(crypto: Crypto): Uint8Array {
  return crypto.randomBytes(NONCE_BYTES);
}

/**
 * What shows that its sender has the ticket, 32 bytes: of who connects (`join`) or of who listens (`welcome`), so that
 * neither can be sent back as the other.
 */
export function hopProof(
  crypto: Crypto,
  ticket: Uint8Array,
  proof: { readonly by: "join" | "welcome"; readonly nonce: Uint8Array },
): Uint8Array {
  const signed = encodeTranscript(`tagwire tunnel ${proof.by} 1`, [proof.nonce]);
  return crypto.macKey(ticket).sign(signed).slice();
}
