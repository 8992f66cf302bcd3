import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { OperatorError } from "../core/operator-error.ts";
import { StateFile } from "./state-file.ts";
import type { StateValue } from "./state-file.ts";
import { createTemporaryFolder } from "./testing/temporary-folder.ts";

const { state } = fc.letrec<{ state: StateValue }>((tie) => ({
  state: fc.oneof(
    { maxDepth: 3 },
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: "binary" }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("state"), { maxLength: 4 }),
    fc.dictionary(
      fc
        .string({ maxLength: 5 })
        .filter((name) => !["__proto__", "base64", "toJSON"].includes(name)),
      tie("state"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

test("A state comes back as it was saved, bytes as bytes.", (t) => {
  const file = new StateFile(join(createTemporaryFolder(t), "state.json"));
  assert.equal(file.load(), undefined);
  fc.assert(
    fc.property(state, (saved) => {
      file.save(saved);
      assert.deepEqual(file.load(), saved);
    }),
    { numRuns: 60 },
  );
});

test("A Buffer is saved as bytes too.", (t) => {
  const file = new StateFile(join(createTemporaryFolder(t), "state.json"));
  file.save({ key: Buffer.from([1, 2, 250]).subarray(1) });
  assert.deepEqual(file.load(), { key: Uint8Array.of(2, 250) });
});

test("File and folder are their owner's alone, and no draft is left.", (t) => {
  const path = join(createTemporaryFolder(t), "made", "state.json");
  const maskBefore = process.umask(0);
  t.after(() => {
    process.umask(maskBefore);
  });
  new StateFile(path).save({ a: 1 });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(dirname(path)), ["state.json"]);
});

test("A damaged file is named, with a remedy, and is not replaced.", (t) => {
  const path = join(createTemporaryFolder(t), "state.json");
  writeFileSync(path, '{"key": {"base64": "AAE');
  assert.throws(
    () => new StateFile(path).load(),
    (error) => {
      assert.ok(error instanceof OperatorError);
      assert.equal(error.place, path);
      assert.match(error.message, /damaged/);
      return true;
    },
  );
});

test("A file that cannot be written is named, and the draft is removed.", (t) => {
  const folder = createTemporaryFolder(t);
  const path = join(folder, "state.json");
  mkdirSync(join(path, "in the way"), { recursive: true });
  assert.throws(
    () => {
      new StateFile(path).save({ a: 1 });
    },
    (error) => error instanceof OperatorError && error.place === path,
  );
  assert.deepEqual(readdirSync(folder), ["state.json"]);
});
