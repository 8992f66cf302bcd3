import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FrontStore } from "./front-store.ts";

const [BOB, IMPOSTOR] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

test("two programs of one user know the same users, and neither puts another identity in a known one's place", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-front-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const [open, allow] = [FrontStore.of(folder), FrontStore.of(folder)];
  open.learn("bob", BOB);
  assert.deepEqual(allow.users.get("bob"), BOB);
  allow.learn("bob", IMPOSTOR);
  assert.deepEqual(open.users.get("bob"), BOB);
  allow.setConsent("eve", "never");
  open.learn("eve", IMPOSTOR);
  assert.equal(open.consentOf("eve"), "never");
});
