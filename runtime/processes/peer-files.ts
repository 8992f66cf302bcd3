import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { encodeHex } from "../core/index.ts";
import type { FileDescription } from "../roles/peer/peer-events.ts";
import { PRIVATE_FILE_MODE, createPrivateFolder, fileFault } from "../stores/private-files.ts";

/** A file that is being sent. */
export class OutgoingFile {
  readonly description: FileDescription;
  readonly #descriptor: number;

  private constructor(descriptor: number, description: FileDescription) {
    this.#descriptor = descriptor;
    this.description = description;
  }

  /** @throws {OperatorError} if it cannot be read. */
  static async open(path: string): Promise<OutgoingFile> {
    try {
      const sha256 = await hashOf(path);
      const descriptor = openSync(path, "r");
      const { size } = fstatSync(descriptor);
      return new OutgoingFile(descriptor, { fileName: basename(path), sizeBytes: size, sha256 });
    } catch (error) {
      throw fileFault(path, "cannot be read", error);
    }
  }

  /** So many bytes; undefined if they are not there any more. */
  read(offsetBytes: number, lengthBytes: number): Uint8Array | undefined {
    const bytes = new Uint8Array(lengthBytes);
    try {
      const read = readSync(this.#descriptor, bytes, 0, lengthBytes, offsetBytes);
      return read === lengthBytes ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** A file that is being received: kept under the name of its hash until it is whole, so that it can be gone on with. */
export class IncomingFile {
  /** Where it is until it is whole: apart for each peer, since nobody may spoil what another has begun. */
  readonly part: string;
  readonly #folder: string;
  readonly #file: FileDescription;
  #descriptor: number | undefined;

  constructor(
    folder: string,
    { file, peer }: { readonly file: FileDescription; readonly peer: Uint8Array },
  ) {
    this.#folder = folder;
    this.#file = file;
    this.part = join(folder, `${encodeHex(file.sha256)}-${encodeHex(peer.subarray(0, 8))}.part`);
  }

  /** How much of it is there. @throws {OperatorError} if nothing can be written there, or the disk has no room for the rest. */
  async open(): Promise<number> {
    createPrivateFolder(this.part);
    try {
      const { bavail, bsize } = await statfs(this.#folder);
      const have = existsSync(this.part) ? statSync(this.part).size : 0;
      if (this.#file.sizeBytes - have > bavail * bsize - ROOM_BYTES) {
        throw new Error("ENOSPC: it is larger than what is free");
      }
      this.#descriptor ??= openSync(
        this.part,
        existsSync(this.part) ? "r+" : "w+",
        PRIVATE_FILE_MODE,
      );
      const { size } = fstatSync(this.#descriptor);
      if (size <= this.#file.sizeBytes) return size;
      ftruncateSync(this.#descriptor, 0);
      return 0;
    } catch (error) {
      throw fileFault(this.part, "cannot be written", error);
    }
  }

  /** @throws {Error} if the disk does not take it. */
  write(offsetBytes: number, bytes: Uint8Array): void {
    if (this.#descriptor !== undefined) {
      writeSync(this.#descriptor, bytes, 0, bytes.length, offsetBytes);
    }
  }

  /** Whether it is what was offered. If not, it is removed: to go on with it would be of no use. */
  async check(): Promise<boolean> {
    this.close();
    const found = await hashOf(this.part);
    if (encodeHex(found) === encodeHex(this.#file.sha256)) return true;
    rmSync(this.part, { force: true });
    return false;
  }

  /** Gives it its name, or one like it if that is taken; gives the path. */
  finish(): string {
    const path = freePath(this.#folder, safeName(this.#file.fileName));
    renameSync(this.part, path);
    return path;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

/** Nothing in a name from outside may lead out of the folder, hide the file, show another name, or be too long for a disk. */
function safeName(name: string): string {
  const plain = basename(name.replaceAll("\\", "/")).replaceAll(UNSAFE, "_");
  // A character that is cut in two is left out.
  const bytes = new TextEncoder().encode(plain.replace(/^\.+/, "")).subarray(0, NAME_BYTES_MAX);
  const shown = new TextDecoder().decode(bytes).replace(/\ufffd+$/, "");
  return shown === "" ? "file" : shown;
}

/** What moves a terminal's cursor, turns the direction of writing, or means something to a shell or a disk. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069<>:"|?*]/g;

/** Disks take 255; the rest is for a number. */
const NAME_BYTES_MAX = 200;

/** So much of a disk is left free. */
const ROOM_BYTES = 64 * 1024 * 1024;

function freePath(folder: string, name: string): string {
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  for (let copy = 1; ; copy += 1) {
    const path = join(folder, copy === 1 ? name : `${stem} (${String(copy)})${extension}`);
    if (!existsSync(path)) return path;
  }
}

async function hashOf(path: string): Promise<Uint8Array> {
  const hash = createHash("sha256");
  if (statSync(path).isDirectory()) throw new Error("EISDIR: it is a folder");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return new Uint8Array(hash.digest());
}
