import type { Crypto, MacKey } from "./crypto.ts";

/** Length of the key field that stands in front of authenticated data: version, key id, sequence, tag. */
export const KEY_FIELD_BYTES = 29;

/** Where the tag stands within the key field, after version (1), key id (4) and sequence (8). */
export const KEY_FIELD_TAG_AT = 13;

/** Length of the tag: HMAC-SHA256 cut to its first half (RFC 2104, section 5). */
export const DATAGRAM_TAG_BYTES = 16;

/**
 * Seals and verifies the datagrams of one direction under one key. The tag is over the whole datagram, its
 * frame header and key field included, with the tag's own 16 bytes as zeros. So the tag also binds the
 * message's type, the version, the key id and the sequence number.
 */
export class DatagramAuthenticator {
  readonly #crypto: Crypto;
  readonly #key: MacKey;
  readonly #received = new Uint8Array(DATAGRAM_TAG_BYTES);

  /** @param key one direction's key, from `deriveKey`; the other direction has another. */
  constructor(crypto: Crypto, key: Uint8Array) {
    this.#crypto = crypto;
    this.#key = crypto.macKey(key);
  }

  /**
   * Writes the tag into a datagram that is otherwise complete.
   * @param tagOffset where the tag stands: the key field's offset and `KEY_FIELD_TAG_AT`.
   * @throws {RangeError} if the tag would not fit: a bug in the caller.
   */
  seal(datagram: Uint8Array, tagOffset: number): void {
    const end = tagOffset + DATAGRAM_TAG_BYTES;
    if (tagOffset < 0 || end > datagram.length) throw new RangeError("the tag does not fit");
    datagram.fill(0, tagOffset, end);
    datagram.set(this.#key.sign(datagram).subarray(0, DATAGRAM_TAG_BYTES), tagOffset);
  }

  /** Whether the datagram was sealed under this key. Its bytes are the same afterwards. */
  verify(datagram: Uint8Array, tagOffset: number): boolean {
    const end = tagOffset + DATAGRAM_TAG_BYTES;
    if (tagOffset < 0 || end > datagram.length) return false;
    const received = this.#received;
    received.set(datagram.subarray(tagOffset, end));
    datagram.fill(0, tagOffset, end);
    const expected = this.#key.sign(datagram).subarray(0, DATAGRAM_TAG_BYTES);
    datagram.set(received, tagOffset);
    return this.#crypto.equal(received, expected);
  }
}
