import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../core/operator-error.ts";
import { claimPrivateFile, createPrivateFolder } from "./private-files.ts";

/** Whoever has the lock reads and writes a small file. */
const WAIT_MS = 5_000;

/**
 * Does something that no other process may do to a file at the same time: read it, say, and write it changed. The lock
 * stands on a file of its own beside it, because the file itself is replaced; it is SQLite's, as that of a folder, and
 * goes with its process.
 * @throws {OperatorError} if another process keeps the lock, or it cannot be made; the work was not done.
 */
export function withFileLock<Result>(file: string, work: () => Result): Result {
  const place = `${file}.lock`;
  createPrivateFolder(place);
  if (!existsSync(place)) claimPrivateFile(place);
  const database = new DatabaseSync(place, { timeout: WAIT_MS });
  try {
    try {
      database.exec("begin exclusive");
    } catch (cause) {
      throw new OperatorError({
        place,
        problem: "another process keeps the lock.",
        remedy: "Stop the process that hangs, and try again.",
        cause,
      });
    }
    return work();
  } finally {
    database.close();
  }
}
