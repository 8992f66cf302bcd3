import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatJson, JsonError, parseJson } from "./json-text.ts";
import type { JsonErrorCode } from "./json-text.ts";

const LIMITS = { maxBytes: 1000 };

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function refused(code: JsonErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof JsonError && error.code === code;
}

test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value)));
      const plain: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual(parseJson(formatJson(value), { maxBytes: 1_000_000 }), plain);
    }),
  );
});

test("any bytes are read or refused with a JsonError", () => {
  const alphabet = fc.oneof(
    fc.constantFrom("{", "}", "[", "]", '"', ",", ":", "\\", "u", "0", "e", "1", "-", ".", " "),
    fc.constantFrom("true", "null", "\u00e9", "__proto__"),
  );
  const texts = fc.array(alphabet, { maxLength: 60 }).map((parts) => bytesOf(parts.join("")));
  fc.assert(
    fc.property(fc.oneof(texts, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      try {
        parseJson(bytes, LIMITS);
      } catch (error) {
        assert.ok(error instanceof JsonError);
      }
    }),
  );
});

test("nesting is admitted up to 16 levels, and brackets in strings are no nesting", () => {
  const nested = (depth: number): Uint8Array => bytesOf("[".repeat(depth) + "]".repeat(depth));
  assert.ok(parseJson(nested(16), LIMITS));
  assert.throws(() => parseJson(nested(17), LIMITS), refused("too-deep"));
  assert.throws(() => parseJson(bytesOf('{"a":'.repeat(17)), LIMITS), refused("too-deep"));
  assert.equal(parseJson(bytesOf(`"\\"${"[".repeat(40)}"`), LIMITS), `"${"[".repeat(40)}`);
  assert.throws(
    () => parseJson(bytesOf("[[1]]"), { maxBytes: 100, maxDepth: 1 }),
    refused("too-deep"),
  );
});

test("keys that reach a prototype are refused at any depth, however they are spelled", () => {
  for (const key of ["__proto__", "constructor", "prototype", "\\u005f_proto__"]) {
    const text = `{"a":[{"${key}":{}}]}`;
    assert.throws(() => parseJson(bytesOf(text), LIMITS), refused("forbidden-key"));
  }
  assert.deepEqual(parseJson(bytesOf('{"a":"__proto__"}'), LIMITS), { a: "__proto__" });
});

test("text that is too long, not UTF-8 or not JSON is refused by its own code", () => {
  assert.throws(() => parseJson(new Uint8Array(1001), LIMITS), refused("too-long"));
  assert.throws(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]), LIMITS), refused("bad-text"));
  assert.throws(() => parseJson(bytesOf("{"), LIMITS), refused("bad-json"));
  assert.throws(() => parseJson(new Uint8Array(), LIMITS), refused("bad-json"));
  assert.throws(() => parseJson(bytesOf("\ufeff1"), LIMITS), refused("bad-json"));
});

test("a value that is not JSON cannot be written", () => {
  assert.throws(() => formatJson(undefined), TypeError);
  assert.throws(() => formatJson(1n), TypeError);
});
