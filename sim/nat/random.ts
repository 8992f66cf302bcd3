import type { NatRandom } from "./nat.ts";

/** Numbers that follow from a seed (xorshift32 with a multiplied output). Good enough to spread ports, no more. */
export function createSeededNatRandom(seed: number): NatRandom {
  // A state of 0 would stay 0.
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  return {
    below: (limit) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return Math.floor(((Math.imul(state, 0x2c1b3c6d) >>> 0) / 2 ** 32) * limit);
    },
  };
}
