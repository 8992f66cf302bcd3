import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { COOKIE_BYTES, CookieJar, type CookieSubject } from "./cookie.ts";

const crypto = createNodeCrypto();
const subject: CookieSubject = {
  source: { address: "192.0.2.7", port: 40000 },
  mac: 0x0200_5e10_0001,
  nonce: new Uint8Array(8).fill(1),
};

test("a cookie is good for one to two lives of a secret, whenever it was issued, and never longer", () => {
  const times = fc.record({
    startMs: fc.nat(10 ** 9),
    issuedMs: fc.nat(10 ** 7),
    laterMs: fc.nat(400_000),
    secretMs: fc.integer({ min: 1, max: 200_000 }),
  });
  fc.assert(
    fc.property(times, ({ startMs, issuedMs, laterMs, secretMs }) => {
      const jar = new CookieJar(crypto, { nowMs: startMs, secretMs });
      const cookie = jar.issue(subject, startMs + issuedMs);
      assert.equal(cookie.length, COOKIE_BYTES);
      const good = jar.verify(cookie, subject, startMs + issuedMs + laterMs);
      if (laterMs <= secretMs) assert.equal(good, true);
      if (laterMs >= 2 * secretMs) assert.equal(good, false);
    }),
  );
});

test("a cookie is worth nothing from another address or port, for another mac or nonce", () => {
  const jar = new CookieJar(crypto, { nowMs: 0, secretMs: 120_000 });
  const cookie = jar.issue(subject, 0);
  const { source, mac, nonce } = subject;
  const others: CookieSubject[] = [
    { ...subject, source: { ...source, address: "192.0.2.8" } },
    { ...subject, source: { ...source, port: 40001 } },
    { ...subject, mac: mac + 1 },
    { ...subject, nonce: new Uint8Array(8) },
    { ...subject, nonce: nonce.subarray(1) },
  ];
  assert.equal(jar.verify(cookie, subject, 0), true);
  for (const other of others) assert.equal(jar.verify(cookie, other, 0), false);
});

test("a cookie with any bit flipped, of another length or of another hub is refused", () => {
  const jar = new CookieJar(crypto, { nowMs: 0, secretMs: 120_000 });
  const cookie = jar.issue(subject, 0);
  for (let bit = 0; bit < COOKIE_BYTES * 8; bit += 1) {
    const flipped = cookie.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(jar.verify(flipped, subject, 0), false);
  }
  for (const bytes of [0, 15]) {
    assert.equal(jar.verify(cookie.subarray(0, bytes), subject, 0), false);
  }
  assert.equal(jar.verify(new Uint8Array(40), subject, 0), false);
  assert.equal(
    new CookieJar(crypto, { nowMs: 0, secretMs: 120_000 }).verify(cookie, subject, 0),
    false,
  );
});

test("a retransmission within one period gets the same cookie", () => {
  const jar = new CookieJar(crypto, { nowMs: 1000, secretMs: 120_000 });
  assert.deepEqual(jar.issue(subject, 1000), jar.issue(subject, 120_999));
  assert.notDeepEqual(jar.issue(subject, 1000), jar.issue(subject, 121_000));
});
