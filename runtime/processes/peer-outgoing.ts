import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { OutgoingMessage } from "../roles/peer/peer-events.ts";
import { openPeerDatabase } from "./peer-database.ts";

const TABLE = `create table if not exists outgoing (
  reference integer primary key, peer blob not null, number integer not null, body blob not null,
  said_unix_ms real not null, within_ms real not null
) strict`;

/** The messages that a peer has said and not heard of: each is written once and taken out once. */
export class PeerOutgoing {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  /** What was there when it was opened. */
  readonly earlier: readonly OutgoingMessage[];

  /** @throws {OperatorError} if the file is damaged or cannot be written. */
  constructor(dataFolder: string) {
    const file = join(dataFolder, "outgoing.sqlite");
    const { content, database } = openPeerDatabase(file, { table: TABLE, read: readEarlier });
    this.earlier = content;
    this.#database = database;
    this.#insert = database.prepare("insert into outgoing values (?, ?, ?, ?, ?, ?)");
    this.#remove = database.prepare("delete from outgoing where reference = ?");
  }

  /** When the call returns, the message survives a loss of power. */
  keep({ reference, peer, number, body, saidUnixMs, withinMs }: OutgoingMessage): void {
    this.#database.exec("pragma synchronous = full");
    this.#insert.run(reference, peer, number, body, saidUnixMs, withinMs);
  }

  /** A message that comes back because power was lost just then is known to its receiver, so nothing waits for the disk. */
  remove(reference: number): void {
    this.#database.exec("pragma synchronous = normal");
    this.#remove.run(reference);
  }

  close(): void {
    this.#database.close();
  }
}

function readEarlier(database: DatabaseSync): readonly OutgoingMessage[] {
  const rows = database.prepare("select * from outgoing order by number").all();
  return rows.map((row) => ({
    reference: Number(row["reference"]),
    peer: row["peer"] as Uint8Array,
    number: Number(row["number"]),
    body: row["body"] as Uint8Array,
    saidUnixMs: Number(row["said_unix_ms"]),
    withinMs: Number(row["within_ms"]),
  }));
}
