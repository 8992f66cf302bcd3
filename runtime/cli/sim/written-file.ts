import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { OperatorError } from "../../core/index.ts";
import { configError } from "../config-error.ts";

/** Writes a file, and the folders above it. @param place whom an error names. @throws {OperatorError} if that fails. */
export async function writeTextFile(
  place: string,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (cause) {
    throw new OperatorError({
      place,
      problem: `${path} cannot be written: ${reasonOf(cause)}.`,
      remedy: "Give another path.",
      cause,
    });
  }
}

/** Reads a file. @throws {ConfigError} if that fails. */
export async function readTextFile(place: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw configError(place, `${path} cannot be read: ${reasonOf(cause)}.`, "Give another path.");
  }
}

function reasonOf(cause: unknown): string {
  const { code } = cause as { readonly code?: unknown };
  return typeof code === "string" ? code : String(cause);
}
