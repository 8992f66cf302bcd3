import { createHmac, createSecretKey } from "node:crypto";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { MacKey } from "../core/crypto.ts";

/**
 * Up to this many bytes the JavaScript HMAC with both pads hashed beforehand is faster than a native
 * HMAC object; `npm run bench -- mac` shows where they cross.
 */
const JAVASCRIPT_BYTES_MAX = 160;

type State = ReturnType<typeof hmac.create>;

const result = new Uint8Array(32);
/** One working state for all keys: `sign` is synchronous and leaves nothing in it. */
const work: State = hmac.create(sha256, new Uint8Array(32));

/** HMAC-SHA256 with the key's two pads hashed once. */
export function createMacKey(key: Uint8Array): MacKey {
  const prepared = hmac.create(sha256, key);
  const native = createSecretKey(key);
  return {
    sign(bytes: Uint8Array): Uint8Array {
      if (bytes.length > JAVASCRIPT_BYTES_MAX) {
        result.set(createHmac("sha256", native).update(bytes).digest());
        return result;
      }
      prepared._cloneInto(work);
      work.update(bytes);
      work.digestInto(result);
      return result;
    },
  };
}
