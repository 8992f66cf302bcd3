import type { Change, Key, Tables } from "./table-store.ts";

/** The keys of one table that have changes, rising. */
export interface ChangedKeys {
  readonly table: string;
  readonly keys: Float64Array | readonly string[];
}

/** The last change of each row. The keys of a table are all numbers or all strings. */
export class ChangeSet<All extends Tables> {
  readonly #tables = new Map<string, Map<Key, Change<All>>>();

  /** How many rows have a change. */
  get size(): number {
    let size = 0;
    for (const rows of this.#tables.values()) size += rows.size;
    return size;
  }

  get(table: string, key: Key): Change<All> | undefined {
    return this.#tables.get(table)?.get(key);
  }

  /** Replaces the change of the same row. */
  set(change: Change<All>): void {
    const rows = this.#tables.get(change.table) ?? new Map<Key, Change<All>>();
    this.#tables.set(change.table, rows);
    rows.set(change.key, change);
  }

  delete(table: string, key: Key): void {
    this.#tables.get(table)?.delete(key);
  }

  /**
   * What has changed, table by table and by rising key: the order in which a B-tree takes rows fastest.
   * A typed array sorts half a million numbers in a tenth of the time of an array with a comparison.
   */
  changedKeys(): readonly ChangedKeys[] {
    return [...this.#tables]
      .filter(([, rows]) => rows.size > 0)
      .map(([table, rows]) => {
        const keys = [...rows.keys()];
        const numbers = keys.filter((key) => typeof key === "number");
        if (numbers.length === keys.length) {
          return { table, keys: Float64Array.from(numbers).sort() };
        }
        return { table, keys: keys.map(String).sort() };
      });
  }

  /** The changes in order of key, for sets that are small. */
  sorted(): readonly Change<All>[] {
    return this.changedKeys().flatMap(({ table, keys }) =>
      Array.from<Key, Change<All> | undefined>(keys, (key) => this.get(table, key)).filter(
        (change) => change !== undefined,
      ),
    );
  }
}
