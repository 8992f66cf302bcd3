import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createLog } from "../io/log.ts";
import type { Log } from "../io/log.ts";
import { FrontMemory } from "./front-memory.ts";
import type { FrontRecord } from "./front-store.ts";
import { FrontStore } from "./front-store.ts";

const BOB = new Uint8Array(32).fill(1);
const WITHIN_MS = 10_000;

interface Watched {
  readonly store: FrontStore;
  readonly memory: FrontMemory;
  /** What was heard of changes. */
  readonly heard: readonly FrontRecord[];
  readonly logged: () => string;
}

function watch(t: TestContext): Watched {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-memory-"));
  const lines: string[] = [];
  const output = { write: (line: string) => lines.push(line) > 0 };
  const log: Log = createLog({ output, part: "front", level: "info" });
  const store = FrontStore.of(folder);
  const heard: FrontRecord[] = [];
  const memory = new FrontMemory(store, log, (record) => heard.push(record));
  t.after(() => {
    memory.close();
    rmSync(folder, { recursive: true });
  });
  return { store, memory, heard, logged: () => lines.join("") };
}

async function until(condition: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!condition()) {
    assert.ok(performance.now() - startMs < WITHIN_MS, "it does not happen");
    await setTimeout(10);
  }
}

test("a policy that another program writes is heard of", async (t) => {
  const { heard, memory, store } = watch(t);
  store.setConsent("eve", "never");
  await until(() => heard.at(-1)?.consents.get("eve") === "never");
  assert.equal(memory.record.consents.get("eve"), "never");
});

test("a file that is damaged meanwhile is logged with its place, what it said last counts, and once mended it is read again", async (t) => {
  const { heard, logged, memory, store } = watch(t);
  store.setConsent("eve", "never");
  await until(() => heard.length > 0);
  writeFileSync(store.file, '{"consents":{"eve":"nevr"}}');
  await until(() => logged().includes("#/consents/eve"));
  assert.equal(memory.record.consents.get("eve"), "never");
  assert.equal(memory.learn("bob", BOB), undefined, "nor is anybody learnt");
  writeFileSync(store.file, '{"consents":{"eve":"always"}}');
  await until(() => memory.record.consents.get("eve") === "always");
});

test("an identity that cannot be written is not kept, and the log says of whom and why", (t) => {
  const { logged, memory, store } = watch(t);
  // Nothing can take the place of a folder that is not empty.
  mkdirSync(join(store.file, "in the way"), { recursive: true });
  assert.equal(memory.learn("bob", BOB), undefined);
  assert.match(logged(), /bob/);
  assert.ok(logged().includes(store.file));
  rmSync(store.file, { recursive: true });
  assert.deepEqual(memory.learn("bob", BOB), BOB);
});
