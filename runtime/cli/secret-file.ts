import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configError } from "./config-error.ts";

const SECRET_CHARACTERS_MIN = 32;
const DIFFERENT_CHARACTERS_MIN = 12;
const SECRET_BYTES_MAX = 4096;

/** Words that stand in examples and in secrets that nobody has changed. */
const PLACEHOLDER =
  /change.?me|replace|example|default|secret|password|tagwire|your.?key|xxxx|1234567|abcdef/i;

const NEW_SECRET = "Make one: head -c 32 /dev/urandom | base64 > FILE, and chmod 600 FILE.";

/**
 * Reads the secret with which servers join a network, one line of text.
 *
 * @throws {ConfigError} if it cannot be read, others may read it, or it can be guessed.
 */
export function readJoinSecret(path: string): Uint8Array {
  refuseOpenFile(path);
  const secret = readSecretText(path);
  const fault = weaknessOf(secret);
  if (fault !== undefined) throw configError(path, `the join secret ${fault}.`, NEW_SECRET);
  return new TextEncoder().encode(secret);
}

/** Reads a one-line secret of any quality. @throws {ConfigError} if it cannot be read or is empty. */
export function readSecretText(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw configError(
      path,
      `it cannot be read (${(error as Error).message}).`,
      "Give the path of a readable file.",
    );
  }
  if (text === "" || text.length > SECRET_BYTES_MAX || /[\r\n]/.test(text)) {
    throw configError(
      path,
      "it is not one line of text.",
      "Put the secret there as its only line.",
    );
  }
  return text;
}

/** Why a secret can be guessed, as the end of a sentence, or undefined if it seems random. */
export function weaknessOf(secret: string): string | undefined {
  if (secret.length < SECRET_CHARACTERS_MIN) {
    return `has fewer than ${String(SECRET_CHARACTERS_MIN)} characters`;
  }
  if (PLACEHOLDER.test(secret)) return "has words of an example in it";
  if (new Set(secret).size < DIFFERENT_CHARACTERS_MIN) {
    return `has fewer than ${String(DIFFERENT_CHARACTERS_MIN)} different characters`;
  }
  return undefined;
}

/** The join secret in a hub's data folder, which is made at the first start. @throws {ConfigError} as `readJoinSecret`. */
export function ownJoinSecret(dataFolder: string): {
  readonly path: string;
  readonly secret: Uint8Array;
} {
  const path = join(dataFolder, "join-secret");
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    writeFileSync(path, `${randomSecret()}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw configError(
        dataFolder,
        `it cannot be written (${(error as Error).message}).`,
        "Give another --data folder.",
      );
    }
  }
  return { path, secret: readJoinSecret(path) };
}

// A random text has a placeholder's word in it once in some millions; then the next is taken.
function randomSecret(): string {
  const secret = randomBytes(32).toString("base64url");
  return weaknessOf(secret) === undefined ? secret : randomSecret();
}

function refuseOpenFile(path: string): void {
  if (process.platform === "win32") return;
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o077) !== 0) {
    throw configError(path, "other users of this machine may read it.", `Run: chmod 600 ${path}`);
  }
}
