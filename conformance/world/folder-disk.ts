import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { ProgramDisk } from "../../sim/world/world.ts";

/** The files of a program in a folder of the real file system. A write is whole or not there. */
export class FolderDisk implements ProgramDisk {
  readonly #folder: string;
  /** Files that were written and not synced. */
  readonly #unsynced = new Set<string>();

  /** Makes the folder if there is none. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
  }

  read(file: string): Uint8Array | undefined {
    try {
      const bytes = readFileSync(this.#pathOf(file));
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  }

  write(file: string, bytes: Uint8Array): void {
    const path = this.#pathOf(file);
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
    this.#unsynced.add(path);
  }

  remove(file: string): void {
    const path = this.#pathOf(file);
    rmSync(path, { force: true });
    this.#unsynced.delete(path);
  }

  sync(): void {
    for (const path of [...this.#unsynced, this.#folder]) {
      const descriptor = openSync(path, "r");
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    }
    this.#unsynced.clear();
  }

  /** Programs name files as they like, with slashes too. */
  #pathOf(file: string): string {
    return join(this.#folder, encodeURIComponent(file));
  }
}
