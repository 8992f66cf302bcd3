import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JsonError, parseJson } from "../core/index.ts";

/** A session with a hub that is kept between commands. */
export interface CachedSession {
  /** URL of the hub. */
  readonly hub: string;
  readonly login: string;
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const CACHE_BYTES_MAX = 1_048_576;

/** Sessions in a file that only its owner can read. */
export class SessionCache {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(folder, "sessions.json");
  }

  /** The session with a hub as `login`, or, without one, the newest with it. */
  find(hub: string, login: string | undefined, nowMs: number): CachedSession | undefined {
    return this.#read().findLast(
      (session) =>
        session.hub === hub &&
        (login === undefined || session.login === login.toLowerCase()) &&
        session.expiresAtMs > nowMs,
    );
  }

  /** Keeps a session, in place of an older one of the same login. */
  add(session: CachedSession): void {
    this.#write([...this.#without(session), session]);
  }

  remove(session: Pick<CachedSession, "hub" | "login">): void {
    this.#write(this.#without(session));
  }

  #without({ hub, login }: Pick<CachedSession, "hub" | "login">): readonly CachedSession[] {
    return this.#read().filter((session) => session.hub !== hub || session.login !== login);
  }

  // A cache that cannot be read is an empty one: the worst that follows is another login.
  #read(): readonly CachedSession[] {
    try {
      const value = parseJson(readFileSync(this.#path), { maxBytes: CACHE_BYTES_MAX });
      return Array.isArray(value) ? value.filter(isSession) : [];
    } catch (error) {
      if (error instanceof JsonError || (error as NodeJS.ErrnoException).code !== undefined)
        return [];
      throw error;
    }
  }

  #write(sessions: readonly CachedSession[]): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    // Written beside and renamed, so that commands at the same time never read half a file.
    const beside = `${this.#path}.${String(process.pid)}`;
    try {
      writeFileSync(beside, `${JSON.stringify(sessions)}\n`, { mode: 0o600 });
      renameSync(beside, this.#path);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
  }
}

function isSession(value: unknown): value is CachedSession {
  if (typeof value !== "object" || value === null) return false;
  const { hub, login, token, expiresAtMs } = value as Record<string, unknown>;
  return (
    typeof hub === "string" &&
    typeof login === "string" &&
    typeof token === "string" &&
    typeof expiresAtMs === "number"
  );
}
