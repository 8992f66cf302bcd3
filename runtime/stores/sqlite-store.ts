import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import { Kysely } from "kysely";
import { migrate } from "./migration.ts";
import type { Migration } from "./migration.ts";
import { claimPrivateFile, createPrivateFolder } from "./private-files.ts";
import { createSqliteDialect } from "./sqlite-dialect.ts";
import { sqliteFault } from "./sqlite-fault.ts";
import type { Change, SaveOptions, TableStore, Tables, Value } from "./table-store.ts";

/** What a file of rows holds. */
export interface SqliteSchema<All extends Tables> {
  /** All that was ever done to the tables, in order; the length is the version. */
  readonly migrations: readonly Migration[];
  /** For each table its columns, the key first. */
  readonly columns: {
    readonly [Name in keyof All & string]: readonly (keyof All[Name] & string)[];
  };
}

/** Where rows are kept. */
export interface SqliteStoreOptions<All extends Tables> {
  /** Path of the database; the folder is made if it is not there. */
  readonly file: string;
  readonly schema: SqliteSchema<All>;
}

interface TableStatements {
  readonly columns: readonly string[];
  readonly upsert: StatementSync;
  readonly remove: StatementSync;
}

/**
 * Rows in a SQLite file, held by one process at a time. Write-ahead logging; a durable save is synced to
 * the disk before it returns (`synchronous=FULL`), any other is not (`NORMAL`): docs/decisions/0005-stores.md.
 */
export class SqliteStore<All extends Tables> implements TableStore<All> {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #kysely: Kysely<Record<string, Record<string, Value>>>;
  readonly #tables = new Map<string, TableStatements>();

  private constructor({ file, schema }: SqliteStoreOptions<All>, database: DatabaseSync) {
    this.#file = file;
    this.#database = database;
    this.#kysely = new Kysely({ dialect: createSqliteDialect(database) });
    const columns: Readonly<Record<string, readonly string[]>> = schema.columns;
    for (const [table, names] of Object.entries(columns)) {
      this.#tables.set(table, this.#prepare(table, names));
    }
  }

  /**
   * Opens a file, or makes one that only its owner may read, and brings its tables up to date.
   * @throws {OperatorError} if the file is damaged, in use, unwritable or of a newer version.
   */
  static async open<All extends Tables>(
    options: SqliteStoreOptions<All>,
  ): Promise<SqliteStore<All>> {
    createPrivateFolder(options.file);
    claimPrivateFile(options.file);
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(options.file, { timeout: 500 });
      // Two processes that hold the same rows in memory would overwrite each other's.
      database.exec("pragma locking_mode = exclusive; pragma journal_mode = wal;");
      database.exec("pragma foreign_keys = on; begin immediate; commit;");
      await migrate(database, options.file, options.schema.migrations);
      return new SqliteStore(options, database);
    } catch (error) {
      database?.close();
      throw sqliteFault(options.file, error);
    }
  }

  async load<Name extends keyof All & string>(table: Name): Promise<readonly All[Name][]> {
    try {
      const rows = await this.#kysely.selectFrom(table).selectAll().execute();
      return rows as All[Name][];
    } catch (error) {
      throw sqliteFault(this.#file, error);
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what SQLite throws must reject
  async save(changes: readonly Change<All>[], { durable }: SaveOptions): Promise<void> {
    try {
      this.#database.exec(`pragma synchronous = ${durable ? "full" : "normal"}; begin immediate`);
      for (const change of changes) this.#apply(change);
      this.#database.exec("commit");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("rollback");
      throw sqliteFault(this.#file, error);
    }
  }

  /** Also folds the write-ahead log into the file, so that one file is all there is to copy. */
  async close(): Promise<void> {
    await this.#kysely.destroy();
    this.#database.close();
  }

  #apply({ table, key, row }: Change<All>): void {
    const statements = this.#tables.get(table);
    if (statements === undefined) throw new RangeError(`there is no table ${table}`);
    if (row === undefined) {
      statements.remove.run(key);
      return;
    }
    const values = row as Readonly<Record<string, Value>>;
    statements.upsert.run(...statements.columns.map((column) => values[column] ?? null));
  }

  #prepare(table: string, columns: readonly string[]): TableStatements {
    const [key, ...others] = columns;
    if (key === undefined) throw new RangeError(`table ${table} has no key`);
    const blank = Object.fromEntries(columns.map((column) => [column, ""]));
    const upsert = this.#kysely
      .insertInto(table)
      .values(blank)
      .onConflict((conflict) =>
        conflict
          .column(key)
          .doUpdateSet((row) =>
            Object.fromEntries(others.map((column) => [column, row.ref(`excluded.${column}`)])),
          ),
      );
    const remove = this.#kysely.deleteFrom(table).where(key, "=", "");
    return {
      columns,
      upsert: this.#database.prepare(upsert.compile().sql),
      remove: this.#database.prepare(remove.compile().sql),
    };
  }
}
