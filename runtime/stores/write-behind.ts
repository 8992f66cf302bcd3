import { ChangeSet } from "./change-set.ts";
import type { ChangedKeys } from "./change-set.ts";
import type { Change, TableStore, Tables } from "./table-store.ts";

/** How rows get from memory into a store. */
export interface WriteBehindOptions<All extends Tables> {
  readonly store: Pick<TableStore<All>, "save">;
  /** Takes what changed since the last call. Called at each flush. Default: nothing, `add` tells all. */
  readonly collect?: () => readonly Change<All>[];
  /** Time between flushes in ms. Default 10 000. */
  readonly periodMs?: number;
  /** Time until an urgent save that failed is tried again, in ms. Default 1000. */
  readonly retryMs?: number;
  /** Rows of one transaction. Default 1000, so that the process never stands still for long. */
  readonly batchRowsMax?: number;
  /** Hears of each save that failed. The rows are kept and saved again. */
  readonly onError: (error: unknown) => void;
}

interface Urgent<All extends Tables> {
  readonly change: Change<All>;
  readonly resolve: () => void;
}

const RETRY_MS = 1_000;
const PERIOD_MS = 10_000;
const BATCH_ROWS_MAX = 1_000;

/**
 * Saves changed rows behind the back of whoever changes them: the last change of each row, in batches by
 * rising key, every `periodMs` and when asked; urgent ones at once and durably, all of one turn together.
 * What could not be saved waits for the next try, so at most one change per row waits: memory is bounded by
 * the rows there are. Batches are saved one at a time, so that an older change never overtakes a newer one.
 */
export class WriteBehind<All extends Tables> {
  readonly #options: WriteBehindOptions<All>;
  readonly #waiting = new ChangeSet<All>();
  #urgent: Urgent<All>[] = [];
  #period: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #lastSave: Promise<void> = Promise.resolve();
  #isUrgentDue = false;

  constructor(options: WriteBehindOptions<All>) {
    this.#options = options;
  }

  /** Rows that wait to be saved, without those that `collect` would give. */
  get waiting(): number {
    return this.#waiting.size + this.#urgent.length;
  }

  /** Flushes from now on every `periodMs`. */
  start(): void {
    this.#period ??= setInterval(() => {
      // A failure was reported to `onError`, and the rows wait for the next period.
      this.flush().catch(() => undefined);
    }, this.#options.periodMs ?? PERIOD_MS);
  }

  /** Notes changes for the next flush. */
  add(changes: readonly Change<All>[]): void {
    for (const change of changes) this.#waiting.set(change);
  }

  /** Saves a change at once. Resolves when it is on disk, if need be after several tries; never rejects. */
  saveNow(change: Change<All>): Promise<void> {
    this.#waiting.delete(change.table, change.key);
    return new Promise((resolve) => {
      this.#urgent.push({ change, resolve });
      if (this.#retry !== undefined || this.#isUrgentDue) return;
      this.#isUrgentDue = true;
      // One sync to disk serves everything that this turn of the event loop asks for.
      setImmediate(() => {
        this.#isUrgentDue = false;
        this.#saveUrgent().catch(() => undefined);
      });
    });
  }

  /**
   * Saves everything that changed before the call, urgent changes first.
   * @throws what the store threw; what was not saved is kept for the next flush.
   */
  async flush(): Promise<void> {
    this.add(this.#options.collect?.() ?? []);
    await this.#saveUrgent();
    const batchRowsMax = this.#options.batchRowsMax ?? BATCH_ROWS_MAX;
    for (const { table, keys } of this.#waiting.changedKeys()) {
      for (let start = 0; start < keys.length; start += batchRowsMax) {
        const batch = { table, keys: keys.slice(start, start + batchRowsMax) };
        await this.#inTurn(() => this.#saveBatch(batch));
        // Sockets and timers have their turn between two batches.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /**
   * Stops the periodic flush and saves what is left.
   * @throws what the store threw; `waiting` then says how many rows are lost if the process ends now.
   */
  async close(): Promise<void> {
    clearInterval(this.#period);
    this.#period = undefined;
    try {
      await this.flush();
    } finally {
      clearTimeout(this.#retry);
      this.#retry = undefined;
    }
  }

  #saveUrgent(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    return this.#inTurn(async () => {
      const urgent = this.#urgent;
      if (urgent.length === 0) return;
      this.#urgent = [];
      try {
        await this.#save(changeSetOf(urgent).sorted(), true);
      } catch (error) {
        this.#urgent = [...urgent, ...this.#urgent];
        this.#retry ??= setTimeout(() => {
          this.#saveUrgent().catch(() => undefined);
        }, this.#options.retryMs ?? RETRY_MS);
        throw error;
      }
      for (const { resolve } of urgent) resolve();
    });
  }

  /** Saves rows as they are by now. One that an urgent save is to write waits, not to be overwritten by it. */
  async #saveBatch({ table, keys }: ChangedKeys): Promise<void> {
    const urgent = changeSetOf(this.#urgent);
    const changes: Change<All>[] = [];
    for (const key of keys) {
      const change = this.#waiting.get(table, key);
      if (change === undefined || urgent.get(table, key) !== undefined) continue;
      this.#waiting.delete(table, key);
      changes.push(change);
    }
    if (changes.length === 0) return;
    try {
      await this.#save(changes, false);
    } catch (error) {
      const newer = changeSetOf(this.#urgent);
      for (const change of changes) {
        const { key } = change;
        if (this.#waiting.get(table, key) ?? newer.get(table, key)) continue;
        this.#waiting.set(change);
      }
      throw error;
    }
  }

  async #save(changes: readonly Change<All>[], durable: boolean): Promise<void> {
    try {
      await this.#options.store.save(changes, { durable });
    } catch (error) {
      this.#options.onError(error);
      throw error;
    }
  }

  /** Runs one save after the one before it has ended, however that ended. */
  #inTurn(save: () => Promise<void>): Promise<void> {
    const turn = this.#lastSave.then(save);
    this.#lastSave = turn.catch(() => undefined);
    return turn;
  }
}

function changeSetOf<All extends Tables>(urgent: readonly Urgent<All>[]): ChangeSet<All> {
  const set = new ChangeSet<All>();
  for (const { change } of urgent) set.set(change);
  return set;
}
