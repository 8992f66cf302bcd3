import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { OperatorError } from "../core/operator-error.ts";
import { lockFolder } from "./folder-lock.ts";

/** Locks the folder in another process, which then ends without giving it back. */
function lockElsewhere(folder: string): number | null {
  const module = new URL("folder-lock.ts", import.meta.url).href;
  const code = `const { lockFolder } = await import(${JSON.stringify(module)}); lockFolder(process.argv[1]); process.kill(process.pid, "SIGKILL");`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", code, folder]).status;
}

test("a folder is one process's until it gives it back, or ends in whatever way", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-lock-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  assert.equal(lockElsewhere(folder), null, "it had the folder and was killed");
  const unlock = lockFolder(folder);
  assert.throws(() => lockFolder(folder), OperatorError);
  assert.equal(lockElsewhere(folder), 1, "another process is refused");
  unlock();
  lockFolder(folder)();
});
