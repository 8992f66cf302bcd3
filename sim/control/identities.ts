import identities from "./identities.json" with { type: "json" };
import { CertificateVerifier, decodeBase64Url } from "../../runtime/core/index.ts";
import type { Crypto, Identity } from "../../runtime/core/index.ts";
import { SimulatedCrypto, simulatedIdentity } from "../crypto/simulated-crypto.ts";

/** A party whose real keys are kept in `identities.json`. */
export type PartyName = keyof typeof identities;

const NO_KEY = new Uint8Array(0);

/**
 * The identity of a party, by its name. With simulated crypto any name is a party; the real primitives know those of
 * `identities.json`, which were made once, because RSA keys are slow to make; what signed the certificates was thrown
 * away, so these identities are good for nothing outside of tests.
 * @throws {RangeError} if the primitives are real and know no such party.
 */
export function partyIdentity(crypto: Crypto, name: string): Identity {
  if (crypto instanceof SimulatedCrypto) return simulatedIdentity(name);
  const kept = Object.entries(identities).find(([party]) => party === name)?.[1];
  if (kept === undefined) throw new RangeError(`no identity is kept for ${name}`);
  const certificate = bytesOf(kept.certificate);
  const privateKey = bytesOf(kept.staticKey);
  const { fingerprint } = new CertificateVerifier(crypto, 1).verify(certificate);
  const staticKey = { privateKey, publicKey: crypto.x25519Public(privateKey) };
  return { signingKey: NO_KEY, staticKey, certificate, fingerprint };
}

function bytesOf(text: string): Uint8Array {
  const bytes = decodeBase64Url(text);
  if (bytes === undefined) throw new RangeError("identities.json holds base64url texts");
  return bytes;
}
