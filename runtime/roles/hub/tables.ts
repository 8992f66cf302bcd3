import type { Crypto } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import { createRouterEntry, createServerEntry } from "./entries.ts";
import type { ReporterEntry, RouterEntry, ServerEntry } from "./entries.ts";
import { routerFromRow, routerRow, serverFromRow, serverRow } from "./rows.ts";
import type { ClaimRow, HubChange, HubRows, LoadTimes } from "./rows.ts";

/** The routers and servers of a hub, in memory, and which rows changed since the store took them. */
export class HubTables {
  readonly #limits: ControlLimits;
  readonly #routers = new Map<number, RouterEntry>();
  readonly #servers = new Map<number, ServerEntry>();
  readonly #dirty = new Set<ReporterEntry>();
  readonly #dirtyClaims = new Map<string, ClaimRow | undefined>();

  constructor(
    limits: ControlLimits,
    loaded: { readonly crypto: Crypto; readonly rows: HubRows; readonly times: LoadTimes },
  ) {
    const { crypto, rows, times } = loaded;
    this.#limits = limits;
    for (const row of rows.routers) {
      this.#routers.set(row.subject, routerFromRow(crypto, row, times));
    }
    for (const row of rows.servers) {
      this.#servers.set(row.subject, serverFromRow(crypto, row, times));
    }
  }

  router(mac: number): RouterEntry | undefined {
    return this.#routers.get(mac);
  }

  server(subject: number): ServerEntry | undefined {
    return this.#servers.get(subject);
  }

  servers(): Iterable<ServerEntry> {
    return this.#servers.values();
  }

  /** The routers of an account, ordered by mac. */
  routersOf(account: string): readonly RouterEntry[] {
    const own: RouterEntry[] = [];
    for (const router of this.#routers.values()) if (router.account === account) own.push(router);
    return own.sort((a, b) => a.subject - b.subject);
  }

  /** Undefined if the table is full. */
  addRouter(mac: number, fingerprint: Uint8Array): RouterEntry | undefined {
    if (this.#routers.size >= this.#limits.routersMax) return undefined;
    const entry = createRouterEntry(mac, fingerprint);
    this.#routers.set(mac, entry);
    return entry;
  }

  /** Undefined if the table is full. */
  addServer(subject: number, fingerprint: Uint8Array): ServerEntry | undefined {
    if (this.#servers.size >= this.#limits.serversMax) return undefined;
    const entry = createServerEntry(subject, fingerprint);
    this.#servers.set(subject, entry);
    return entry;
  }

  /** Puts another identity in the place of a router's, as its owner wishes. Account and label stay. */
  replaceRouter(old: RouterEntry, fingerprint: Uint8Array): void {
    const entry = createRouterEntry(old.subject, fingerprint);
    entry.account = old.account;
    entry.label = old.label;
    this.#dirty.delete(old);
    this.#routers.set(old.subject, entry);
    this.touch(entry);
  }

  /** Notes that the entry is to be saved with the next batch. */
  touch(entry: ReporterEntry): void {
    this.#dirty.add(entry);
  }

  touchClaim(id: string, row: ClaimRow | undefined): void {
    this.#dirtyClaims.set(id, row);
  }

  /** The row of one entry, to be saved at once. */
  changeOf(entry: ReporterEntry): HubChange {
    const key = entry.subject;
    const router = this.#routers.get(key);
    if (router === entry) return { table: "routers", key, row: routerRow(router) };
    const server = this.#servers.get(key);
    if (server === entry) return { table: "servers", key, row: serverRow(server) };
    throw new RangeError("the entry is in no table");
  }

  /** What changed since the last call, as it is now; the caller answers for saving it. */
  takeChanges(): readonly HubChange[] {
    const changes: HubChange[] = [...this.#dirty].map((entry) => this.changeOf(entry));
    for (const [key, row] of this.#dirtyClaims) changes.push({ table: "claims", key, row });
    this.#dirty.clear();
    this.#dirtyClaims.clear();
    return changes;
  }
}
