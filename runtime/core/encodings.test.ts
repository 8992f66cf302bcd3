import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { asciiBytes } from "./ascii.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import { decodeHex, encodeHex } from "./hex.ts";
import { RecentMap } from "./recent-map.ts";
import { createTicket, TICKET_BYTES, TICKET_HINT_BYTES, ticketHint } from "./ticket.ts";
import { encodeTranscript, integerBytes } from "./transcript.ts";

test("base64url and hexadecimal text agree with the platform's, and read back", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.equal(encodeBase64Url(bytes), Buffer.from(bytes).toString("base64url"));
      assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), bytes);
      assert.equal(encodeHex(bytes), Buffer.from(bytes).toString("hex"));
      assert.deepEqual(decodeHex(encodeHex(bytes).toUpperCase()), bytes);
    }),
  );
});

test("of all texts only those that an encoder gives are read", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const bytes = decodeBase64Url(text);
      if (bytes !== undefined) assert.equal(encodeBase64Url(bytes), text);
      const digits = decodeHex(text);
      if (digits !== undefined) assert.equal(encodeHex(digits), text.toLowerCase());
    }),
  );
  for (const text of ["A", "AB", "AAB", "AA==", "A+", "A/", "é", "AA A"]) {
    assert.equal(decodeBase64Url(text), undefined, text);
  }
  for (const text of ["0", "0g", "0x", " 0"]) assert.equal(decodeHex(text), undefined, text);
});

test("two transcripts are equal only if label and parts are", () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 4 });
  const label = fc.constantFrom("a", "ab", "b", "");
  fc.assert(
    fc.property(label, parts, label, parts, (oneLabel, one, otherLabel, other) => {
      const same = oneLabel === otherLabel && JSON.stringify(one) === JSON.stringify(other);
      const left = encodeHex(encodeTranscript(oneLabel, one));
      assert.equal(left === encodeHex(encodeTranscript(otherLabel, other)), same);
    }),
    { numRuns: 1000 },
  );
  const literal = encodeHex(encodeTranscript("ab", [new Uint8Array([7]), new Uint8Array(0)]));
  assert.equal(literal, "0000000261620000000107" + "00000000");
});

test("an integer takes its bytes big-endian, or is refused", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      assert.equal(BigInt(`0x${encodeHex(integerBytes(value, 8))}`), BigInt(value));
    }),
  );
  for (const value of [-1, 0.5, 65536, Number.NaN]) {
    assert.throws(() => integerBytes(value, 2), RangeError);
  }
});

test("text that is not ASCII is the caller's fault", () => {
  assert.deepEqual(asciiBytes("aZ0"), new Uint8Array([97, 90, 48]));
  assert.throws(() => asciiBytes("é"), RangeError);
});

test("a recent map holds the keys used last and no more", () => {
  const step = fc.record({ write: fc.boolean(), key: fc.nat(8) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step), (entriesMax, steps) => {
      const map = new RecentMap<number, number>(entriesMax);
      let model: number[] = [];
      for (const { write, key } of steps) {
        const known = model.includes(key);
        if (write) map.set(key, key);
        else assert.equal(map.get(key), known ? key : undefined);
        if (!write && !known) continue;
        model = [...model.filter((other) => other !== key), key].slice(-entriesMax);
        assert.equal(map.size, model.length);
      }
    }),
  );
  assert.throws(() => new RecentMap(0), RangeError);
});

test("a ticket is random, and its hint tells nothing but which it is", () => {
  const crypto = createNodeCrypto();
  const ticket = createTicket(crypto);
  assert.equal(ticket.length, TICKET_BYTES);
  assert.notDeepEqual(ticket, createTicket(crypto));
  const hint = ticketHint(crypto, ticket);
  assert.equal(hint.length, TICKET_HINT_BYTES);
  assert.deepEqual(hint, ticketHint(crypto, ticket.slice()));
  assert.ok(!encodeHex(ticket).includes(encodeHex(hint)));
});
