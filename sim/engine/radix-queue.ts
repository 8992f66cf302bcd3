const CAPACITY_MIN = 64;
const WORD = 2 ** 32;
/** Bits of a digit: 7 digits make the 53 bits of a time, 4 of them its low word. */
const DIGIT_BITS = 8;
const DIGITS = 2 ** DIGIT_BITS;
const LEVELS = 7;
const LOW_LEVELS = 4;
/** Words of 32 bits that tell which of a level's buckets hold something. */
const WORDS_A_LEVEL = DIGITS / 32;
const NONE = -1;
/** Numbers of a slot, and where the time and the sequence number lie among them. */
const STRIDE = 4;
const TIME = 1;
const SEQUENCE = 2;

/**
 * Slots in order of their times, and of their adding where times are equal, for times that never lie before the
 * last one taken: a radix heap (Ahuja, Mehlhorn, Orlin, Tarjan 1990) in typed arrays.
 *
 * A slot lies at the level of the highest digit in which its time differs from the last one taken, in the
 * bucket of its own digit there. What is next lies in the first bucket of the lowest level that has any; its
 * slots move to lower levels, until one bucket holds one time only. So a slot moves a few times whatever the
 * number of others, where a heap compares it all the way down; and a bucket keeps the order of adding,
 * for all levels below are empty when its slots move there.
 */
export class RadixQueue {
  /** First and last slot of each bucket. */
  readonly #heads: Int32Array<ArrayBuffer> = new Int32Array(LEVELS * DIGITS).fill(NONE);
  readonly #tails: Int32Array<ArrayBuffer> = new Int32Array(LEVELS * DIGITS);
  /** A bit for each bucket that holds something; a bit for each such word of a level; a bit for each such level. */
  readonly #bucketBits: Int32Array<ArrayBuffer> = new Int32Array(LEVELS * WORDS_A_LEVEL);
  readonly #wordBits: Int32Array<ArrayBuffer> = new Int32Array(LEVELS);
  #levelBits = 0;
  /** Of each slot, side by side for the sake of the cache: the slot behind it in its bucket, its time, its sequence. */
  #slots: Float64Array<ArrayBuffer> = new Float64Array(CAPACITY_MIN * STRIDE);
  /** The last time taken, or a lower bound of all that is here, in two words. */
  #lastHigh = 0;
  #lastLow = 0;

  /** No time here or added later may lie before this one. */
  get lastTime(): number {
    return this.#lastHigh * WORD + (this.#lastLow >>> 0);
  }

  /** Adds a slot that is not in here. The time is a safe integer, not before the last one taken. */
  add(slot: number, time: number, sequence: number): void {
    if (slot * STRIDE >= this.#slots.length) this.#grow(slot);
    this.#slots[slot * STRIDE + TIME] = time;
    this.#slots[slot * STRIDE + SEQUENCE] = sequence;
    this.#place(time, slot);
  }

  timeOf(slot: number): number {
    return this.#slots[slot * STRIDE + TIME] as number;
  }

  sequenceOf(slot: number): number {
    return this.#slots[slot * STRIDE + SEQUENCE] as number;
  }

  /** Takes the next slot out if its time is no later than `limit`; -1 otherwise. */
  takeUntil(limit: number): number {
    while (this.#levelBits !== 0) {
      const level = lowestBit(this.#levelBits);
      const word = lowestBit(this.#wordBits[level] as number);
      const bit = lowestBit(this.#bucketBits[level * WORDS_A_LEVEL + word] as number);
      const digit = word * 32 + bit;
      if (!this.#advance(level, digit, limit)) return NONE;
      const bucket = level * DIGITS + digit;
      const slot = this.#heads[bucket] as number;
      if (level === 0) {
        const next = this.#slots[slot * STRIDE] as number;
        this.#heads[bucket] = next;
        if (next === NONE) this.#markEmpty(bucket);
        return slot;
      }
      this.#heads[bucket] = NONE;
      this.#markEmpty(bucket);
      this.#placeAll(slot);
    }
    return NONE;
  }

  /** Takes out every slot that `isWanted` refuses. */
  retain(isWanted: (slot: number) => boolean): void {
    for (let bucket = 0; bucket < this.#heads.length; bucket += 1) {
      let slot = this.#heads[bucket] as number;
      if (slot === NONE) continue;
      this.#heads[bucket] = NONE;
      this.#markEmpty(bucket);
      while (slot !== NONE) {
        const next = this.#slots[slot * STRIDE] as number;
        if (isWanted(slot)) this.#append(bucket, slot);
        slot = next;
      }
    }
  }

  /** Makes the first time of a bucket the lower bound of all; false if it is later than `limit`. */
  #advance(level: number, digit: number, limit: number): boolean {
    let high = this.#lastHigh;
    let low: number;
    if (level < LOW_LEVELS) {
      const shift = level * DIGIT_BITS;
      low = (this.#lastLow & highMask(shift)) | (digit << shift);
    } else {
      const shift = (level - LOW_LEVELS) * DIGIT_BITS;
      high = (high & highMask(shift)) | (digit << shift);
      low = 0;
    }
    if (high * WORD + (low >>> 0) > limit) return false;
    this.#lastHigh = high;
    this.#lastLow = low;
    return true;
  }

  #placeAll(first: number): void {
    const slots = this.#slots;
    let slot = first;
    while (slot !== NONE) {
      const following = slots[slot * STRIDE] as number;
      this.#place(slots[slot * STRIDE + TIME] as number, slot);
      slot = following;
    }
  }

  #place(time: number, slot: number): void {
    const low = time | 0;
    const high = (time - (low >>> 0)) / WORD;
    let level: number;
    let digit: number;
    if (high === this.#lastHigh) {
      const differing = low ^ this.#lastLow;
      level = differing === 0 ? 0 : (31 - Math.clz32(differing)) >> 3;
      digit = (low >>> (level * DIGIT_BITS)) & (DIGITS - 1);
    } else {
      const above = (31 - Math.clz32(high ^ this.#lastHigh)) >> 3;
      level = LOW_LEVELS + above;
      digit = (high >>> (above * DIGIT_BITS)) & (DIGITS - 1);
    }
    this.#append(level * DIGITS + digit, slot);
  }

  #append(bucket: number, slot: number): void {
    this.#slots[slot * STRIDE] = NONE;
    if (this.#heads[bucket] === NONE) {
      this.#heads[bucket] = slot;
      const level = bucket >> DIGIT_BITS;
      const word = (bucket >> 5) & (WORDS_A_LEVEL - 1);
      this.#bucketBits[bucket >> 5] =
        (this.#bucketBits[bucket >> 5] as number) | (1 << (bucket & 31));
      this.#wordBits[level] = (this.#wordBits[level] as number) | (1 << word);
      this.#levelBits |= 1 << level;
    } else {
      this.#slots[(this.#tails[bucket] as number) * STRIDE] = slot;
    }
    this.#tails[bucket] = slot;
  }

  #markEmpty(bucket: number): void {
    const bits = (this.#bucketBits[bucket >> 5] as number) & ~(1 << (bucket & 31));
    this.#bucketBits[bucket >> 5] = bits;
    if (bits !== 0) return;
    const level = bucket >> DIGIT_BITS;
    const words = (this.#wordBits[level] as number) & ~(1 << ((bucket >> 5) & (WORDS_A_LEVEL - 1)));
    this.#wordBits[level] = words;
    if (words === 0) this.#levelBits &= ~(1 << level);
  }

  #grow(slot: number): void {
    const grown = new Float64Array(Math.max((slot + 1) * STRIDE, this.#slots.length * 2));
    grown.set(this.#slots);
    this.#slots = grown;
  }
}

/** Number of the lowest bit that is set; of at least one. */
function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** The bits of a word above the digit at `shift`. */
function highMask(shift: number): number {
  return shift + DIGIT_BITS >= 32 ? 0 : -1 << (shift + DIGIT_BITS);
}
