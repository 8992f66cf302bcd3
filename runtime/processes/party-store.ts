import { join } from "node:path";
import { OperatorError, parseIdentity, serialiseIdentity } from "../core/index.ts";
import type { Crypto, Identity, KeySlot } from "../core/index.ts";
import { generateIdentity } from "../io/node-crypto-identity.ts";
import type { ReporterState } from "../roles/reporter/reporter.ts";
import { StateFile } from "../stores/state-file.ts";
import type { StateValue } from "../stores/state-file.ts";

/** Settings of a party that may change while it runs. */
export type PartySettings = Readonly<Record<string, string | number | boolean>>;

type Members = Readonly<Record<string, StateValue | undefined>>;

/**
 * What one party keeps in a small file of its own: its identity, how often it was started, the key that it
 * shares with its hub, the hub's fingerprint, and its settings.
 */
export class PartyStore {
  readonly identity: Identity;
  /** This start included; it is on disk, so no sequence number of another start can repeat. */
  readonly starts: number;
  readonly #file: StateFile;
  #reporter: ReporterState;
  #settings: PartySettings;

  private constructor(file: StateFile, identity: Identity, members: Members) {
    this.#file = file;
    this.identity = identity;
    this.starts = integerOf(file, members, "starts") + 1;
    this.#reporter = reporterOf(file, members);
    this.#settings = settingsOf(file, members);
    this.#save();
  }

  /**
   * Opens the party's file in a folder, or makes it with a new identity.
   * @throws {OperatorError} if it is damaged or cannot be written.
   */
  static async open(folder: string, crypto: Crypto): Promise<PartyStore> {
    const file = stateFileOf(folder);
    const members = membersOf(file);
    const identity = identityOf(file, members, crypto) ?? (await generateIdentity(crypto));
    return new PartyStore(file, identity, members);
  }

  /**
   * The identity in a folder; a folder without one gets a new one. Nothing is started by this: it lets keys of
   * several parties be made at the same time.
   * @throws {OperatorError} as `open`.
   */
  static async prepare(folder: string, crypto: Crypto): Promise<Identity> {
    const file = stateFileOf(folder);
    const members = membersOf(file);
    const known = identityOf(file, members, crypto);
    if (known !== undefined) return known;
    const identity = await generateIdentity(crypto);
    file.save({ ...members, identity: serialiseIdentity(identity) });
    return identity;
  }

  get reporter(): ReporterState {
    return this.#reporter;
  }

  get settings(): PartySettings {
    return this.#settings;
  }

  /** On disk when it returns. @throws {OperatorError} if it cannot be written; the state before is kept. */
  saveReporter(reporter: ReporterState): void {
    const before = this.#reporter;
    this.#reporter = reporter;
    this.#saveOr(() => {
      this.#reporter = before;
    });
  }

  /** On disk when it returns. @throws {OperatorError} if it cannot be written; the settings before are kept. */
  saveSettings(settings: PartySettings): void {
    const before = this.#settings;
    this.#settings = settings;
    this.#saveOr(() => {
      this.#settings = before;
    });
  }

  #saveOr(undo: () => void): void {
    try {
      this.#save();
    } catch (error) {
      undo();
      throw error;
    }
  }

  #save(): void {
    const { key, hub } = this.#reporter;
    this.#file.save({
      identity: serialiseIdentity(this.identity),
      starts: this.starts,
      key: key === undefined ? undefined : { ...key },
      hub,
      settings: this.#settings,
    });
  }
}

function stateFileOf(folder: string): StateFile {
  return new StateFile(join(folder, "state.json"));
}

function identityOf(file: StateFile, members: Members, crypto: Crypto): Identity | undefined {
  const text = members["identity"];
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw damaged(file, "/identity");
  return parseIdentity(crypto, text, `${file.file}#/identity`);
}

function membersOf(file: StateFile): Members {
  const state: unknown = file.load() ?? {};
  if (!isObject(state)) throw damaged(file, "");
  return state as Members;
}

function integerOf(file: StateFile, members: Members, name: string): number {
  const value = members[name] ?? 0;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw damaged(file, `/${name}`);
  }
  return value;
}

function reporterOf(file: StateFile, members: Members): ReporterState {
  const { hub, key } = members as { readonly hub?: StateValue; readonly key?: StateValue };
  if (hub !== undefined && !(hub instanceof Uint8Array && hub.length === 32)) {
    throw damaged(file, "/hub");
  }
  if (key === undefined) return { key: undefined, hub };
  if (!isKeySlot(key)) throw damaged(file, "/key");
  return { key, hub };
}

function isKeySlot(value: unknown): value is KeySlot {
  if (typeof value !== "object" || value === null) return false;
  const { keyId, generation, key } = value as Partial<KeySlot>;
  return (
    Number.isSafeInteger(keyId) &&
    Number.isSafeInteger(generation) &&
    key instanceof Uint8Array &&
    key.length === 32
  );
}

function settingsOf(file: StateFile, members: Members): PartySettings {
  const settings: unknown = members["settings"] ?? {};
  if (!isObject(settings)) throw damaged(file, "/settings");
  for (const [name, value] of Object.entries(settings)) {
    if (!["string", "number", "boolean"].includes(typeof value)) {
      throw damaged(file, `/settings/${name}`);
    }
  }
  return settings as PartySettings;
}

function isObject(value: unknown): value is object {
  const isRecord = typeof value === "object" && value !== null;
  return isRecord && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function damaged(file: StateFile, pointer: string): OperatorError {
  return new OperatorError({
    place: pointer === "" ? file.file : `${file.file}#${pointer}`,
    problem: "is not what a party keeps there.",
    remedy: "Restore the file from a backup, or move it away to start with a new identity.",
  });
}
