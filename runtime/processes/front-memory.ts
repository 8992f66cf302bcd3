import { unwatchFile, watchFile } from "node:fs";
import { OperatorError } from "../core/index.ts";
import type { Log } from "../io/log.ts";
import type { FrontRecord, FrontStore } from "./front-store.ts";

/** How often the file is looked at: another program of the user may have written it. */
const LOOK_MS = 250;

/**
 * What a front knows of users, as the file has it. A file that is damaged while the front runs changes nothing: what it
 * said last goes on to count.
 */
export class FrontMemory {
  readonly #store: FrontStore;
  readonly #log: Log;
  readonly #changed: (record: FrontRecord) => void;
  readonly #look = (): void => {
    this.refresh();
  };
  #record: FrontRecord;
  #isDamaged = false;

  /**
   * Reads the file, and again whenever it has changed.
   * @param changed hears of each change.
   * @throws {FrontFileError} if the file is damaged.
   */
  constructor(store: FrontStore, log: Log, changed: (record: FrontRecord) => void) {
    this.#store = store;
    this.#log = log;
    this.#changed = changed;
    this.#record = store.load();
    watchFile(store.file, { interval: LOOK_MS, persistent: false }, this.#look);
  }

  /** What counts now. */
  get record(): FrontRecord {
    return this.#record;
  }

  /** Reads the file now. */
  refresh(): void {
    try {
      this.#record = this.#store.load();
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#isDamaged = true;
      this.#log.error(
        { err: error },
        "what is kept of users cannot be read; what it said last counts",
      );
      return;
    }
    if (this.#isDamaged) this.#log.info("what is kept of users can be read again");
    this.#isDamaged = false;
    this.#changed(this.#record);
  }

  /**
   * Keeps the identity of a user who is new.
   * @returns the identity that is kept, perhaps another's whom another program has met; undefined if none could be, which is logged.
   */
  learn(user: string, fingerprint: Uint8Array): Uint8Array | undefined {
    try {
      return this.#store.learn(user, fingerprint);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#log.error(
        { err: error, user },
        "who the user is could not be kept; the tunnel is refused",
      );
      return undefined;
    }
  }

  /** Looks no more. */
  close(): void {
    unwatchFile(this.#store.file, this.#look);
  }
}
