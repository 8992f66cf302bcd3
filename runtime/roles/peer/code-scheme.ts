import { encodeTranscript, integerBytes } from "../../core/index.ts";
import type { Crypto } from "../../core/index.ts";

/** Who compares: the one who began, and the other. */
export interface CodeParties {
  /** Fingerprints, 32 bytes each, as the one who computes sees them. */
  readonly initiator: Uint8Array;
  readonly responder: Uint8Array;
  readonly round: number;
}

/** How users find out whether they see the same certificates. */
export interface CodeScheme {
  /** Digits of the code. Whoever forges a certificate is found out but for one case in 10^digits. */
  readonly digits: number;
  /** What the initiator sends before it knows the responder's nonce. */
  commitment(crypto: Crypto, parties: CodeParties, nonce: Uint8Array): Uint8Array;
  /** Whether a nonce that is revealed is the one that was committed to. */
  holds(
    crypto: Crypto,
    parties: CodeParties,
    revealed: { readonly nonce: Uint8Array; readonly commitment: Uint8Array },
  ): boolean;
  /** What both users see if nobody stands between them. */
  code(
    crypto: Crypto,
    parties: CodeParties,
    nonces: { readonly initiator: Uint8Array; readonly responder: Uint8Array },
  ): string;
}

const commitment: CodeScheme["commitment"] = (crypto, parties, nonce) =>
  crypto.sha256(
    encodeTranscript("tagwire peer commitment 1", [
      parties.initiator,
      parties.responder,
      integerBytes(parties.round, 4),
      nonce,
    ]),
  );

const holds: CodeScheme["holds"] = (crypto, parties, revealed) =>
  crypto.equal(commitment(crypto, parties, revealed.nonce), revealed.commitment);

/** Codes of so many digits. Six is what people compare; tests take fewer, so that chance can be counted. */
export function codeScheme(digits: number): CodeScheme {
  return { digits, commitment, holds, code: codeOf(digits) };
}

/** Codes of six digits. */
export const SIX_DIGITS: CodeScheme = codeScheme(6);

function codeOf(digits: number): CodeScheme["code"] {
  return (crypto, parties, nonces) => {
    const hash = crypto.sha256(
      encodeTranscript("tagwire peer code 1", [
        parties.initiator,
        parties.responder,
        integerBytes(parties.round, 4),
        nonces.initiator,
        nonces.responder,
      ]),
    );
    // 64 bits: what is left over of the remainder favours no code by more than 10^-12.
    const view = new DataView(hash.buffer, hash.byteOffset, hash.length);
    const code = view.getBigUint64(0) % 10n ** BigInt(digits);
    return code.toString().padStart(digits, "0");
  };
}
