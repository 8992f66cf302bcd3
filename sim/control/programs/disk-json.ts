import { decodeBase64Url, encodeBase64Url } from "../../../runtime/core/index.ts";
import type { ProgramDisk } from "../../world/world.ts";

const BYTES_KEY = "base64url";

/** Writes a value of JSON types and Uint8Arrays to a file; members that are undefined are left out. */
export function writeJson(disk: ProgramDisk, file: string, value: unknown): void {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    member instanceof Uint8Array ? { [BYTES_KEY]: encodeBase64Url(member) } : member,
  );
  disk.write(file, new TextEncoder().encode(text));
}

/**
 * Reads what `writeJson` wrote; undefined if there is no such file. Nobody else writes these files, and writes are
 * whole or not there, so that the value has the type with which it was written.
 */
export function readJson(disk: ProgramDisk, file: string): unknown {
  const bytes = disk.read(file);
  if (bytes === undefined) return undefined;
  return JSON.parse(new TextDecoder().decode(bytes), (_key, member: unknown) => {
    if (typeof member !== "object" || member === null || !(BYTES_KEY in member)) return member;
    return decodeBase64Url(String(member[BYTES_KEY]));
  });
}
