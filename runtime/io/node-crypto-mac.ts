import { hash } from "node:crypto";
import type { MacKey } from "../core/crypto.ts";

const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** The initial hash value (FIPS 180-4, section 5.3.3). */
// prettier-ignore
const INITIAL = [...Int32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
)];

/** The round constants (FIPS 180-4, section 4.2.2). */
// prettier-ignore
const ROUND = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);

// Working memory of the one computation that can be under way: `sign` is synchronous.
const schedule = new Int32Array(64);
const state = new Int32Array(8);
const block = new Uint8Array(BLOCK_BYTES);
const result = new Uint8Array(32);

/**
 * HMAC-SHA256 (RFC 2104) with the key's two pads hashed once. Messages are those of datagrams, at most some hundred
 * bytes: for longer ones native code is faster (docs/decisions/0041).
 */
export function createMacKey(key: Uint8Array): MacKey {
  return new PreparedKey(key.length <= BLOCK_BYTES ? key : hash("sha256", key, "buffer"));
}

/** The two states alone, in plain lists: a hub has four of these for each router, and typed arrays take twice the memory. */
class PreparedKey implements MacKey {
  /** The states after the inner and the outer pad. */
  readonly #states: readonly number[];

  constructor(secret: Uint8Array) {
    this.#states = hashPad(secret, INNER_PAD).concat(hashPad(secret, OUTER_PAD));
  }

  sign(bytes: Uint8Array): Uint8Array {
    loadState(this.#states, 0);
    const held = absorb(bytes);
    finish(held, BLOCK_BYTES + bytes.length);
    writeState(block);
    loadState(this.#states, 8);
    finish(32, BLOCK_BYTES + 32);
    writeState(result);
    return result;
  }
}

/** The state after one block of the key, combined with a pad. */
function hashPad(secret: Uint8Array, pad: number): number[] {
  block.fill(pad);
  for (let index = 0; index < secret.length; index += 1)
    block[index] = (secret[index] as number) ^ pad;
  loadState(INITIAL, 0);
  compress(block, 0);
  return [...state];
}

function loadState(words: readonly number[], from: number): void {
  for (let index = 0; index < 8; index += 1) state[index] = words[from + index] as number;
}

/** Hashes whole blocks where they lie and leaves the rest at the start of `block`; gives its length. */
function absorb(bytes: Uint8Array): number {
  let offset = 0;
  for (; offset + BLOCK_BYTES <= bytes.length; offset += BLOCK_BYTES) compress(bytes, offset);
  const held = bytes.length - offset;
  for (let index = 0; index < held; index += 1) block[index] = bytes[offset + index] as number;
  return held;
}

/** Hashes the padding (FIPS 180-4, section 5.1.1) behind `held` bytes that `block` begins with. */
function finish(held: number, messageBytes: number): void {
  block.fill(0, held);
  block[held] = 0x80;
  if (held >= BLOCK_BYTES - 8) {
    compress(block, 0);
    block.fill(0);
  }
  // Messages are short here: their length in bits fits the last four bytes of the length field.
  const bits = messageBytes * 8;
  for (let index = 1; index <= 4; index += 1) block[BLOCK_BYTES - index] = bits >>> (8 * index - 8);
  compress(block, 0);
}

function writeState(out: Uint8Array): void {
  for (let index = 0; index < 8; index += 1) {
    const bits = state[index] as number;
    out[4 * index] = bits >>> 24;
    out[4 * index + 1] = bits >>> 16;
    out[4 * index + 2] = bits >>> 8;
    out[4 * index + 3] = bits;
  }
}

// An index is always within its array: a fallback for when it is not, or a function that hides the
// assertion, costs a quarter of the speed.

/** Takes one block into `state` (FIPS 180-4, section 6.2.2). No branch and no index depends on the data. */
function compress(bytes: Uint8Array, offset: number): void {
  expand(bytes, offset);
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let round = 0; round < 64; round += 1) {
    const mixedE = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const chosen = (e & f) ^ (~e & g);
    const first =
      (h + mixedE + chosen + (ROUND[round] as number) + (schedule[round] as number)) | 0;
    const mixedA = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + mixedA + majority) | 0;
  }
  state[0] = ((state[0] as number) + a) | 0;
  state[1] = ((state[1] as number) + b) | 0;
  state[2] = ((state[2] as number) + c) | 0;
  state[3] = ((state[3] as number) + d) | 0;
  state[4] = ((state[4] as number) + e) | 0;
  state[5] = ((state[5] as number) + f) | 0;
  state[6] = ((state[6] as number) + g) | 0;
  state[7] = ((state[7] as number) + h) | 0;
}

/** The message schedule of one block. */
function expand(bytes: Uint8Array, offset: number): void {
  for (let index = 0, at = offset; index < 16; index += 1, at += 4) {
    schedule[index] =
      ((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number);
  }
  for (let index = 16; index < 64; index += 1) {
    const x = schedule[index - 15] as number;
    const y = schedule[index - 2] as number;
    const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    schedule[index] =
      (high + (schedule[index - 7] as number) + low + (schedule[index - 16] as number)) | 0;
  }
}
