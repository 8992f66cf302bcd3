import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { OperatorError } from "../core/index.ts";
import { createSilentLog } from "../io/log.ts";
import type { NodeRow } from "../roles/tunnel/main/main-events.ts";
import { createTemporaryFolder } from "../stores/testing/temporary-folder.ts";
import { TunnelMainStore } from "./tunnel-main-store.ts";

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const row: fc.Arbitrary<NodeRow> = fc
  .tuple(fc.nat({ max: 5 }), fc.constantFrom(undefined, "ada", "bob"), bytes, bytes, fc.nat())
  .map(([node, name, current, previous, seenUnixMs]) => ({
    fingerprint: new Uint8Array(32).fill(node),
    name,
    passwords: { current, previous },
    neighbour: node % 2 === 0 ? "192.0.2.1" : "2001:db8:0:1::/64",
    seenUnixMs,
  }));

const open = (folder: string): Promise<TunnelMainStore> =>
  TunnelMainStore.open(folder, createSilentLog());

test("what was saved last of each node is there at the next start, and nobody who was forgotten", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 12 }), async (steps) => {
      const folder = createTemporaryFolder(t);
      const store = await open(folder);
      const kept = new Map<string, NodeRow>();
      for (const [one, isForgotten] of steps) {
        const key = one.fingerprint.join();
        await store.save(one);
        if (isForgotten) store.forget(one.fingerprint);
        if (isForgotten) kept.delete(key);
        else kept.set(key, one);
      }
      await store.close();
      const again = await open(folder);
      const byKey = new Map(again.rows.map((one) => [one.fingerprint.join(), one]));
      assert.deepEqual(byKey, kept);
      assert.deepEqual(again.secret, store.secret);
      await again.close();
    }),
    { numRuns: 15 },
  );
});

test("a name may pass from one node to another in one turn", async (t) => {
  const store = await open(createTemporaryFolder(t));
  const [old, fresh] = [fc.sample(row, 1)[0], fc.sample(row, 1)[0]];
  assert.ok(old && fresh);
  const [one, other] = [new Uint8Array(32).fill(9), new Uint8Array(32).fill(1)];
  await store.save({ ...old, fingerprint: one, name: "ada" });
  store.forget(one);
  await store.save({ ...fresh, fingerprint: other, name: "ada" });
  await store.close();
});

test("only their owner can read the files, and a file that is damaged is named", async (t) => {
  const folder = createTemporaryFolder(t);
  await (await open(folder)).close();
  const files = readdirSync(folder);
  assert.ok(files.includes("tunnel-main.json") && files.includes("tunnel-main.sqlite"));
  for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o077, 0, file);
  const secret = join(folder, "tunnel-main.json");
  writeFileSync(secret, readFileSync(secret, "utf8").replace(/"base64": ".*"/, '"base64": "AA=="'));
  await assert.rejects(open(folder), (error) => {
    return error instanceof OperatorError && error.message.includes("tunnel-main.json");
  });
});
