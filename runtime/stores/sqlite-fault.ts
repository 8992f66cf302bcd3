import { OperatorError } from "../core/operator-error.ts";

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html) that an operator can act on. */
const FAULTS: Readonly<Record<number, readonly [problem: string, remedy: string]>> = {
  3: ["may not be opened.", "Give this user the right to read and write the file and its folder."],
  5: [
    "is in use by another process.",
    "Stop the other process, or give this one a state folder of its own.",
  ],
  8: ["may not be written.", "Give this user the right to write the file and its folder."],
  10: ["cannot be read or written: the disk reports an error.", "Check the disk."],
  11: ["is damaged.", "Restore it from a backup, or move it away to start with an empty one."],
  13: ["cannot grow: the disk is full.", "Free some space; what was not saved is kept in memory."],
  14: ["cannot be opened.", "Check that the folder exists and that this user may write in it."],
  26: [
    "is not a database.",
    "Check the path; restore the file from a backup, or move it away to start with an empty one.",
  ],
};

/**
 * What SQLite reports, as the operator needs to hear it: with the file and a remedy. Anything else comes
 * back as it was, for it is a defect of ours.
 */
export function sqliteFault(file: string, error: unknown): unknown {
  const code = resultCode(error);
  const fault = code === undefined ? undefined : FAULTS[code & 0xff];
  if (fault === undefined) return error;
  return new OperatorError({ place: file, problem: fault[0], remedy: fault[1], cause: error });
}

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}
