/** A MAC key with its state prepared, for many small messages. */
export interface MacKey {
  /** HMAC-SHA256 (RFC 2104), 32 bytes. The result is valid until the next call on any MacKey. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** The primitives that roles need, given to them synchronously. Keys and results are plain bytes. */
export interface Crypto {
  randomBytes(bytes: number): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  macKey(key: Uint8Array): MacKey;
  /** RFC 5869, without salt where `salt` is empty. */
  hkdfSha256(options: { readonly secret: Uint8Array; readonly salt: Uint8Array; readonly info: Uint8Array; readonly bytes: number }): Uint8Array;
  /** X25519 public key of a 32-byte private key. */
  x25519Public(privateKey: Uint8Array): Uint8Array;
  /** RFC 7748 shared secret; undefined if it is all zero (a low-order point). */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** AES-256-GCM, 12-byte nonce; ciphertext followed by the 16-byte tag. */
  aesGcmSeal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** Undefined if the tag does not fit. */
  aesGcmOpen(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** RSASSA-PSS, SHA-256, MGF1-SHA256, 32-byte salt; the key as SubjectPublicKeyInfo DER. False for any malformed key or signature. */
  rsaPssVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** The same with a PKCS #8 DER private key. */
  rsaPssSign(privateKey: Uint8Array, message: Uint8Array): Uint8Array;
  /** Constant-time comparison; false for unequal lengths. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}
