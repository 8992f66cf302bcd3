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
    if (!fits(datagram, tagOffset)) throw new RangeError("the tag does not fit");
    for (let index = 0; index < DATAGRAM_TAG_BYTES; index += 1) datagram[tagOffset + index] = 0;
    const mac = this.#key.sign(datagram);
    for (let index = 0; index < DATAGRAM_TAG_BYTES; index += 1) {
      datagram[tagOffset + index] = mac[index] as number;
    }
  }

  /** Whether the datagram was sealed under this key. Its bytes are the same afterwards. */
  verify(datagram: Uint8Array, tagOffset: number): boolean {
    if (!fits(datagram, tagOffset)) return false;
    // Sixteen bytes are copied faster one by one than by `subarray` and `set`, which cost half a MAC.
    const received = RECEIVED;
    for (let index = 0; index < DATAGRAM_TAG_BYTES; index += 1) {
      received[index] = datagram[tagOffset + index] as number;
      datagram[tagOffset + index] = 0;
    }
    const mac = this.#key.sign(datagram);
    const expected = EXPECTED;
    for (let index = 0; index < DATAGRAM_TAG_BYTES; index += 1) {
      expected[index] = mac[index] as number;
      datagram[tagOffset + index] = received[index] as number;
    }
    return this.#crypto.equal(received, expected);
  }
}

// Of the one verification that can be under way: a hub has an authenticator for each router.
const RECEIVED = new Uint8Array(DATAGRAM_TAG_BYTES);
const EXPECTED = new Uint8Array(DATAGRAM_TAG_BYTES);

function fits(datagram: Uint8Array, tagOffset: number): boolean {
  return tagOffset >= 0 && tagOffset + DATAGRAM_TAG_BYTES <= datagram.length;
}
