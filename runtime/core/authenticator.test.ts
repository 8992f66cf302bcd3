import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../io/node-crypto.ts";
import {
  DATAGRAM_TAG_BYTES,
  DatagramAuthenticator,
  KEY_FIELD_BYTES,
  KEY_FIELD_TAG_AT,
} from "./authenticator.ts";
import { deriveKey } from "./key-schedule.ts";

const crypto = createNodeCrypto();
const secret = new Uint8Array(32).fill(1);
const outward = new DatagramAuthenticator(crypto, deriveKey(crypto, secret, "router to hub"));
const inward = new DatagramAuthenticator(crypto, deriveKey(crypto, secret, "hub to router"));

const datagrams = fc
  .tuple(fc.uint8Array({ minLength: 16, maxLength: 600 }), fc.nat())
  .map(([bytes, place]) => ({ bytes, tagOffset: place % (bytes.length - 15) }));

test("a sealed datagram verifies, wherever its tag stands, and is left as it was", () => {
  fc.assert(
    fc.property(datagrams, ({ bytes, tagOffset }) => {
      outward.seal(bytes, tagOffset);
      const copy = bytes.slice();
      assert.equal(outward.verify(bytes, tagOffset), true);
      assert.deepEqual(bytes, copy);
    }),
  );
});

test("a flipped bit anywhere, another length or the other direction's key does not verify", () => {
  fc.assert(
    fc.property(datagrams, fc.nat(), fc.nat(7), ({ bytes, tagOffset }, place, bit) => {
      outward.seal(bytes, tagOffset);
      assert.equal(inward.verify(bytes, tagOffset), false);
      assert.equal(outward.verify(new Uint8Array([...bytes, 0]), tagOffset), false);
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const copy = bytes.slice();
      assert.equal(outward.verify(bytes, tagOffset), false);
      assert.deepEqual(bytes, copy);
    }),
  );
});

test("a datagram too short for its tag is refused; sealing one is the caller's fault", () => {
  for (const offset of [-1, 1, 100]) {
    assert.equal(outward.verify(new Uint8Array(16), offset), false);
    assert.throws(() => {
      outward.seal(new Uint8Array(16), offset);
    }, RangeError);
  }
});

test("the tag is HMAC-SHA256 over the datagram with zeros in the tag's place, cut to 16 bytes", () => {
  assert.equal(KEY_FIELD_BYTES, KEY_FIELD_TAG_AT + DATAGRAM_TAG_BYTES);
  const datagram = new Uint8Array(60).map((_, index) => index);
  const zeroed = datagram.slice().fill(0, 17, 33);
  outward.seal(datagram, 17);
  const expected = createHmac("sha256", deriveKey(crypto, secret, "router to hub"))
    .update(zeroed)
    .digest()
    .subarray(0, 16);
  assert.deepEqual(Buffer.from(datagram.subarray(17, 33)), expected);
});

test("no two purposes share a key, and a purpose's key is fixed by literal bytes", () => {
  const purposes = [
    "router to hub",
    "hub to router",
    "key offer",
    "grant",
    "enrolment confirmation",
  ] as const;
  const keys = purposes.map((purpose) =>
    Buffer.from(deriveKey(crypto, secret, purpose)).toString("hex"),
  );
  assert.equal(new Set(keys).size, purposes.length);
  assert.equal(keys[0], LITERAL);
});

/** Computed from RFC 5869 apart from this code: no salt, info `tagwire key 1: router to hub`, 32 bytes of 1. */
const LITERAL = "e49edfba5262c24adc9eb630468aa86f704f2aa52925ffad73fbb5ec29dcd08c";
