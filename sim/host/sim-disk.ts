/** An operation that the disk may lose. */
type Operation =
  | { readonly kind: "write"; readonly file: string; readonly bytes: Uint8Array }
  | { readonly kind: "append"; readonly file: string; readonly bytes: Uint8Array }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "remove"; readonly file: string };

/** Operations that may wait for `sync`; more are on the disk without it, oldest first, as a page cache is written back. */
const UNSYNCED_MAX = 10_000;

/**
 * Files of a host. What is read is what was written; what survives a power cut is what was synced, and a
 * leading part of what came after: operations reach the disk in their order and whole, as on a journaling
 * file system. A write torn in the middle is not modelled.
 */
export class SimDisk {
  #synced = new Map<string, Uint8Array>();
  #current = new Map<string, Uint8Array>();
  readonly #unsynced: Operation[] = [];

  /** Operations that a power cut may lose. */
  get unsynced(): number {
    return this.#unsynced.length;
  }

  /** Names of the files, in the order in which they were made. */
  get files(): readonly string[] {
    return [...this.#current.keys()];
  }

  /** A copy of a file's bytes; undefined if there is no such file. */
  read(file: string): Uint8Array | undefined {
    return this.#current.get(file)?.slice();
  }

  /** Replaces a file or makes it. */
  write(file: string, bytes: Uint8Array): void {
    this.#do({ kind: "write", file, bytes: bytes.slice() });
  }

  append(file: string, bytes: Uint8Array): void {
    this.#do({ kind: "append", file, bytes: bytes.slice() });
  }

  /** Gives a file another name, replacing what had it. Nothing if there is no such file. */
  rename(from: string, to: string): void {
    this.#do({ kind: "rename", from, to });
  }

  remove(file: string): void {
    this.#do({ kind: "remove", file });
  }

  /** All that was done so far survives from now on. */
  sync(): void {
    this.#unsynced.length = 0;
    this.#synced = new Map(this.#current);
  }

  /** The power is cut. @param kept how many of the unsynced operations reached the disk. @throws {RangeError} if fewer than none. */
  cut(kept: number): void {
    if (!(kept >= 0)) throw new RangeError(`a disk cannot keep ${String(kept)} operations`);
    for (const operation of this.#unsynced.slice(0, kept)) perform(this.#synced, operation);
    this.#unsynced.length = 0;
    this.#current = new Map(this.#synced);
  }

  #do(operation: Operation): void {
    perform(this.#current, operation);
    this.#unsynced.push(operation);
    if (this.#unsynced.length <= UNSYNCED_MAX) return;
    const oldest = this.#unsynced.shift();
    if (oldest !== undefined) perform(this.#synced, oldest);
  }
}

function perform(files: Map<string, Uint8Array>, operation: Operation): void {
  switch (operation.kind) {
    case "write":
      files.set(operation.file, operation.bytes);
      return;
    case "append": {
      const before = files.get(operation.file) ?? new Uint8Array(0);
      const after = new Uint8Array(before.length + operation.bytes.length);
      after.set(before);
      after.set(operation.bytes, before.length);
      files.set(operation.file, after);
      return;
    }
    case "rename": {
      const bytes = files.get(operation.from);
      if (bytes === undefined) return;
      files.delete(operation.from);
      files.set(operation.to, bytes);
      return;
    }
    case "remove":
      files.delete(operation.file);
      return;
  }
}
