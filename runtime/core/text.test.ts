import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { readText, utf8Bytes, writeText } from "./text.ts";
import { WireError } from "./wire-error.ts";

const texts = fc.oneof(
  fc.string({ unit: "binary-ascii", maxLength: 100, size: "max" }),
  fc.string({ unit: "binary", maxLength: 100, size: "max" }),
  fc.string({ unit: "grapheme", maxLength: 60, size: "max" }),
);

suite("text on the wire", () => {
  test("text is written as the platform writes it, and read back", () => {
    fc.assert(
      fc.property(texts, fc.nat({ max: 5 }), (text, offset) => {
        const out = new Uint8Array(600).fill(0xee);
        const end = writeText(text, out, offset, "text");
        assert.deepEqual(Buffer.from(out.subarray(offset, end)), Buffer.from(text, "utf8"));
        assert.equal(end - offset, utf8Bytes(text));
        assert.equal(out[end], 0xee);
        assert.equal(readText(out, offset, end, "text"), text);
      }),
      { numRuns: 500 },
    );
  });

  test("any bytes are the text that a strict decoder sees, or bad-text", () => {
    const pieces = fc.constantFrom(
      [0x41],
      [0xc3, 0xa9],
      [0xe2, 0x82],
      [0xf0, 0x9f, 0x98, 0x80],
      [0xff],
      [0xed, 0xa0, 0x80],
      [0xef, 0xbb, 0xbf],
      [0],
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80, size: "max" }),
      fc.array(pieces, { maxLength: 30, size: "max" }).map((list) => Uint8Array.from(list.flat())),
    );
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(bytes, (value) => {
        let expected: string | undefined;
        try {
          expected = strict.decode(value);
        } catch {
          expected = undefined;
        }
        if (expected === undefined) {
          assert.throws(() => readText(value, 0, value.length, "text"), {
            name: "WireError",
            code: "bad-text",
          });
        } else {
          assert.equal(readText(value, 0, value.length, "text"), expected);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("half a surrogate pair is refused, short or long", () => {
    const out = new Uint8Array(400);
    for (const text of ["\ud800", "a\udc00b", `${"x".repeat(100)}\ud83d`]) {
      assert.throws(() => writeText(text, out, 0, "text"), RangeError);
    }
  });

  test("a buffer that is too small is a RangeError, and nothing is written past its end", () => {
    fc.assert(
      fc.property(texts, fc.nat({ max: 200 }), (text, room) => {
        const whole = new Uint8Array(room + 8).fill(0xee);
        const out = whole.subarray(0, room);
        if (utf8Bytes(text) > room)
          assert.throws(() => writeText(text, out, 0, "text"), RangeError);
        else assert.equal(writeText(text, out, 0, "text"), utf8Bytes(text));
        assert.deepEqual(whole.subarray(room), new Uint8Array(8).fill(0xee));
      }),
    );
    assert.throws(() => writeText("é", new Uint8Array(2), 3, "text"), RangeError);
  });

  test("an error tells where and what, and not the text", () => {
    const read = (): string => readText(Uint8Array.of(0x41, 0xff), 0, 2, "Hello.name");
    assert.throws(read, (error: unknown) => {
      assert.ok(error instanceof WireError);
      assert.deepEqual([error.code, error.path, error.offset], ["bad-text", "Hello.name", 0]);
      return true;
    });
  });
});
