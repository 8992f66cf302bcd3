import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import type { CipherGCM, DecipherGCM } from "node:crypto";
import { AEAD_TAG_BYTES, type AesGcmInput, type Crypto, type HkdfInput } from "../core/crypto.ts";
import { importX25519Public, RsaPublicKeys, X25519PrivateKeys } from "./node-crypto-keys.ts";
import { createMacKey } from "./node-crypto-mac.ts";

const HKDF_BYTES_MAX = 255 * 32;
const RSA_KEYS_MAX = 1024;
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } as const;
const GCM = { authTagLength: AEAD_TAG_BYTES } as const;

/** The primitives from node:crypto, but for HMAC over short messages (`createMacKey` says why). */
export function createNodeCrypto(): Crypto {
  const privateKeys = new X25519PrivateKeys();
  const rsaKeys = new RsaPublicKeys(RSA_KEYS_MAX);
  return {
    randomBytes: (bytes) => randomFillSync(new Uint8Array(bytes)),
    sha256: (bytes) => plain(hash("sha256", bytes, "buffer")),
    macKey: createMacKey,
    hkdfSha256,
    x25519Public: (privateKey) => {
      const der = createPublicKey(privateKeys.import(privateKey)).export({
        format: "der",
        type: "spki",
      });
      return new Uint8Array(der.subarray(-32));
    },
    x25519: (privateKey, publicKey) => {
      const ours = privateKeys.import(privateKey);
      if (publicKey.length !== 32) return undefined;
      return quietly(() =>
        plain(diffieHellman({ privateKey: ours, publicKey: importX25519Public(publicKey) })),
      );
    },
    aesGcmSeal,
    aesGcmSealParts,
    aesGcmOpen,
    aesGcmAhead,
    rsaPssVerify: (publicKey, message, signature) => {
      const key = rsaKeys.import(publicKey);
      if (key === undefined) return false;
      return quietly(() => verify("sha256", message, { key, ...PSS }, signature)) ?? false;
    },
    rsaPssSign: (privateKey, message) => {
      const key = Buffer.from(privateKey);
      return plain(sign("sha256", message, { key, format: "der", type: "pkcs8", ...PSS }));
    },
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}

function hkdfSha256({ secret, salt, info, bytes }: HkdfInput): Uint8Array {
  if (!(bytes >= 1 && bytes <= HKDF_BYTES_MAX)) {
    throw new RangeError(`HKDF-SHA256 gives 1 to ${String(HKDF_BYTES_MAX)} bytes`);
  }
  return new Uint8Array(hkdfSync("sha256", secret, salt, info, bytes));
}

function aesGcmSeal(input: AesGcmInput, out: Uint8Array): void {
  const [ciphertext, tag] = aesGcmSealParts(input);
  out.set(ciphertext);
  out.set(tag, ciphertext.length);
}

function aesGcmSealParts({
  key,
  nonce,
  associated,
  bytes,
  ahead,
}: AesGcmInput): readonly [ciphertext: Uint8Array, tag: Uint8Array] {
  checkAesGcm(key, nonce);
  const cipher = (ahead as CipherGCM | undefined) ?? createCipheriv("aes-256-gcm", key, nonce, GCM);
  if (associated.length > 0) cipher.setAAD(associated);
  const ciphertext = cipher.update(bytes);
  // GCM is a stream mode: `final` computes the tag and gives no bytes.
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}

function aesGcmOpen({ key, nonce, associated, bytes, ahead }: AesGcmInput): Uint8Array | undefined {
  checkAesGcm(key, nonce);
  const plaintextBytes = bytes.length - AEAD_TAG_BYTES;
  if (plaintextBytes < 0) return undefined;
  const decipher =
    (ahead as DecipherGCM | undefined) ?? createDecipheriv("aes-256-gcm", key, nonce, GCM);
  if (associated.length > 0) decipher.setAAD(associated);
  decipher.setAuthTag(bytes.subarray(plaintextBytes));
  const plaintext = decipher.update(bytes.subarray(0, plaintextBytes));
  return quietly(() => {
    decipher.final();
    return plain(plaintext);
  });
}

function aesGcmAhead(operation: "seal" | "open", key: Uint8Array, nonce: Uint8Array): object {
  checkAesGcm(key, nonce);
  return operation === "seal"
    ? createCipheriv("aes-256-gcm", key, nonce, GCM)
    : createDecipheriv("aes-256-gcm", key, nonce, GCM);
}

function checkAesGcm(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== 32) throw new RangeError("an AES-256 key has 32 bytes");
  if (nonce.length !== 12) throw new RangeError("the nonce has 12 bytes");
}

/** node:crypto reports a peer's bad key, tag or signature by throwing; to a role it is an answer like any other. */
function quietly<Value>(attempt: () => Value): Value | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

/** A Buffer's bytes without its class: code that sees both kinds is compiled for both and runs at half the speed. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
