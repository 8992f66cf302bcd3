import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { decodeGrant, encodeGrant, GRANT_BYTES, grantIsLive, type Grant } from "./grant.ts";
import { WireError } from "./wire-error.ts";

const crypto = createNodeCrypto();
const key = crypto.randomBytes(32);
const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const grants: fc.Arbitrary<Grant> = fc.record(
  {
    keyId: fc.nat(2 ** 32 - 1),
    sessionId: bytesOf(16),
    client: bytesOf(32),
    lifetimeS: fc.nat(2 ** 32 - 1),
  },
  { noNullPrototype: true },
);
const grant: Grant = {
  keyId: 5,
  sessionId: new Uint8Array(16).fill(1),
  client: new Uint8Array(32).fill(2),
  lifetimeS: 300,
};
const keyById = (keyId: number): Uint8Array | undefined => (keyId === 5 ? key : undefined);

function refuses(bytes: Uint8Array): void {
  assert.throws(() => decodeGrant(crypto, keyById, bytes), WireError);
}

test("a grant that is written and read again is the same", () => {
  fc.assert(
    fc.property(grants, (given) => {
      const bytes = encodeGrant(crypto, key, given);
      assert.equal(bytes.length, GRANT_BYTES);
      assert.deepEqual(
        decodeGrant(crypto, (keyId) => (keyId === given.keyId ? key : undefined), bytes),
        given,
      );
    }),
  );
});

test("a grant with any bit flipped, of any other length or under another key is refused", () => {
  const bytes = encodeGrant(crypto, key, grant);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    refuses(flipped);
  }
  for (let length = 0; length < bytes.length; length += 1) refuses(bytes.subarray(0, length));
  refuses(new Uint8Array([...bytes, 0]));
  refuses(encodeGrant(crypto, crypto.randomBytes(32), grant));
  refuses(encodeGrant(crypto, key, { ...grant, keyId: 6 }));
});

test("a grant stands at any offset of a larger buffer", () => {
  const buffer = new Uint8Array(GRANT_BYTES + 9);
  buffer.set(encodeGrant(crypto, key, grant), 5);
  assert.deepEqual(decodeGrant(crypto, keyById, buffer.subarray(5, 5 + GRANT_BYTES)), grant);
});

test("a grant lives for its seconds from when the router learnt of the session", () => {
  assert.equal(grantIsLive(grant, { learntMs: 1000, nowMs: 300_999 }), true);
  assert.equal(grantIsLive(grant, { learntMs: 1000, nowMs: 301_000 }), false);
  assert.equal(grantIsLive({ ...grant, lifetimeS: 0 }, { learntMs: 1, nowMs: 1 }), false);
});

test("fields that do not fit are the caller's fault", () => {
  const wrong: Grant[] = [
    { ...grant, sessionId: new Uint8Array(15) },
    { ...grant, client: new Uint8Array(33) },
    { ...grant, keyId: 2 ** 32 },
    { ...grant, lifetimeS: -1 },
    { ...grant, lifetimeS: 0.5 },
  ];
  for (const given of wrong) assert.throws(() => encodeGrant(crypto, key, given), RangeError);
});
