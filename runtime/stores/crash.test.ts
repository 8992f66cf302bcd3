import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SqliteStore } from "./sqlite-store.ts";
import { StateFile } from "./state-file.ts";
import { NOTE_SCHEMA } from "./testing/note-schema.ts";
import { createTemporaryFolder } from "./testing/temporary-folder.ts";

/** Times in ms after its first line at which a writer is killed: within and between its saves. */
const KILL_AFTER_MS = [0, 3, 10, 31, 67, 120];

/** Runs a writer until it is killed; returns the last number it confirmed under each word. */
async function killWriter(
  script: string,
  file: string,
  afterMs: number,
): Promise<ReadonlyMap<string, number>> {
  const path = fileURLToPath(new URL(`testing/${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, file], { stdio: ["ignore", "pipe", "inherit"] });
  const confirmed = new Map<string, number>();
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const [word = "", value] = line.split(" ");
    confirmed.set(word, Number(value));
  });
  await once(lines, "line");
  await delay(afterMs);
  const closed = once(child, "close");
  assert.equal(child.exitCode, null, "the writer was still writing");
  child.kill("SIGKILL");
  await closed;
  return confirmed;
}

for (const afterMs of KILL_AFTER_MS) {
  test(`A store killed ${String(afterMs)} ms into its work has what was confirmed, and each batch whole.`, async (t) => {
    const file = join(createTemporaryFolder(t), "rows.sqlite");
    const confirmed = await killWriter("crash-writer.ts", file, afterMs);
    const store = await SqliteStore.open({ file, schema: NOTE_SCHEMA });
    const rows = new Map((await store.load("counts")).map(({ id, value }) => [id, value]));
    await store.close();
    const urgent = rows.get(1000) ?? 0;
    assert.ok(urgent >= (confirmed.get("urgent") ?? Number.NaN));
    const flushed = rows.get(0) ?? 0;
    assert.ok(flushed >= (confirmed.get("flush") ?? 0));
    assert.ok(flushed === urgent || flushed === urgent - 1, "nothing is older than it may be");
    for (let id = 0; id < 50; id++) assert.equal(rows.get(id) ?? 0, flushed, `row ${String(id)}`);
  });

  test(`A state file killed ${String(afterMs)} ms into its work holds one whole state.`, async (t) => {
    const path = join(createTemporaryFolder(t), "state.json");
    const confirmed = await killWriter("state-writer.ts", path, afterMs);
    const state = new StateFile(path).load() as { value: number; filling: string; end: number };
    assert.equal(state.end, state.value);
    assert.equal(state.filling.length, state.value % 20_000);
    assert.ok(state.value >= (confirmed.get("saved") ?? Number.NaN));
    assert.ok(readdirSync(join(path, "..")).length <= 2, "at most one draft is left");
  });
}
