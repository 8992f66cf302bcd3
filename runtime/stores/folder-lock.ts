import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../core/operator-error.ts";
import { claimPrivateFile, createPrivateFolder } from "./private-files.ts";

/**
 * Keeps a data folder for this process alone: two processes with one identity would spoil each other's
 * sequence numbers. The lock is SQLite's on an empty file, because the system gives it back however the
 * process ends, and no stale file has to be told from a live one.
 * @returns gives the folder back.
 * @throws {OperatorError} if another process has it, or the file cannot be made.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, "lock");
  createPrivateFolder(file);
  // Closing any descriptor of the file would drop the locks that this process has on it (POSIX fcntl).
  if (!existsSync(file)) claimPrivateFile(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (cause) {
    database.close();
    throw new OperatorError({
      place: folder,
      problem: "is in use by another process.",
      remedy: "Stop it, or give this one a data folder of its own.",
      cause,
    });
  }
  return () => {
    database.close();
  };
}
