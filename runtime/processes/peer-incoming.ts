import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import type { TakenMessages } from "../roles/peer/peer-events.ts";
import { isTakenNumbersState } from "../roles/peer/taken-numbers.ts";
import { openPeerDatabase } from "./peer-database.ts";

/** A row that is written again goes to the end, so that the first is of the peer that was heard longest ago. */
const TABLE = `create table if not exists taken (
  row integer primary key autoincrement, peer blob not null unique, stale_to integer not null, runs text not null
) strict`;

/** Which messages of other peers a peer's application has. Certificates cost nothing, so only so many peers are remembered. */
export class PeerIncoming {
  readonly #database: DatabaseSync;
  readonly #forget: StatementSync;
  readonly #insert: StatementSync;
  readonly #trim: StatementSync;
  /** What was there when it was opened; the peer that was heard last is the last. */
  readonly taken: readonly TakenMessages[];

  readonly #peersMax: number;

  /**
   * @param peersMax peers that are remembered. Default: the limit of the spec.
   * @throws {OperatorError} if the file is damaged or cannot be written.
   */
  constructor(dataFolder: string, peersMax: number = PEER_LIMITS.takenPeersMax) {
    const file = join(dataFolder, "incoming.sqlite");
    const { content, database } = openPeerDatabase(file, { table: TABLE, read: readTaken });
    this.taken = content;
    this.#database = database;
    this.#peersMax = peersMax;
    this.#forget = database.prepare("delete from taken where peer = ?");
    this.#insert = database.prepare("insert into taken (peer, stale_to, runs) values (?, ?, ?)");
    this.#trim = database.prepare(
      "delete from taken where row <= (select row from taken order by row desc limit 1 offset ?)",
    );
  }

  /** When the call returns, it survives a loss of power. @throws {Error} if the disk does not take it; what was there is kept. */
  keep({ fingerprint, numbers }: TakenMessages): void {
    this.#database.exec("begin immediate");
    try {
      this.#forget.run(fingerprint);
      this.#insert.run(fingerprint, numbers.staleTo, JSON.stringify(numbers.runs));
      this.#trim.run(this.#peersMax);
      this.#database.exec("commit");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("rollback");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

function readTaken(database: DatabaseSync): readonly TakenMessages[] {
  const rows = database.prepare("select peer, stale_to, runs from taken order by row").all();
  return rows.map((row) => {
    const runs: unknown = JSON.parse(String(row["runs"]));
    const numbers = { staleTo: row["stale_to"], runs };
    if (!isTakenNumbersState(numbers)) throw new RangeError("the numbers of messages are damaged");
    return { fingerprint: row["peer"] as Uint8Array, numbers };
  });
}
