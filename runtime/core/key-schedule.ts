import { asciiBytes } from "./ascii.ts";
import type { Crypto } from "./crypto.ts";

/** What a key derived from the key K of a router and its hub is for. No two purposes share a key. */
export type KeyPurpose =
  "router to hub" | "hub to router" | "key offer" | "grant" | "enrolment confirmation";

const NO_SALT = new Uint8Array(0);

/** A key of 32 bytes for one purpose, from the 32 bytes of K. */
export function deriveKey(crypto: Crypto, secret: Uint8Array, purpose: KeyPurpose): Uint8Array {
  const info = asciiBytes(`tagwire key 1: ${purpose}`);
  return crypto.hkdfSha256({ secret, salt: NO_SALT, info, bytes: 32 });
}
