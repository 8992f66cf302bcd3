import identities from "./identities.json" with { type: "json" };
import { CertificateVerifier, decodeBase64Url } from "../../runtime/core/index.ts";
import type { Identity } from "../../runtime/core/index.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";

/** A party that tests know by name. */
export type PartyName = keyof typeof identities;

const NO_KEY = new Uint8Array(0);

/**
 * The identity of a party. All were made once, because RSA keys are slow to make; what signed the
 * certificates was thrown away, so these identities are good for nothing outside of tests.
 */
export function identityOf(name: PartyName): Identity {
  const known = verified.get(name) ?? readIdentity(name);
  verified.set(name, known);
  return known;
}

const verified = new Map<PartyName, Identity>();

function readIdentity(name: PartyName): Identity {
  const crypto = createNodeCrypto();
  const kept = identities[name];
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
