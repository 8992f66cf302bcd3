import { addressGroup, encodeHex } from "../../../core/index.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import type { MainServerEvent, NodeRow } from "./main-events.ts";
import type { PasswordRow } from "./password-chain.ts";

/** What rows need of their server. */
export interface NodeRowsOffice {
  readonly nowMs: number;
  arm(timer: string, afterMs: number, fire: () => void): void;
  cancel(timer: string): void;
  count(code: string): void;
  report(event: MainServerEvent): void;
}

export interface NodeRowsOptions {
  readonly limits: TunnelLimits;
  readonly unixMs: () => number;
  readonly office: NodeRowsOffice;
  /** What the store holds. */
  readonly rows: readonly NodeRow[];
}

/** A row on its way to the disk, and who waits for it. */
interface Saving {
  readonly row: NodeRow;
  readonly done: (isOnDisk: boolean) => void;
}

/** How often rows are looked through for those that may be forgotten. */
const SWEEP_MS = 3_600_000;
/** Rows of nodes that are here and are written anew, at one look: each is a write to the disk. */
const REFRESHED_MAX = 100;

/**
 * What a main server keeps of its nodes. A row counts from the moment in which it is on disk and no sooner; what was sent
 * there last is known beside it, so that no row takes back what another one said.
 */
export class NodeRows {
  readonly #options: NodeRowsOptions;
  /** What is on disk, by fingerprint, hex. */
  readonly #rows = new Map<string, NodeRow>();
  /** What was sent there last. */
  readonly #sent = new Map<string, NodeRow>();
  /** Fingerprints by name, also of names on their way to the disk: none can be taken twice. */
  readonly #owners = new Map<string, string>();
  /** Rows that each neighbour has brought. */
  readonly #perNeighbour = new Map<string, number>();
  readonly #saving = new Map<number, Saving>();
  #lastSave = 0;
  #sweepAtMs = 0;

  constructor(options: NodeRowsOptions) {
    this.#options = options;
    for (const row of options.rows) {
      const key = encodeHex(row.fingerprint);
      this.#rows.set(key, row);
      this.#send(key, row);
    }
  }

  /** Rows there are, those on their way to the disk included. */
  get size(): number {
    return this.#sent.size;
  }

  /** What is on disk of a node; undefined if nothing is. */
  find(fingerprint: Uint8Array): NodeRow | undefined {
    return this.#rows.get(encodeHex(fingerprint));
  }

  /** Whether a node that nobody knows may be kept, by what its neighbours have brought. */
  hasRoomFor(address: string): boolean {
    const { nodesMax, nodesPerAddressMax } = this.#options.limits;
    const neighbours = this.#perNeighbour.get(addressGroup(address)) ?? 0;
    return this.size < nodesMax && neighbours < nodesPerAddressMax;
  }

  /** Whether a name is free for a node, or its own. */
  mayHave(fingerprint: Uint8Array, name: string): boolean {
    const owner = this.#owners.get(name);
    return owner === undefined || owner === encodeHex(fingerprint);
  }

  /**
   * Has the passwords of a node written, with a row for it if there is none.
   * @param done called once: whether it is on disk; false also if the store does not say in time.
   */
  savePasswords(
    node: { readonly fingerprint: Uint8Array; readonly address: string },
    passwords: PasswordRow,
    done: (isOnDisk: boolean) => void,
  ): void {
    const { fingerprint, address } = node;
    const before = this.#sent.get(encodeHex(fingerprint));
    const neighbour = before?.neighbour ?? addressGroup(address);
    const seenUnixMs = this.#options.unixMs();
    this.#save({ fingerprint, name: before?.name, passwords, neighbour, seenUnixMs }, done);
  }

  /** Has the name of a node written that has a row. @param done as for `savePasswords`. */
  saveName(fingerprint: Uint8Array, name: string, done: (isOnDisk: boolean) => void): void {
    const before = this.#sent.get(encodeHex(fingerprint));
    if (before === undefined) throw new RangeError("a node that describes itself has a row");
    this.#save({ ...before, name }, done);
  }

  /** What the store says of a save. */
  saved(save: number, isOnDisk: boolean): void {
    const saving = this.#saving.get(save);
    if (saving === undefined) return;
    this.#saving.delete(save);
    this.#options.office.cancel(timerOf(save));
    const key = encodeHex(saving.row.fingerprint);
    if (isOnDisk) this.#rows.set(key, saving.row);
    // What was not written is as if it had never been said, unless a later row says it again.
    else if (this.#sent.get(key) === saving.row) this.#send(key, this.#rows.get(key));
    saving.done(isOnDisk);
  }

  /**
   * Forgets, now and then, the nodes that never said who they are and those that have been away for long.
   * @param isHere whether a node is connected: its row is kept.
   */
  sweep(isHere: (fingerprint: Uint8Array) => boolean): void {
    const { limits, office, unixMs } = this.#options;
    if (office.nowMs < this.#sweepAtMs) return;
    this.#sweepAtMs = office.nowMs + SWEEP_MS;
    const now = unixMs();
    let refreshed = 0;
    for (const [key, row] of this.#rows) {
      const awayMs = now - row.seenUnixMs;
      const keptMs = row.name === undefined ? limits.undescribedMs : limits.absentMs;
      if (this.#sent.get(key) !== row) continue;
      if (isHere(row.fingerprint)) {
        // Else one that has never been away would be forgotten as soon as it is.
        if (awayMs <= keptMs / 2 || refreshed >= REFRESHED_MAX) continue;
        refreshed += 1;
        this.#save({ ...row, seenUnixMs: now }, () => undefined);
      } else if (awayMs > keptMs) {
        this.#rows.delete(key);
        this.#send(key, undefined);
        office.report({ type: "forget", fingerprint: row.fingerprint });
      }
    }
  }

  #save(row: NodeRow, done: (isOnDisk: boolean) => void): void {
    const { limits, office } = this.#options;
    if (this.#saving.size >= limits.connectionsMax) {
      office.count("limit");
      done(false);
      return;
    }
    this.#lastSave += 1;
    const save = this.#lastSave;
    this.#send(encodeHex(row.fingerprint), row);
    this.#saving.set(save, { row, done });
    office.arm(timerOf(save), limits.saveMs, () => {
      // It may be on disk all the same, and is taken for written when the store says so.
      this.#saving.set(save, { row, done: () => undefined });
      done(false);
    });
    office.report({ type: "save", save, row });
  }

  /** Takes a row for the newest; undefined for none. Names and neighbours are counted by these. */
  #send(key: string, row: NodeRow | undefined): void {
    const before = this.#sent.get(key);
    if (before !== undefined) {
      if (before.name !== undefined && this.#owners.get(before.name) === key) {
        this.#owners.delete(before.name);
      }
      const left = (this.#perNeighbour.get(before.neighbour) ?? 0) - 1;
      if (left > 0) this.#perNeighbour.set(before.neighbour, left);
      else this.#perNeighbour.delete(before.neighbour);
    }
    if (row === undefined) {
      this.#sent.delete(key);
      return;
    }
    this.#sent.set(key, row);
    // A row that counts again because the next was not written may find its name taken meanwhile.
    if (row.name !== undefined && !this.#owners.has(row.name)) this.#owners.set(row.name, key);
    const neighbours = this.#perNeighbour.get(row.neighbour) ?? 0;
    this.#perNeighbour.set(row.neighbour, neighbours + 1);
  }
}

function timerOf(save: number): string {
  return `save/${String(save)}`;
}
