import { createPrivateKey, createPublicKey, hash, type KeyObject } from "node:crypto";
import { RecentMap } from "../core/recent-map.ts";

/** What stands in front of the 32 bytes of an X25519 public key (SubjectPublicKeyInfo, RFC 8410). */
const X25519_PUBLIC_PREFIX = Buffer.from("302a300506032b656e032100", "hex");
/** What stands in front of the 32 bytes of an X25519 private key (PKCS #8, RFC 8410). */
const X25519_PRIVATE_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");

/** Imports an X25519 public key. The caller checked its length, so every value is a valid key. */
export function importX25519Public(publicKey: Uint8Array): KeyObject {
  const der = Buffer.concat([X25519_PUBLIC_PREFIX, publicKey]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/**
 * Imported X25519 private keys, remembered for as long as their bytes are referenced. Importing costs as
 * much as the agreement itself, and a static key serves many handshakes. No secret becomes a string, and
 * bytes that were overwritten since (a wiped ephemeral key) are noticed.
 */
export class X25519PrivateKeys {
  readonly #known = new WeakMap<Uint8Array, { readonly copy: Buffer; readonly key: KeyObject }>();

  /** @throws {RangeError} if the private key is not 32 bytes: a bug in the caller. */
  import(privateKey: Uint8Array): KeyObject {
    if (privateKey.length !== 32) throw new RangeError("an X25519 private key has 32 bytes");
    const known = this.#known.get(privateKey);
    if (known?.copy.equals(privateKey)) return known.key;
    const copy = Buffer.from(privateKey);
    const der = Buffer.concat([X25519_PRIVATE_PREFIX, copy]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    this.#known.set(privateKey, { copy, key });
    return key;
  }
}

/** Imported RSA public keys by the hash of their DER, so that a known key costs its verification only. */
export class RsaPublicKeys {
  readonly #known: RecentMap<string, KeyObject>;

  /** @param keysMax keys to remember, about 2 KiB each; at least 1. */
  constructor(keysMax: number) {
    this.#known = new RecentMap(keysMax);
  }

  /** Undefined if the bytes are not an RSA key. */
  import(der: Uint8Array): KeyObject | undefined {
    const name = hash("sha256", der, "base64url");
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const key = importRsaPublic(der);
    if (key !== undefined) this.#known.set(name, key);
    return key;
  }
}

function importRsaPublic(der: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
    return key.asymmetricKeyType === "rsa" ? key : undefined;
  } catch {
    return undefined;
  }
}
