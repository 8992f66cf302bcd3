import { hashLabel } from "./label-hash.ts";
import type { Words128 } from "./label-hash.ts";
import { naturalLogarithm } from "./natural-logarithm.ts";
import { Xoshiro128 } from "./xoshiro.ts";

const WORD = 2 ** 32;
const FLOAT_BITS = 2 ** 53;
/** Any constant: it only sets the hash of labels apart from other uses of the same function. */
const HASH_SEED = 0x7a67;

const encoder = new TextEncoder();

/**
 * Random numbers that depend on a seed and on labels alone. A stream forked by a label is the same
 * whatever was drawn from its parent or its siblings, before or after: a new consumer of randomness
 * changes nothing for the others.
 *
 * The generator is xoshiro128**; its first state is the MurmurHash3_x86_128 of the parent's key and the
 * label. Not for keys that must stay secret.
 */
export class RandomStream extends Xoshiro128 {
  // Signed and apart, because a list would take as much memory as all of the rest: a network has two streams a host.
  readonly #key0: number;
  readonly #key1: number;
  readonly #key2: number;
  readonly #key3: number;

  private constructor(key: Words128) {
    super(key);
    const [key0, key1, key2, key3] = key;
    this.#key0 = key0 | 0;
    this.#key1 = key1 | 0;
    this.#key2 = key2 | 0;
    this.#key3 = key3 | 0;
  }

  /** The root of all streams of a run. The number 1 and the string "1" are different seeds. */
  static fromSeed(seed: number | string): RandomStream {
    const text = typeof seed === "number" ? `number ${String(seed)}` : `string ${seed}`;
    return new RandomStream(hashLabel(encoder.encode(text), HASH_SEED));
  }

  /**
   * The stream of this label below this one, from its beginning. Asking twice gives the same numbers
   * twice: a label has one owner (`Simulation.random` sees to that).
   */
  fork(label: string): RandomStream {
    const name = encoder.encode(label);
    const bytes = new Uint8Array(16 + name.length);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, this.#key0);
    view.setInt32(4, this.#key1);
    view.setInt32(8, this.#key2);
    view.setInt32(12, this.#key3);
    bytes.set(name, 16);
    return new RandomStream(hashLabel(bytes, HASH_SEED));
  }

  /** A number from 0, included, to 1, excluded: a multiple of 2^-53. */
  float(): number {
    return this.#bits53() / FLOAT_BITS;
  }

  /**
   * An integer from 0 to `bound` - 1, each as likely as any other: draws that would favour some are
   * thrown away.
   * @param bound integer from 1 to 2^53.
   * @throws {RangeError} if it is not.
   */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > FLOAT_BITS) {
      throw new RangeError(`a bound must be an integer from 1 to 2^53, not ${String(bound)}`);
    }
    if (bound <= WORD) {
      const fair = WORD - (WORD % bound);
      let drawn = this.word();
      while (drawn >= fair) drawn = this.word();
      return drawn % bound;
    }
    const fair = FLOAT_BITS - (FLOAT_BITS % bound);
    let drawn = this.#bits53();
    while (drawn >= fair) drawn = this.#bits53();
    return drawn % bound;
  }

  /**
   * An integer from `least` to `most`, both included.
   * @throws {RangeError} if they are no safe integers, or in the wrong order, or 2^53 apart.
   */
  integer(least: number, most: number): number {
    const isRange = Number.isSafeInteger(least) && Number.isSafeInteger(most) && least <= most;
    if (!isRange || most - least >= FLOAT_BITS) {
      throw new RangeError(`no integers from ${String(least)} to ${String(most)}`);
    }
    return least + this.below(most - least + 1);
  }

  /** True with a probability from 0 (never) to 1 (always). One draw, whatever the probability. */
  chance(probability: number): boolean {
    return this.float() < probability;
  }

  /** @throws {RangeError} if the list is empty. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("nothing to pick from");
    return list[this.below(list.length)] as T;
  }

  /** A copy in random order, each order as likely as any other (Fisher and Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      const moved = shuffled[last] as T;
      shuffled[last] = shuffled[other] as T;
      shuffled[other] = moved;
    }
    return shuffled;
  }

  /**
   * An exponentially distributed number: the time to the next of events that come at random.
   * The same on every engine, for it does without `Math.log`.
   * @param mean in whatever unit the result is to have. At most 36.8 times it comes out.
   */
  exponential(mean: number): number {
    return 0 - mean * naturalLogarithm(1 - this.float());
  }

  /** Random bytes, a new array. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const word = this.word();
      const end = at + 4 < length ? at + 4 : length;
      for (let index = at; index < end; index += 1) bytes[index] = word >>> (8 * (index - at));
    }
    return bytes;
  }

  #bits53(): number {
    return (this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6);
  }
}
