import type { Change, Key, TableStore, Tables } from "./table-store.ts";

/** A store in memory, for tests and simulations: what is saved is there until the object is gone. */
export class RamStore<All extends Tables> implements TableStore<All> {
  readonly #tables = new Map<string, Map<Key, All[keyof All & string]>>();

  load<Name extends keyof All & string>(table: Name): Promise<readonly All[Name][]> {
    const rows = this.#tables.get(table)?.values() ?? [];
    return Promise.resolve([...rows] as All[Name][]);
  }

  save(changes: readonly Change<All>[]): Promise<void> {
    for (const { table, key, row } of changes) {
      const rows = this.#tables.get(table) ?? new Map<Key, All[keyof All & string]>();
      this.#tables.set(table, rows);
      if (row === undefined) rows.delete(key);
      else rows.set(key, row);
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
