import { AEAD_TAG_BYTES, RecentMap, createIdentity } from "../../runtime/core/index.ts";
import type { AesGcmInput, Crypto, HkdfInput, Identity, MacKey } from "../../runtime/core/index.ts";
import { RandomStream } from "../engine/index.ts";
import { DIGEST_BYTES, QuickHash } from "./quick-hash.ts";
import { groupPublic, groupShared } from "./small-group.ts";

const PURPOSE = {
  hash: 0x686173,
  inner: 0x696e6e,
  outer: 0x6f7574,
  signature: 0x736967,
  modulus: 0x6d6f64,
  pad: 0x706164,
  tag: 0x746167,
};
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const HKDF_BYTES_MAX = 255 * DIGEST_BYTES;
const MODULUS_BYTES = 384;
/** Where the modulus stands in the SubjectPublicKeyInfo of an RSA-3072 key (RFC 8017, A.1). */
const MODULUS_AT = 33;
const PUBLIC_KEY_BYTES = 422;

const hash = new QuickHash();

/**
 * Stands for the real primitives where thousands of runs are to be had: each is some twenty to a hundred times as
 * fast. It is honest among parties that keep to the interface: who has no key opens, forges and computes nothing,
 * what was changed on its way does not verify, and a nonce or key that differs in one bit gives other bytes. It
 * keeps no secret from anyone who looks at its source, and its bytes are no real protocol's: for simulations only.
 */
export class SimulatedCrypto implements Crypto {
  readonly #random: RandomStream;

  /** @param random where random bytes come from. */
  constructor(random: RandomStream) {
    this.#random = random;
  }

  randomBytes(bytes: number): Uint8Array {
    return this.#random.bytes(bytes);
  }

  sha256(bytes: Uint8Array): Uint8Array {
    return hash.begin(PURPOSE.hash).add(bytes).digest();
  }

  macKey(key: Uint8Array): MacKey {
    const kept = key.slice();
    return { sign: (bytes) => mac(kept, bytes) };
  }

  hkdfSha256({ secret, salt, info, bytes }: HkdfInput): Uint8Array {
    if (!(bytes >= 1 && bytes <= HKDF_BYTES_MAX)) {
      throw new RangeError(`HKDF gives 1 to ${String(HKDF_BYTES_MAX)} bytes`);
    }
    const pseudorandom = mac(salt, secret).slice();
    const out = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += DIGEST_BYTES) {
      hash.begin(PURPOSE.outer).add(pseudorandom).add(info).addWord(at).digestInto(scratch);
      out.set(scratch.subarray(0, bytes - at), at);
    }
    return out;
  }

  x25519Public(privateKey: Uint8Array): Uint8Array {
    checkLength(privateKey, KEY_BYTES, "an X25519 private key");
    return groupPublic(privateKey);
  }

  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
    checkLength(privateKey, KEY_BYTES, "an X25519 private key");
    return groupShared(privateKey, publicKey);
  }

  aesGcmSeal(input: AesGcmInput, out: Uint8Array): void {
    checkSeal(input);
    const { length } = input.bytes;
    cover(input, input.bytes, out);
    out.set(tagOf(input, out.subarray(0, length)), length);
  }

  aesGcmOpen(input: AesGcmInput): Uint8Array | undefined {
    checkSeal(input);
    const length = input.bytes.length - AEAD_TAG_BYTES;
    if (length < 0) return undefined;
    const covered = input.bytes.subarray(0, length);
    if (!this.equal(tagOf(input, covered), input.bytes.subarray(length))) return undefined;
    const out = new Uint8Array(length);
    cover(input, covered, out);
    return out;
  }

  /** The key must be one of `simulatedKey`; nobody else's signature verifies. */
  rsaPssVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (publicKey.length !== PUBLIC_KEY_BYTES || signature.length !== MODULUS_BYTES) return false;
    const modulus = publicKey.subarray(MODULUS_AT, MODULUS_AT + MODULUS_BYTES);
    return this.equal(sign(modulus, message), signature);
  }

  /** @param privateKey any bytes: the modulus follows from them (`modulusOf`). */
  rsaPssSign(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
    return sign(modulusOf(privateKey), message);
  }

  equal(a: Uint8Array, b: Uint8Array): boolean {
    return a.length === b.length && a.every((byte, at) => byte === b[at]);
  }
}

/** The identity that has this name in every simulation with simulated crypto. */
export function simulatedIdentity(name: string): Identity {
  const known = identities.get(name);
  if (known !== undefined) return known;
  const crypto = new SimulatedCrypto(RandomStream.fromSeed(`identity ${name}`));
  const [signingKey, privateKey] = [crypto.randomBytes(KEY_BYTES), crypto.randomBytes(KEY_BYTES)];
  const made = createIdentity(crypto, {
    signingKey,
    modulus: modulusOf(signingKey),
    staticKey: { privateKey, publicKey: crypto.x25519Public(privateKey) },
  });
  identities.set(name, made);
  return made;
}

/** An identity takes 2 KB: of a fleet only those that are in use are remembered. */
const identities = new RecentMap<string, Identity>(4096);
const scratch = new Uint8Array(DIGEST_BYTES);
const tagScratch = new Uint8Array(DIGEST_BYTES);
const macScratch = new Uint8Array(DIGEST_BYTES);

/** What makes signatures, and stands for the private half of every key: it is given to nobody. */
const SIGNER = new TextEncoder().encode("simulated signer");

function sign(modulus: Uint8Array, message: Uint8Array): Uint8Array {
  const digest = hash.begin(PURPOSE.signature).add(SIGNER).add(modulus).add(message).digest();
  return expand(digest, PURPOSE.signature);
}

/** Odd, and its highest bit is set, as of any RSA modulus. */
function modulusOf(privateKey: Uint8Array): Uint8Array {
  const modulus = expand(privateKey, PURPOSE.modulus);
  modulus[0] = (modulus[0] as number) | 0x80;
  modulus[MODULUS_BYTES - 1] = (modulus[MODULUS_BYTES - 1] as number) | 1;
  return modulus;
}

function expand(seed: Uint8Array, purpose: number): Uint8Array {
  const out = new Uint8Array(MODULUS_BYTES);
  for (let at = 0; at < out.length; at += DIGEST_BYTES) {
    hash.begin(purpose).add(seed).addWord(at).digestInto(scratch);
    out.set(scratch, at);
  }
  return out;
}

/** Valid until the next call. */
function mac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  hash.begin(PURPOSE.inner).add(key).add(bytes).digestInto(macScratch);
  return macScratch;
}

/** XORs with a stream that follows from key and nonce. */
function cover({ key, nonce }: AesGcmInput, bytes: Uint8Array, out: Uint8Array): void {
  const { length } = bytes;
  for (let at = 0; at < length; at += DIGEST_BYTES) {
    hash.begin(PURPOSE.pad).add(key).add(nonce).addWord(at).digestInto(scratch);
    const end = Math.min(length, at + DIGEST_BYTES);
    for (let index = at; index < end; index += 1) {
      out[index] = (bytes[index] as number) ^ (scratch[index - at] as number);
    }
  }
}

/** Valid until the next call. */
function tagOf({ key, nonce, associated }: AesGcmInput, covered: Uint8Array): Uint8Array {
  hash.begin(PURPOSE.tag).add(key).add(nonce).add(associated).add(covered).digestInto(tagScratch);
  return tagScratch.subarray(0, AEAD_TAG_BYTES);
}

function checkSeal({ key, nonce }: AesGcmInput): void {
  checkLength(key, KEY_BYTES, "an AES-256 key");
  checkLength(nonce, NONCE_BYTES, "the nonce");
}

function checkLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new RangeError(`${what} has ${String(length)} bytes`);
}
