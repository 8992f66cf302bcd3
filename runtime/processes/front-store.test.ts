import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { FrontFileError, FrontStore } from "./front-store.ts";

const [BOB, IMPOSTOR] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-front-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

test("two programs of one user know the same users, and neither puts another identity in a known one's place", (t) => {
  const folder = temporaryFolder(t);
  const [open, allow] = [FrontStore.of(folder), FrontStore.of(folder)];
  assert.deepEqual(open.learn("bob", BOB), BOB);
  assert.deepEqual(allow.load().users.get("bob"), BOB);
  assert.deepEqual(allow.learn("bob", IMPOSTOR), BOB, "whoever asks is told of the one that stays");
  assert.deepEqual(open.load().users.get("bob"), BOB);
  allow.setConsent("eve", "never");
  open.learn("eve", IMPOSTOR);
  assert.equal(open.load().consents.get("eve"), "never");
});

test("a front that keeps nothing yet has an empty record and no file", (t) => {
  const store = FrontStore.of(temporaryFolder(t));
  assert.deepEqual(store.load(), { users: new Map(), consents: new Map() });
  assert.throws(() => statSync(store.file), { code: "ENOENT" });
});

const FINGERPRINT = { base64: Buffer.from(BOB).toString("base64") };

for (const [what, text, place] of [
  ["text that is not JSON", "{", ""],
  ["a list", "[]", "#"],
  ["users that are no object", '{"users":[]}', "#/users"],
  ["a user without a name", '{"users":{"Bob!":1}}', "#/users/Bob!"],
  ["an identity of another length", '{"users":{"bob":{"base64":"AAAA"}}}', "#/users/bob"],
  ["an identity that is a text", '{"users":{"bob":"AAAA"}}', "#/users/bob"],
  ["a policy with a slip of the pen", '{"consents":{"eve":"nevr"}}', "#/consents/eve"],
  ["a policy that an object has", '{"consents":{"eve":"toString"}}', "#/consents/eve"],
] as const) {
  test(`${what} is a damaged file: nobody is let in or met anew because of it, and nothing is written over it`, (t) => {
    const store = FrontStore.of(temporaryFolder(t));
    writeFileSync(store.file, text);
    const isFault = (error: unknown): boolean =>
      error instanceof FrontFileError && error.place === `${store.file}${place}`;
    assert.throws(() => store.load(), isFault);
    assert.throws(() => store.learn("carol", BOB), isFault);
    assert.throws(() => {
      store.setConsent("carol", "always");
    }, isFault);
  });
}

test("programs that write at the same time lose nothing of each other", async (t) => {
  const folder = temporaryFolder(t);
  const module = new URL("front-store.ts", import.meta.url).href;
  const [programs, names] = [4, 10];
  const script = (program: number): string => `
    const { FrontStore } = await import(${JSON.stringify(module)});
    const store = FrontStore.of(${JSON.stringify(folder)});
    for (let at = 0; at < ${String(names)}; at += 1) {
      store.setConsent("user-${String(program)}-" + at, "never");
      store.learn("user-${String(program)}-" + at, new Uint8Array(32));
    }`;
  const ends = Array.from({ length: programs }, async (_, program) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script(program)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return once(child, "close");
  });
  assert.deepEqual(
    (await Promise.all(ends)).map(([code]: readonly unknown[]) => code),
    [0, 0, 0, 0],
  );
  const { consents, users } = FrontStore.of(folder).load();
  assert.deepEqual([consents.size, users.size], [programs * names, programs * names]);
});

test("a file as it is written by hand is read", (t) => {
  const store = FrontStore.of(temporaryFolder(t));
  writeFileSync(
    store.file,
    JSON.stringify({ users: { bob: FINGERPRINT }, consents: { ada: "alwaysPlain" } }),
  );
  assert.deepEqual(store.load().users.get("bob"), BOB);
  assert.equal(store.load().consents.get("ada"), "alwaysPlain");
});
