import type { Crypto } from "../../runtime/core/index.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";

/** The real primitives with randomness that follows from a seed, so that a run can be repeated. For tests only. */
export function createSeededCrypto(seed: number): Crypto {
  const crypto = createNodeCrypto();
  const key = new Uint8Array(8);
  new DataView(key.buffer).setFloat64(0, seed);
  const source = crypto.macKey(key);
  let drawn = 0;
  const block = new Uint8Array(4);
  const draw = (): Uint8Array => {
    drawn += 1;
    new DataView(block.buffer).setUint32(0, drawn);
    return source.sign(block);
  };
  return {
    ...crypto,
    randomBytes: (bytes) => {
      const random = new Uint8Array(bytes);
      for (let at = 0; at < bytes; at += 32) random.set(draw().subarray(0, bytes - at), at);
      return random;
    },
  };
}
