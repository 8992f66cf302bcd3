import assert from "node:assert/strict";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ownJoinSecret, readJoinSecret, weaknessOf } from "./secret-file.ts";
import { withFolder } from "./testing/run-tagwire.ts";

test("secrets of examples, short ones and monotonous ones are refused", () => {
  for (const secret of [
    "",
    "changeme",
    "a".repeat(64),
    "change-me-please-0123456789-qwertzuiop",
    "0123456789012345678901234567890123456789",
  ]) {
    assert.ok(weaknessOf(secret) !== undefined, secret);
  }
  assert.equal(weaknessOf("q8Zr4nJvK2mWx7Pb9TfLc3HsYd6GuEaR"), undefined);
});

test("a hub makes its join secret once, for itself alone, and keeps it", async () => {
  await withFolder(async (folder) => {
    const data = join(folder, "hub");
    const { path, secret } = ownJoinSecret(data);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(weaknessOf(new TextDecoder().decode(secret)), undefined);
    assert.deepEqual(ownJoinSecret(data).secret, secret);
    assert.deepEqual(readJoinSecret(path), secret);
    assert.equal(readFileSync(path, "utf8").trimEnd(), new TextDecoder().decode(secret));
    await Promise.resolve();
  });
});

test("a join secret that others may read, that is empty or not there is refused with the remedy", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "secret");
    assert.throws(() => readJoinSecret(path), /cannot be read/);
    writeFileSync(path, "q8Zr4nJvK2mWx7Pb9TfLc3HsYd6GuEaR\n", { mode: 0o600 });
    assert.equal(readJoinSecret(path).length, 32);
    chmodSync(path, 0o644);
    assert.throws(() => readJoinSecret(path), new RegExp(`chmod 600 ${path}`));
    chmodSync(path, 0o600);
    writeFileSync(path, "two\nlines\n");
    assert.throws(() => readJoinSecret(path), /not one line/);
    await Promise.resolve();
  });
});
