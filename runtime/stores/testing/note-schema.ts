import { sql } from "kysely";
import type { SqliteSchema } from "../sqlite-store.ts";

/** A small set of tables for tests: every type of value, both types of key. */
export interface NoteTables {
  readonly counts: {
    readonly id: number;
    readonly value: number;
    readonly bytes: Uint8Array | null;
  };
  readonly notes: { readonly name: string; readonly text: string };
}

/** The schema of `NoteTables`. */
export const NOTE_SCHEMA: SqliteSchema<NoteTables> = {
  migrations: [
    async (database) => {
      await database.schema
        .createTable("counts")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("value", "integer", (column) => column.notNull())
        .addColumn("bytes", "blob")
        .modifyEnd(sql`strict`)
        .execute();
      await database.schema
        .createTable("notes")
        .addColumn("name", "text", (column) => column.primaryKey().notNull())
        .addColumn("text", "text", (column) => column.notNull())
        .modifyEnd(sql`strict`)
        .execute();
    },
  ],
  columns: { counts: ["id", "value", "bytes"], notes: ["name", "text"] },
};
