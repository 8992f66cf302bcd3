/** A MAC key with its state prepared, for many small messages. */
export interface MacKey {
  /** HMAC-SHA256 (RFC 2104), 32 bytes. The result is valid until the next call on any MacKey. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** What one RFC 5869 derivation takes. */
export interface HkdfInput {
  readonly secret: Uint8Array;
  /** Empty for none. */
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  /** Length of the result, 1–8160 bytes. */
  readonly bytes: number;
}

/** What one AES-256-GCM operation takes. */
export interface AesGcmInput {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes, never twice under one key. */
  readonly nonce: Uint8Array;
  readonly associated: Uint8Array;
  /** Plaintext to seal, or ciphertext followed by its 16-byte tag to open. */
  readonly bytes: Uint8Array;
  /** What `aesGcmAhead` made for this operation, key and nonce; of use once. */
  readonly ahead?: object | undefined;
}

/** An X25519 key pair; 32 bytes each. */
export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Bytes that `aesGcmSeal` adds to its plaintext. */
export const AEAD_TAG_BYTES = 16;

/**
 * The primitives that roles need, given to them synchronously. Keys and results are plain bytes.
 * What a peer sent never makes a method throw; a wrong length of what we hold ourselves is a RangeError.
 */
export interface Crypto {
  randomBytes(bytes: number): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  macKey(key: Uint8Array): MacKey;
  /** RFC 5869 with SHA-256. */
  hkdfSha256(input: HkdfInput): Uint8Array;
  /** X25519 public key of a 32-byte private key. */
  x25519Public(privateKey: Uint8Array): Uint8Array;
  /** RFC 7748 shared secret; undefined if it is all zero (a low-order point) or the public key is malformed. */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** Writes ciphertext and tag at the start of `out`, which has room for 16 bytes more than the plaintext and does not overlap it. */
  aesGcmSeal(input: AesGcmInput, out: Uint8Array): void;
  /**
   * The same as ciphertext and tag, in bytes of their own: in bulk, a platform can spare a copy. Without it they are cut
   * from what `aesGcmSeal` writes.
   */
  aesGcmSealParts?(input: AesGcmInput): readonly [ciphertext: Uint8Array, tag: Uint8Array];
  /** The plaintext, in bytes of its own; undefined if the tag does not fit. */
  aesGcmOpen(input: AesGcmInput): Uint8Array | undefined;
  /**
   * Does ahead what an operation needs besides its bytes, where a platform can: bytes that come rarely are then sealed
   * and opened sooner (docs/decisions/0128-work-ahead-of-the-bytes.md).
   */
  aesGcmAhead?(operation: "seal" | "open", key: Uint8Array, nonce: Uint8Array): object;
  /** RSASSA-PSS, SHA-256, MGF1-SHA256, 32-byte salt; the key as SubjectPublicKeyInfo DER. False for any malformed key or signature. */
  rsaPssVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** The same with a PKCS #8 DER private key. */
  rsaPssSign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** Constant-time comparison; false for unequal lengths. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

/** A fresh X25519 key pair from the injected randomness. */
export function createKeyPair(crypto: Crypto): KeyPair {
  const privateKey = crypto.randomBytes(32);
  return { privateKey, publicKey: crypto.x25519Public(privateKey) };
}
