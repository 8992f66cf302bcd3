import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { OperatorError } from "../core/operator-error.ts";

/** Files with keys are their owner's alone. */
export const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;

/**
 * Makes the folder of a file, readable by its owner alone, if it is not there.
 * @throws {OperatorError} if that cannot be done.
 */
export function createPrivateFolder(file: string): void {
  const folder = dirname(file);
  try {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE });
  } catch (error) {
    throw fileFault(folder, "cannot be made", error);
  }
}

/**
 * Makes a file that only its owner may read, or takes from others the right to read one that is there.
 * @throws {OperatorError} if that cannot be done.
 */
export function claimPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, "a", PRIVATE_FILE_MODE));
    chmodSync(file, PRIVATE_FILE_MODE);
  } catch (error) {
    throw fileFault(file, "cannot be opened for writing", error);
  }
}

/** Makes the names in a file's folder survive a loss of power, where the system can. */
export function syncFolder(file: string): void {
  const folder = openSync(dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A failure of the file system, with the place and what to look at. */
export function fileFault(place: string, problem: string, cause: unknown): OperatorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const full = reason.startsWith("ENOSPC");
  const remedy = full
    ? "Free some space on the disk."
    : "Check that the path exists and that this user may write there.";
  return new OperatorError({ place, problem: `${problem} (${reason}).`, remedy, cause });
}
