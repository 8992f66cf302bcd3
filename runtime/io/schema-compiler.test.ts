import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AjvSchemaCompiler } from "./schema-compiler.ts";

const PING = {
  type: "object",
  additionalProperties: false,
  required: ["host"],
  properties: {
    host: { type: "string", minLength: 1, format: "hostname" },
    count: { type: "integer", minimum: 1 },
    mode: { enum: ["fast", "slow"] },
    route: { type: "array", items: { type: "object", properties: { "a/b": { type: "string" } } } },
  },
};

const check = new AjvSchemaCompiler().compile(PING);

test("a value that follows its schema has no problems", () => {
  assert.deepEqual(check({ host: "a", count: 2, mode: "fast" }), []);
});

test("a problem names the member by its JSON pointer and says what it must be", () => {
  assert.deepEqual(check({}), [{ pointer: "/host", message: "is missing" }]);
  assert.deepEqual(check({ host: "a", "x/y": 1 }), [{ pointer: "/x~1y", message: "is not known" }]);
  assert.deepEqual(check({ host: "a", count: 0 }), [
    { pointer: "/count", message: "must be >= 1" },
  ]);
  assert.deepEqual(check([]), [{ pointer: "", message: "must be object" }]);
  assert.deepEqual(check({ host: "a", route: [{}, { "a/b": 1 }] }), [
    { pointer: "/route/1/a~1b", message: "must be string" },
  ]);
  assert.deepEqual(check({ host: "a", mode: "other" }), [
    { pointer: "/mode", message: 'must be equal to one of the allowed values: ["fast","slow"]' },
  ]);
});

test("a check never throws and never changes the value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const before = structuredClone(value);
      assert.ok(check(value).length <= 1);
      assert.deepEqual(value, before);
    }),
  );
});

test("a malformed schema is refused when it is compiled", () => {
  assert.throws(() => new AjvSchemaCompiler().compile({ type: "nothing" }));
});
