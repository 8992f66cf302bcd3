import { mixBits } from "./label-hash.ts";

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;

/**
 * A running hash of 64 bits in two 32-bit lanes: MurmurHash3_x86_128 with its first two lanes only, each of
 * which takes one word of a pair. For given words each state leads to another one, so two runs that differed
 * once keep different hashes unless later differences cancel by chance (1 in 2^64). Fast, portable (integer
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

  /** Forgets all that was fed. */
  reset(): void {
    this.#low = 0;
    this.#high = 0;
  }

  /** Feeds two words of 32 bits. */
  addPair(first: number, second: number): void {
    let k = Math.imul(first, C1);
    k = Math.imul((k << 15) | (k >>> 17), C2);
    let low = this.#low ^ k;
    low = ((low << 19) | (low >>> 13)) + this.#high;
    low = (Math.imul(low, 5) + 0x561ccd1b) | 0;
    k = Math.imul(second, C2);
    k = Math.imul((k << 16) | (k >>> 16), C3);
    let high = this.#high ^ k;
    high = ((high << 17) | (high >>> 15)) + low;
    this.#low = low;
    this.#high = (Math.imul(high, 5) + 0x0bcaa747) | 0;
  }

  /** Feeds any number, by its IEEE 754 bits; every NaN is the same. */
  addFloat(value: number): void {
    FLOAT.setFloat64(0, value);
    if (Number.isNaN(value)) this.addPair(0x7ff80000, 0);
    else this.addPair(FLOAT.getInt32(0), FLOAT.getInt32(4));
  }

  /** Feeds a string: its length, and its UTF-16 units, four a pair. */
  addString(text: string): void {
    const length = text.length;
    const whole = length & ~3;
    for (let at = 0; at < whole; at += 4) {
      this.addPair(
        text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16),
        text.charCodeAt(at + 2) | (text.charCodeAt(at + 3) << 16),
      );
    }
    // Past the end there is no unit, NaN, which becomes 0; the length tells it from a unit that is 0.
    this.addPair(
      text.charCodeAt(whole) | (text.charCodeAt(whole + 1) << 16),
      length === whole + 3 ? text.charCodeAt(whole + 2) : 0,
    );
    this.addPair(length, 0);
  }

  /** Feeds bytes: their number and their values, eight a pair. */
  addBytes(bytes: Uint8Array): void {
    const length = bytes.length;
    const whole = length & ~7;
    for (let at = 0; at < whole; at += 8) {
      this.addPair(wordAt(bytes, at), wordAt(bytes, at + 4));
    }
    this.addPair(wordAt(bytes, whole), wordAt(bytes, whole + 4));
    this.addPair(length, 0);
  }

  /** The hash of all that was fed so far, 16 hexadecimal digits. More may be fed afterwards. */
  digest(): string {
    const low = mixBits(this.#low + this.#high);
    const high = mixBits(this.#high ^ low);
    return [high, low].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

/** 32 bits that stand for a label of a handler; no label has 0. */
export function hashOfLabel(label: string | undefined): number {
  if (label === undefined) return 0;
  LABEL.reset();
  LABEL.addString(label);
  return mixBits(LABEL.low ^ LABEL.high);
}

/** Four bytes, least significant first; those past the end are 0. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

const LABEL = new TraceHash();
const FLOAT = new DataView(new ArrayBuffer(8));
