import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for one test, removed after it. */
export function createTemporaryFolder(t: { readonly after: (action: () => void) => void }): string {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-"));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
