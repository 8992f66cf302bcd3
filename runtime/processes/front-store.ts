import { join } from "node:path";
import { OperatorError } from "../core/index.ts";
import type { Consent } from "../roles/tunnel/front/front-events.ts";
import { isUserName } from "../roles/tunnel/user-name.ts";
import { withFileLock } from "../stores/file-lock.ts";
import { StateFile } from "../stores/state-file.ts";
import type { StateValue } from "../stores/state-file.ts";

const CONSENTS: readonly string[] = [
  "always",
  "alwaysPlain",
  "never",
  "ask",
] satisfies readonly Consent[];

const FINGERPRINT_BYTES = 32;

/** What a front keeps. */
export interface FrontRecord {
  /** Identities by name, 32 bytes each. */
  readonly users: ReadonlyMap<string, Uint8Array>;
  /** Who may connect, by name. */
  readonly consents: ReadonlyMap<string, Consent>;
}

/** The file of a front cannot be read, or is not what it must be: nothing of it counts. */
export class FrontFileError extends OperatorError {}

/** The file of what a front keeps: several programs of its user read and write it. */
export class FrontStore {
  readonly #file: StateFile;

  constructor(file: string) {
    this.#file = new StateFile(file);
  }

  /** That of a front's data folder; the file's name is its own, so that a node may have the same folder. */
  static of(dataFolder: string): FrontStore {
    return new FrontStore(join(dataFolder, "tunnel-front.json"));
  }

  /** Path of the file, which need not exist. */
  get file(): string {
    return this.#file.file;
  }

  /** Empty if there is no file. @throws {FrontFileError} if it cannot be read or is damaged. */
  load(): FrontRecord {
    const { consents, users } = this.#members(this.#read() ?? {}, "");
    return {
      users: this.#mapOf(users ?? {}, { at: "/users", isRight: isFingerprint, form: "32 bytes" }),
      consents: this.#mapOf(consents ?? {}, {
        at: "/consents",
        isRight: isConsent,
        form: `one of ${CONSENTS.join(", ")}`,
      }),
    };
  }

  /**
   * Keeps the identity of a user who was unknown; one that is known stays. On disk when it returns.
   * @returns the identity that is kept.
   * @throws {OperatorError} if the file is damaged or cannot be written.
   */
  learn(user: string, fingerprint: Uint8Array): Uint8Array {
    return withFileLock(this.file, () => {
      const { consents, users } = this.load();
      const known = users.get(user);
      if (known !== undefined) return known;
      this.#save({ consents, users: new Map(users).set(user, fingerprint) });
      return fingerprint;
    });
  }

  /** On disk when it returns. @throws {OperatorError} as `learn`. */
  setConsent(user: string, consent: Consent): void {
    withFileLock(this.file, () => {
      const { consents, users } = this.load();
      this.#save({ users, consents: new Map(consents).set(user, consent) });
    });
  }

  #save({ consents, users }: FrontRecord): void {
    this.#file.save({
      users: Object.fromEntries(users),
      consents: Object.fromEntries(consents),
    });
  }

  #read(): StateValue | undefined {
    try {
      return this.#file.load();
    } catch (cause) {
      if (!(cause instanceof OperatorError)) throw cause;
      throw fault(this.file, "cannot be read, or is not JSON.", cause);
    }
  }

  /** A wrong member is no smaller fault than a wrong file: the user whom it is about could be let in, or be anybody. */
  #mapOf<Value>(
    value: StateValue,
    member: {
      readonly at: string;
      readonly isRight: (member: unknown) => member is Value;
      readonly form: string;
    },
  ): ReadonlyMap<string, Value> {
    const { at, form, isRight } = member;
    const kept = new Map<string, Value>();
    for (const [name, what] of Object.entries(this.#members(value, at))) {
      const place = `${this.file}#${at}/${name}`;
      if (!isUserName(name)) throw fault(place, "is damaged: it is not the name of a user.");
      if (!isRight(what)) throw fault(place, `is damaged: it must be ${form}.`);
      kept.set(name, what);
    }
    return kept;
  }

  #members(value: StateValue, at: string): Readonly<Record<string, StateValue | undefined>> {
    const isObject =
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      !(value instanceof Uint8Array);
    if (!isObject) throw fault(`${this.file}#${at}`, "is damaged: it must be a JSON object.");
    return value as Readonly<Record<string, StateValue | undefined>>;
  }
}

function isFingerprint(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === FINGERPRINT_BYTES;
}

function isConsent(value: unknown): value is Consent {
  return typeof value === "string" && CONSENTS.includes(value);
}

function fault(place: string, problem: string, cause?: unknown): FrontFileError {
  const remedy =
    "Mend it, or move it away: then all users are met as if for the first time, and asked about.";
  return new FrontFileError({ place, problem, remedy, cause });
}
