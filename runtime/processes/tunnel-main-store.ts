import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { sql } from "kysely";
import { OperatorError, encodeHex } from "../core/index.ts";
import type { Log } from "../io/log.ts";
import type { NodeRow } from "../roles/tunnel/main/main-events.ts";
import type { AnyDatabase } from "../stores/migration.ts";
import { SqliteStore } from "../stores/sqlite-store.ts";
import type { SqliteSchema } from "../stores/sqlite-store.ts";
import { StateFile } from "../stores/state-file.ts";
import type { StateValue } from "../stores/state-file.ts";
import { WriteBehind } from "../stores/write-behind.ts";

/** A node as it stands in the database. What the members mean, `NodeRow` says. */
interface StoredNode {
  /** Of its fingerprint, hex. */
  readonly id: string;
  readonly name: string | null;
  readonly current: Uint8Array;
  readonly previous: Uint8Array;
  readonly neighbour: string;
  readonly seenUnixMs: number;
}

interface MainTables {
  readonly nodes: StoredNode;
}

/** The file of a main server: `tunnel-main.sqlite`. */
const SCHEMA: SqliteSchema<MainTables> = {
  migrations: [createTables],
  columns: { nodes: ["id", "name", "current", "previous", "neighbour", "seenUnixMs"] },
};

/**
 * What a main server keeps: the secret of its passwords, and a row for each node. What is asked for in one turn of the
 * event loop is on disk with one sync, however many rows there are.
 */
export class TunnelMainStore {
  readonly secret: Uint8Array;
  /** What was there when it was opened. */
  readonly rows: readonly NodeRow[];
  readonly #store: SqliteStore<MainTables>;
  readonly #behind: WriteBehind<MainTables>;

  private constructor(
    store: SqliteStore<MainTables>,
    content: { readonly secret: Uint8Array; readonly rows: readonly NodeRow[] },
    log: Log,
  ) {
    this.#store = store;
    this.secret = content.secret;
    this.rows = content.rows;
    this.#behind = new WriteBehind({
      store,
      onError: (error) => {
        log.error({ err: error }, "a node could not be saved; it is tried again");
      },
    });
  }

  /** @throws {OperatorError} if a file is damaged or cannot be written. */
  static async open(folder: string, log: Log): Promise<TunnelMainStore> {
    const secret = openSecret(folder);
    const file = join(folder, "tunnel-main.sqlite");
    const store = await SqliteStore.open({ file, schema: SCHEMA });
    const rows = (await store.load("nodes")).map(rowOf);
    return new TunnelMainStore(store, { secret, rows }, log);
  }

  /** Resolves once the row is on disk, if need be after several tries. */
  save(row: NodeRow): Promise<void> {
    const id = encodeHex(row.fingerprint);
    const { name, neighbour, passwords, seenUnixMs } = row;
    const stored = { id, name: name ?? null, ...passwords, neighbour, seenUnixMs };
    return this.#behind.saveNow({ table: "nodes", key: id, row: stored });
  }

  /** Has no row of this node from now on. */
  forget(fingerprint: Uint8Array): void {
    const key = encodeHex(fingerprint);
    void this.#behind.saveNow({ table: "nodes", key, row: undefined });
  }

  /** Saves all that is left. @throws {OperatorError} if it cannot be saved. */
  async close(): Promise<void> {
    try {
      await this.#behind.close();
    } finally {
      await this.#store.close();
    }
  }
}

function openSecret(folder: string): Uint8Array {
  const file = new StateFile(join(folder, "tunnel-main.json"));
  const { secret } = (file.load() ?? {}) as { readonly secret?: StateValue };
  if (secret === undefined) {
    const made = new Uint8Array(randomBytes(32));
    file.save({ secret: made });
    return made;
  }
  if (secret instanceof Uint8Array && secret.length === 32) return secret;
  throw new OperatorError({
    place: file.file,
    problem: "is not what a main server keeps there.",
    remedy: "Restore it from a backup.",
  });
}

function rowOf({ current, id, name, neighbour, previous, seenUnixMs }: StoredNode): NodeRow {
  return {
    fingerprint: new Uint8Array(Buffer.from(id, "hex")),
    name: name ?? undefined,
    passwords: { current, previous },
    neighbour,
    seenUnixMs,
  };
}

async function createTables(database: AnyDatabase): Promise<void> {
  await database.schema
    .createTable("nodes")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("name", "text")
    .addColumn("current", "blob", (column) => column.notNull())
    .addColumn("previous", "blob", (column) => column.notNull())
    .addColumn("neighbour", "text", (column) => column.notNull())
    .addColumn("seenUnixMs", "integer", (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute();
}
