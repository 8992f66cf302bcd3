import { AEAD_TAG_BYTES, type Crypto } from "./crypto.ts";
import { WireError } from "./wire-error.ts";

const EMPTY = new Uint8Array(0);
const MAX_NONCE = new Uint8Array([0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]);

/**
 * A key and the number of the next message under it (Noise, revision 34, section 5.1), with AES-256-GCM,
 * whose nonce is 32 zero bits and the number in 64 bits, big-endian (section 12.4).
 */
export class NoiseCipher {
  readonly #crypto: Crypto;
  readonly #nonce = new Uint8Array(12);
  readonly #nonceView = new DataView(this.#nonce.buffer);
  #key: Uint8Array;
  #messages = 0;
  /** What was done ahead for the next message under the present key. */
  #ahead: object | undefined;

  /** @param key 32 bytes; the cipher keeps its own copy. */
  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto;
    this.#key = key.slice();
  }

  /** Number of the next message that `encrypt` seals or `decrypt` opens, from 0. */
  get messages(): number {
    return this.#messages;
  }

  /**
   * Does what the next message needs besides its bytes, while there is time. Without effect on what comes out.
   * @param operation what is done with the next message.
   */
  prepare(operation: "seal" | "open"): void {
    this.#ahead = this.#crypto.aesGcmAhead?.(operation, this.#key, this.#nextNonce());
  }

  /**
   * Writes the sealed message, 16 bytes longer than the plaintext, at the start of `out`.
   * @throws {RangeError} after 2^53 - 1 messages, or if `out` is too small: a bug in the caller.
   */
  encryptInto(associated: Uint8Array, plaintext: Uint8Array, out: Uint8Array): void {
    if (out.length < plaintext.length + AEAD_TAG_BYTES) {
      throw new RangeError("no room for the sealed message");
    }
    const nonce = this.#nextNonce();
    const ahead = this.#takeAhead();
    this.#crypto.aesGcmSeal({ key: this.#key, nonce, associated, bytes: plaintext, ahead }, out);
    this.#messages += 1;
  }

  /** The sealed message as ciphertext and tag, in bytes of their own. */
  encryptParts(
    associated: Uint8Array,
    plaintext: Uint8Array,
  ): readonly [ciphertext: Uint8Array, tag: Uint8Array] {
    if (this.#crypto.aesGcmSealParts === undefined) {
      const sealed = this.encrypt(associated, plaintext);
      return [sealed.subarray(0, plaintext.length), sealed.subarray(plaintext.length)];
    }
    const nonce = this.#nextNonce();
    const ahead = this.#takeAhead();
    const input = { key: this.#key, nonce, associated, bytes: plaintext, ahead };
    const parts = this.#crypto.aesGcmSealParts(input);
    this.#messages += 1;
    return parts;
  }

  /** The sealed message in bytes of its own. */
  encrypt(associated: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
    this.encryptInto(associated, plaintext, sealed);
    return sealed;
  }

  /**
   * The plaintext, in bytes of its own. A failure uses up no nonce.
   * @throws {WireError} bad-authentication if the message was not sealed so by the peer.
   */
  decrypt(associated: Uint8Array, sealed: Uint8Array): Uint8Array {
    const nonce = this.#nextNonce();
    const input = { key: this.#key, nonce, associated, bytes: sealed, ahead: this.#takeAhead() };
    const plaintext = this.#crypto.aesGcmOpen(input);
    if (plaintext === undefined) throw new WireError("bad-authentication", "Noise", 0);
    this.#messages += 1;
    return plaintext;
  }

  /**
   * The plaintext of the message with this number, where messages come out of order (section 11.4). That none is
   * opened twice is the caller's to see to. The number of the next message stays.
   * @param message 0 … 2^53 - 1.
   * @throws {WireError} bad-authentication if the message was not sealed so by the peer.
   */
  decryptAt(message: number, associated: Uint8Array, sealed: Uint8Array): Uint8Array {
    const next = this.#messages;
    this.#messages = message;
    this.#ahead = undefined;
    try {
      return this.decrypt(associated, sealed);
    } finally {
      this.#messages = next;
    }
  }

  /** Replaces the key by one that does not tell the old one (sections 4.2 and 11.3). The message number runs on. */
  rekey(): void {
    const next = new Uint8Array(32 + AEAD_TAG_BYTES);
    const bytes = new Uint8Array(32);
    this.#crypto.aesGcmSeal({ key: this.#key, nonce: MAX_NONCE, associated: EMPTY, bytes }, next);
    this.wipe();
    this.#key = next.slice(0, 32);
    next.fill(0);
  }

  /** Overwrites the key; the cipher is of no use afterwards. */
  wipe(): void {
    this.#key.fill(0);
    this.#ahead = undefined;
  }

  #takeAhead(): object | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead;
  }

  #nextNonce(): Uint8Array {
    if (this.#messages >= Number.MAX_SAFE_INTEGER) throw new RangeError("the nonces are used up");
    this.#nonceView.setUint32(4, Math.floor(this.#messages / 2 ** 32));
    this.#nonceView.setUint32(8, this.#messages % 2 ** 32);
    return this.#nonce;
  }
}
