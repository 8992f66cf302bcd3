import { mixBits } from "./label-hash.ts";

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;

/**
 * A running hash of 64 bits in two 32-bit lanes: the first two lanes of MurmurHash3_x86_128, both fed with
 * every word. For a given word each state leads to another one, so two runs that differed once keep
 * different hashes unless later differences cancel by chance (1 in 2^64). Fast, portable (integer
 * operations only), not cryptographic.
 */
export class TraceHash {
  #low = 0;
  #high = 0;

  /** The lane that starts the digest, as a signed 32-bit number. With `low` the whole state. */
  get high(): number {
    return this.#high;
  }

  get low(): number {
    return this.#low;
  }

  /** Feeds 32 bits. */
  addWord(word: number): void {
    let k = Math.imul(word, C1);
    k = Math.imul((k << 15) | (k >>> 17), C2);
    let low = this.#low ^ k;
    low = ((low << 19) | (low >>> 13)) + this.#high;
    low = (Math.imul(low, 5) + 0x561ccd1b) | 0;
    k = Math.imul(word, C2);
    k = Math.imul((k << 16) | (k >>> 16), C3);
    let high = this.#high ^ k;
    high = ((high << 17) | (high >>> 15)) + low;
    this.#low = low;
    this.#high = (Math.imul(high, 5) + 0x0bcaa747) | 0;
  }

  /** Feeds an integer of up to 53 bits, as two words. */
  addInteger(value: number): void {
    this.addWord(value | 0);
    this.addWord(Math.floor(value / 2 ** 32));
  }

  /** Feeds any number, by its IEEE 754 bits; every NaN is the same. */
  addFloat(value: number): void {
    FLOAT.setFloat64(0, value);
    this.addWord(Number.isNaN(value) ? 0x7ff80000 : FLOAT.getInt32(0));
    this.addWord(Number.isNaN(value) ? 0 : FLOAT.getInt32(4));
  }

  /** Feeds a string: its length and its UTF-16 units, two a word. */
  addString(text: string): void {
    const length = text.length;
    this.addWord(length);
    let at = 0;
    for (; at + 1 < length; at += 2) {
      this.addWord(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
    }
    if (at < length) this.addWord(text.charCodeAt(at));
  }

  /** Feeds bytes: their number and their values, four a word. */
  addBytes(bytes: Uint8Array): void {
    const length = bytes.length;
    this.addWord(length);
    let at = 0;
    for (; at + 3 < length; at += 4) {
      this.addWord(
        (bytes[at] as number) |
          ((bytes[at + 1] as number) << 8) |
          ((bytes[at + 2] as number) << 16) |
          ((bytes[at + 3] as number) << 24),
      );
    }
    for (; at < length; at += 1) this.addWord(bytes[at] as number);
  }

  /** The hash of all that was fed so far, 16 hexadecimal digits. More may be fed afterwards. */
  digest(): string {
    const low = mixBits(this.#low + this.#high);
    const high = mixBits(this.#high ^ low);
    return [high, low].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

const FLOAT = new DataView(new ArrayBuffer(8));
