const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/** 128 bits as four unsigned 32-bit words. */
export type Words128 = readonly [number, number, number, number];

/**
 * MurmurHash3_x86_128 (Austin Appleby, smhasher, public domain): spreads labels over all 128 bits, so
 * that neighbouring ones (`host-1`, `host-2`) give generators that have nothing in common. Not
 * cryptographic.
 * @param seed 32 bits.
 */
export function hashLabel(bytes: Uint8Array, seed: number): Words128 {
  const blocks = bytes.length >> 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [h1, h2, h3, h4] = [seed, seed, seed, seed];
  for (let block = 0; block < blocks; block += 1) {
    const at = block * 16;
    h1 = rotate(h1 ^ spread(view.getUint32(at, true), C1, 15, C2), 19) + h2;
    h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0;
    h2 = rotate(h2 ^ spread(view.getUint32(at + 4, true), C2, 16, C3), 17) + h3;
    h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0;
    h3 = rotate(h3 ^ spread(view.getUint32(at + 8, true), C3, 17, C4), 15) + h4;
    h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0;
    h4 = rotate(h4 ^ spread(view.getUint32(at + 12, true), C4, 18, C1), 13) + h1;
    h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0;
  }
  const tail = new Uint8Array(16);
  tail.set(bytes.subarray(blocks * 16));
  const rest = new DataView(tail.buffer);
  // A word of zeros spreads to zero, so that words which the tail does not reach change nothing.
  h1 ^= spread(rest.getUint32(0, true), C1, 15, C2);
  h2 ^= spread(rest.getUint32(4, true), C2, 16, C3);
  h3 ^= spread(rest.getUint32(8, true), C3, 17, C4);
  h4 ^= spread(rest.getUint32(12, true), C4, 18, C1);
  return finish([h1, h2, h3, h4], bytes.length);
}

/** The last mixing of a MurmurHash3 lane: each bit of the input changes each bit of the output half the time. */
export function mixBits(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function finish(state: Words128, length: number): Words128 {
  const [h1, h2, h3, h4] = sumUp(state.map((word) => word ^ length));
  return sumUp([h1, h2, h3, h4].map(mixBits)).map((word) => word >>> 0) as unknown as Words128;
}

/** Adds all to the first, and that to each of the others. */
function sumUp(words: readonly number[]): Words128 {
  const [h1 = 0, h2 = 0, h3 = 0, h4 = 0] = words;
  const sum = (h1 + h2 + h3 + h4) | 0;
  return [sum, (h2 + sum) | 0, (h3 + sum) | 0, (h4 + sum) | 0];
}

function spread(word: number, first: number, bits: number, second: number): number {
  return Math.imul(rotate(Math.imul(word, first), bits), second);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
