import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { OperatorError } from "../core/operator-error.ts";
import { createPrivateFolder, fileFault, PRIVATE_FILE_MODE, syncFolder } from "./private-files.ts";

/** What a state file can hold: JSON, and bytes, which stand in it as `{"base64": "…"}`. */
export type StateValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly StateValue[]
  | { readonly [name: string]: StateValue | undefined };

const STATE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * A small file of one process's state: its identity, its keys, the hub it trusts. It is replaced as a
 * whole, so that after a crash or a loss of power it holds the state before or the state after, and only its
 * owner can read it.
 */
export class StateFile {
  readonly file: string;

  /** @param file path; the folder is made when the first state is saved. */
  constructor(file: string) {
    this.file = file;
  }

  /**
   * The state that was saved last; undefined if there is none.
   * @throws {OperatorError} if the file cannot be read or is damaged.
   */
  load(): StateValue | undefined {
    let text: string;
    try {
      text = readFileSync(this.file, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw fileFault(this.file, "cannot be read", error);
    }
    try {
      return JSON.parse(text, reviveBytes) as StateValue;
    } catch (error) {
      throw new OperatorError({
        place: this.file,
        problem: "is damaged: it is not JSON.",
        remedy: "Restore it from a backup, or move it away to start with a new identity.",
        cause: error,
      });
    }
  }

  /**
   * Saves a state. When the call returns, it survives a loss of power.
   * @throws {OperatorError} if it cannot be written; the state before is kept.
   * @throws {RangeError} if it is larger than 16 MiB.
   */
  save(state: StateValue): void {
    const text = `${JSON.stringify(state, replaceBytes, 2)}\n`;
    if (text.length > STATE_BYTES_MAX) throw new RangeError(`${this.file}: the state is too large`);
    createPrivateFolder(this.file);
    const draft = `${this.file}.${String(process.pid)}.tmp`;
    try {
      writeSynced(draft, text);
      renameSync(draft, this.file);
      syncFolder(this.file);
    } catch (error) {
      rmSync(draft, { force: true });
      throw fileFault(this.file, "cannot be written", error);
    }
  }
}

function writeSynced(file: string, text: string): void {
  const descriptor = openSync(file, "w", PRIVATE_FILE_MODE);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function replaceBytes(this: unknown, name: string, shown: unknown): unknown {
  // A Buffer turns itself into JSON before it is shown here, so its owner is asked.
  const value: unknown = (this as Readonly<Record<string, unknown>>)[name];
  if (!(value instanceof Uint8Array)) return shown;
  return {
    base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
  };
}

function reviveBytes(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value);
  if (names.length !== 1 || names[0] !== "base64" || !("base64" in value)) return value;
  return typeof value.base64 === "string"
    ? new Uint8Array(Buffer.from(value.base64, "base64"))
    : value;
}
