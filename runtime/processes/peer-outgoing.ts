import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";
import type { OutgoingMessage } from "../roles/peer/peer-events.ts";
import { claimPrivateFile, createPrivateFolder, fileFault } from "../stores/private-files.ts";

const TABLE = `create table if not exists outgoing (
  reference integer primary key, peer blob not null, number integer not null, body blob not null,
  said_unix_ms real not null, within_ms real not null
) strict`;

/**
 * The messages that a peer has said and not heard of, in a file of their own: each is written once and taken out once,
 * which a state that is replaced as a whole would make dear.
 */
export class PeerOutgoing {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  /** What was there when it was opened. */
  readonly earlier: readonly OutgoingMessage[];

  /** @throws {OperatorError} if the file is damaged or cannot be written. */
  constructor(dataFolder: string) {
    const file = join(dataFolder, "outgoing.sqlite");
    try {
      createPrivateFolder(file);
      if (!existsSync(file)) claimPrivateFile(file);
      this.#database = new DatabaseSync(file);
      this.#database.exec(`pragma journal_mode = wal; pragma synchronous = full; ${TABLE}`);
      this.earlier = this.#read();
    } catch (error) {
      throw fileFault(file, "cannot be used", error);
    }
    this.#insert = this.#database.prepare("insert into outgoing values (?, ?, ?, ?, ?, ?)");
    this.#remove = this.#database.prepare("delete from outgoing where reference = ?");
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

  #read(): readonly OutgoingMessage[] {
    const rows = this.#database.prepare("select * from outgoing order by number").all();
    return rows.map((row) => ({
      reference: Number(row["reference"]),
      peer: row["peer"] as Uint8Array,
      number: Number(row["number"]),
      body: row["body"] as Uint8Array,
      saidUnixMs: Number(row["said_unix_ms"]),
      withinMs: Number(row["within_ms"]),
    }));
  }
}
