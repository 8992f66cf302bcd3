import type { Crypto } from "./crypto.ts";
import { NoiseCipher } from "./noise-cipher.ts";

const EMPTY = new Uint8Array(0);

/** The chaining key, transcript hash and cipher that a handshake advances (Noise, revision 34, section 5.2). */
export class NoiseSymmetric {
  readonly #crypto: Crypto;
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #cipher: NoiseCipher | undefined;

  /** @param protocolName such as `Noise_XX_25519_AESGCM_SHA256`, in ASCII. */
  constructor(crypto: Crypto, protocolName: Uint8Array) {
    this.#crypto = crypto;
    if (protocolName.length <= 32) {
      this.#hash = new Uint8Array(32);
      this.#hash.set(protocolName);
    } else {
      this.#hash = crypto.sha256(protocolName);
    }
    this.#chainingKey = this.#hash;
  }

  /** Hash of all that both sides have seen so far, 32 bytes. */
  get hash(): Uint8Array {
    return this.#hash;
  }

  /** Whether what follows is encrypted. */
  get hasKey(): boolean {
    return this.#cipher !== undefined;
  }

  mixKey(secret: Uint8Array): void {
    const [chainingKey, key] = this.#derive(secret, 2);
    this.#chainingKey = chainingKey;
    this.#setKey(key);
  }

  mixHash(bytes: Uint8Array): void {
    const joined = new Uint8Array(32 + bytes.length);
    joined.set(this.#hash);
    joined.set(bytes, 32);
    this.#hash = this.#crypto.sha256(joined);
  }

  mixKeyAndHash(secret: Uint8Array): void {
    const [chainingKey, hash, key] = this.#derive(secret, 3);
    this.#chainingKey = chainingKey;
    this.mixHash(hash);
    this.#setKey(key);
  }

  /** Encrypts once there is a key; before, the bytes go in clear. Either way they enter the hash. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const sealed = this.#cipher?.encrypt(this.#hash, plaintext) ?? plaintext;
    this.mixHash(sealed);
    return sealed;
  }

  /** @throws {WireError} bad-authentication. */
  decryptAndHash(sealed: Uint8Array): Uint8Array {
    const plaintext = this.#cipher?.decrypt(this.#hash, sealed) ?? sealed.slice();
    this.mixHash(sealed);
    return plaintext;
  }

  /** The two transport ciphers: the initiator's first. */
  split(): readonly [NoiseCipher, NoiseCipher] {
    const [first, second] = this.#derive(EMPTY, 2);
    return [new NoiseCipher(this.#crypto, first), new NoiseCipher(this.#crypto, second)];
  }

  /** Overwrites the keys; the state is of no use afterwards, but its hash stays. */
  wipe(): void {
    this.#chainingKey = EMPTY;
    this.#cipher?.wipe();
    this.#cipher = undefined;
  }

  #setKey(key: Uint8Array): void {
    this.#cipher?.wipe();
    this.#cipher = new NoiseCipher(this.#crypto, key);
  }

  /** Noise's HKDF (section 4.3) is RFC 5869 with the chaining key as salt and no info. */
  #derive(secret: Uint8Array, count: 2 | 3): readonly [Uint8Array, Uint8Array, Uint8Array] {
    const salt = this.#chainingKey;
    const all = this.#crypto.hkdfSha256({ secret, salt, info: EMPTY, bytes: count * 32 });
    return [all.slice(0, 32), all.slice(32, 64), all.slice(64)];
  }
}
