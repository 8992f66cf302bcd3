import { join } from "node:path";
import type { Consent } from "../roles/tunnel/front/front-events.ts";
import { StateFile } from "../stores/state-file.ts";
import type { StateValue } from "../stores/state-file.ts";

const CONSENTS: readonly string[] = ["always", "never", "ask"] satisfies readonly Consent[];

interface Kept {
  readonly users: Readonly<Record<string, Uint8Array>>;
  readonly consents: Readonly<Record<string, Consent>>;
}

/**
 * What a front keeps: the identities of users, and who may connect. The file is read each time, so that a policy that
 * another program wrote counts at once.
 */
export class FrontStore {
  readonly #file: StateFile;

  constructor(file: string) {
    this.#file = new StateFile(file);
  }

  /** That of a front's data folder; the file's name is its own, so that a node may have the same folder. */
  static of(dataFolder: string): FrontStore {
    return new FrontStore(join(dataFolder, "tunnel-front.json"));
  }

  /** Identities by name. @throws {OperatorError} if the file is damaged. */
  get users(): ReadonlyMap<string, Uint8Array> {
    return new Map(Object.entries(this.#load().users));
  }

  /** Policies by name. @throws {OperatorError} as `users`. */
  get consents(): Readonly<Record<string, Consent>> {
    return this.#load().consents;
  }

  /** What is to be done about a user; `ask` if nothing was said. */
  consentOf(user: string): Consent {
    const { consents } = this.#load();
    return Object.hasOwn(consents, user) ? (consents[user] ?? "ask") : "ask";
  }

  /**
   * Keeps the identity of a user who was unknown; one that is known stays. On disk when it returns.
   * @throws {OperatorError} if it cannot be written.
   */
  learn(user: string, fingerprint: Uint8Array): void {
    const kept = this.#load();
    if (Object.hasOwn(kept.users, user)) return;
    this.#save({ ...kept, users: { ...kept.users, [user]: fingerprint } });
  }

  /** On disk when it returns. @throws {OperatorError} if it cannot be written. */
  setConsent(user: string, consent: Consent): void {
    const kept = this.#load();
    this.#save({ ...kept, consents: { ...kept.consents, [user]: consent } });
  }

  #save({ users, consents }: Kept): void {
    this.#file.save({ users, consents });
  }

  #load(): Kept {
    const { consents, users } = (this.#file.load() ?? {}) as {
      readonly consents?: StateValue;
      readonly users?: StateValue;
    };
    return {
      users: membersOf(users, (value) => value instanceof Uint8Array && value.length === 32),
      consents: membersOf(
        consents,
        (value) => typeof value === "string" && CONSENTS.includes(value),
      ),
    };
  }
}

/** The members of an object that are what they must be. */
function membersOf<Value>(
  value: StateValue | undefined,
  isRight: (member: unknown) => boolean,
): Readonly<Record<string, Value>> {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value).filter(([, member]) => isRight(member));
  return Object.fromEntries(entries) as Readonly<Record<string, Value>>;
}
