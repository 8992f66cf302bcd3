import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { claimPrivateFile, createPrivateFolder, fileFault } from "../stores/private-files.ts";

/**
 * A small database of a peer, which only its owner can read: for what is written a row at a time, where a state that is
 * replaced as a whole would be dear. What is committed survives a loss of power.
 * @param read reads what is there.
 * @throws {OperatorError} if the file is damaged or cannot be written.
 */
export function openPeerDatabase<Content>(
  file: string,
  { read, table }: { readonly table: string; readonly read: (database: DatabaseSync) => Content },
): { readonly database: DatabaseSync; readonly content: Content } {
  try {
    createPrivateFolder(file);
    if (!existsSync(file)) claimPrivateFile(file);
    const database = new DatabaseSync(file);
    database.exec(`pragma journal_mode = wal; pragma synchronous = full; ${table}`);
    return { database, content: read(database) };
  } catch (error) {
    throw fileFault(file, "cannot be used", error);
  }
}
