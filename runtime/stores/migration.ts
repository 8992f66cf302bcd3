import type { DatabaseSync } from "node:sqlite";
import { Kysely } from "kysely";
import { OperatorError } from "../core/operator-error.ts";
import { createSqliteDialect } from "./sqlite-dialect.ts";
import type { Value } from "./table-store.ts";

/** The database as a migration sees it: tables by name, before or after any other migration. */
export type AnyDatabase = Kysely<Record<string, Record<string, Value>>>;

/** One change of the tables. Once released, it never changes. */
export type Migration = (database: AnyDatabase) => Promise<void>;

/**
 * Brings a database from the version it has (`user_version`) to the newest, all in one transaction.
 * @throws {OperatorError} if the database is newer than this program.
 */
export async function migrate(
  database: DatabaseSync,
  file: string,
  migrations: readonly Migration[],
): Promise<void> {
  const version = Number(database.prepare("pragma user_version").get()?.["user_version"] ?? 0);
  if (version > migrations.length) {
    throw new OperatorError({
      place: file,
      problem: `was written by a newer version of this program (format ${String(version)}, known up to ${String(migrations.length)}).`,
      remedy: "Install the newer version again, or restore a backup from before the upgrade.",
    });
  }
  if (version === migrations.length) return;
  const kysely = new Kysely<Record<string, Record<string, Value>>>({
    dialect: createSqliteDialect(database),
  });
  await kysely.transaction().execute(async (transaction) => {
    for (const migration of migrations.slice(version)) await migration(transaction);
    database.exec(`pragma user_version = ${String(migrations.length)}`);
  });
}
