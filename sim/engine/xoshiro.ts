import type { Words128 } from "./label-hash.ts";

/**
 * The generator xoshiro128** 1.1 (David Blackman and Sebastiano Vigna, prng.di.unimi.it, public domain):
 * 32 bits a step, period 2^128 - 1, integer operations only. Not for keys that must stay secret.
 */
export class Xoshiro128 {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(state: Words128) {
    // Signed, as the steps leave them: an engine keeps larger numbers in a box each.
    const [a, b, c, d] = state;
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#d = d | 0;
    // The one state that the generator never leaves.
    if ((this.#a | this.#b | this.#c | this.#d) === 0) this.#a = 1;
  }

  /** The next 32 random bits, from 0 to 2^32 - 1. */
  word(): number {
    const b = this.#b;
    const times5 = Math.imul(b, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9);
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= b << 9;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }
}
