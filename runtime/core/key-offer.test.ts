import assert from "node:assert/strict";
import { test } from "node:test";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { KEY_OFFER_BYTES, openKeyOffer, sealKeyOffer } from "./key-offer.ts";
import type { KeySlot } from "./key-rotation.ts";
import { WireError } from "./wire-error.ts";

const crypto = createNodeCrypto();
const slot = (keyId: number): KeySlot => ({
  keyId,
  generation: keyId,
  key: crypto.randomBytes(32),
});
const current = slot(1);
const next = slot(2);

function refuses(under: KeySlot, keyId: number, generation: number, sealed: Uint8Array): void {
  assert.throws(
    () => openKeyOffer(crypto, under, { keyId, generation, sealed }),
    (error) => error instanceof WireError && error.code === "bad-authentication",
  );
}

test("an offer opens under the current key and gives the next", () => {
  const sealed = sealKeyOffer(crypto, current, next);
  assert.equal(sealed.length, KEY_OFFER_BYTES);
  assert.equal(KEY_OFFER_BYTES, 60);
  assert.deepEqual(openKeyOffer(crypto, current, { keyId: 2, generation: 2, sealed }), next);
});

test("an offer is never the same twice, so that a restart repeats no nonce", () => {
  assert.notDeepEqual(sealKeyOffer(crypto, current, next), sealKeyOffer(crypto, current, next));
});

test("an offer with a flipped bit, another length, another name or under another key is refused", () => {
  const sealed = sealKeyOffer(crypto, current, next);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const flipped = sealed.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    refuses(current, 2, 2, flipped);
  }
  for (const bytes of [0, 11, 12, 28, 59]) refuses(current, 2, 2, sealed.subarray(0, bytes));
  refuses(current, 3, 2, sealed);
  refuses(current, 2, 3, sealed);
  refuses(next, 2, 2, sealed);
  refuses({ ...current, keyId: 9 }, 2, 2, sealed);
  refuses({ ...current, generation: 9 }, 2, 2, sealed);
});
