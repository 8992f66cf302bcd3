import { ReplayWindow } from "../../core/index.ts";
import type { Crypto, HubKeyring, KeySlot, NextKey } from "../../core/index.ts";
import type { HubKeysState } from "../../../generated/control/machines/hub-keys.ts";
import type { Telemetry } from "../../../generated/control/messages/telemetry.ts";
import type { Inventory } from "../../../generated/control/messages/visits.ts";
import { createRouterEntry, createServerEntry, keyInUse, NO_KEY, useKey } from "./entries.ts";
import type { ReporterEntry, RouterEntry, ServerEntry } from "./entries.ts";

/** What is kept of a router or server, in columns that any store has. */
export interface ReporterRow {
  readonly subject: number;
  readonly fingerprint: Uint8Array;
  readonly currentKeyId: number | null;
  readonly currentGeneration: number | null;
  readonly currentKey: Uint8Array | null;
  readonly nextKeyId: number | null;
  readonly nextGeneration: number | null;
  readonly nextKey: Uint8Array | null;
  readonly nextOrigin: NextKey["origin"] | null;
  readonly keyMadeUnixMs: number;
  /** Newest sequence number heard under the current key. */
  readonly sequence: number;
  readonly address: string | null;
  readonly port: number | null;
  readonly heardUnixMs: number;
  readonly periodMs: number;
}

export interface RouterRow extends ReporterRow {
  readonly account: string | null;
  readonly label: string;
  readonly claimHash: Uint8Array | null;
  /** The newest telemetry's numbers as JSON, or null. */
  readonly telemetry: string | null;
  /** The inventory as JSON, or null. */
  readonly inventory: string | null;
  readonly rival: Uint8Array | null;
}

export interface ServerRow extends ReporterRow {
  readonly endpointAddress: string | null;
  readonly endpointPort: number | null;
  readonly placesTotal: number;
  readonly placesTaken: number;
  readonly loadPermille: number;
}

/** An open claim. */
export interface ClaimRow {
  /** Names the claim to its account, 22 characters. */
  readonly id: string;
  /** What is kept of the code, 32 bytes. */
  readonly codeHash: Uint8Array;
  readonly account: string;
  readonly label: string;
  readonly reusable: number;
  readonly createdUnixMs: number;
  readonly expiresUnixMs: number;
  readonly uses: number;
}

/** Everything that a hub keeps; the order within a table means nothing. */
export interface HubRows {
  readonly routers: readonly RouterRow[];
  readonly servers: readonly ServerRow[];
  readonly claims: readonly ClaimRow[];
}

/** A row that changed, or is gone. */
export type HubChange =
  | { readonly table: "routers"; readonly key: number; readonly row: RouterRow | undefined }
  | { readonly table: "servers"; readonly key: number; readonly row: ServerRow | undefined }
  | { readonly table: "claims"; readonly key: string; readonly row: ClaimRow | undefined };

export function routerRow(entry: RouterEntry): RouterRow {
  const { telemetry, inventory } = entry;
  return {
    ...reporterRow(entry),
    account: entry.account ?? null,
    label: entry.label,
    claimHash: entry.claimHash ?? null,
    telemetry: telemetry === undefined ? null : JSON.stringify({ ...telemetry, key: undefined }),
    inventory: inventory === undefined ? null : JSON.stringify(inventory),
    rival: entry.rival ?? null,
  };
}

export function serverRow(entry: ServerEntry): ServerRow {
  return {
    ...reporterRow(entry),
    endpointAddress: entry.endpoint?.address ?? null,
    endpointPort: entry.endpoint?.port ?? null,
    placesTotal: entry.placesTotal,
    placesTaken: entry.placesTaken,
    loadPermille: entry.loadPermille,
  };
}

function reporterRow(entry: ReporterEntry): ReporterRow {
  const { current, next } = entry.keyring;
  const inUse = entry.inUse.find(({ slot }) => slot.keyId === current?.keyId);
  return {
    subject: entry.subject,
    fingerprint: entry.fingerprint,
    currentKeyId: current?.keyId ?? null,
    currentGeneration: current?.generation ?? null,
    currentKey: current?.key ?? null,
    nextKeyId: next?.slot.keyId ?? null,
    nextGeneration: next?.slot.generation ?? null,
    nextKey: next?.slot.key ?? null,
    nextOrigin: next?.origin ?? null,
    keyMadeUnixMs: entry.keyMadeUnixMs,
    sequence: inUse?.window.state.newest ?? 0,
    address: entry.address?.address ?? null,
    port: entry.address?.port ?? null,
    heardUnixMs: entry.heardUnixMs,
    periodMs: entry.periodMs,
  };
}

/** When a hub starts, on both clocks. */
export interface LoadTimes {
  readonly nowMs: number;
  readonly unixMs: number;
}

export function routerFromRow(crypto: Crypto, row: RouterRow, times: LoadTimes): RouterEntry {
  const entry = createRouterEntry(row.subject, row.fingerprint);
  restore(crypto, entry, row, times);
  entry.account = row.account ?? undefined;
  entry.label = row.label;
  entry.claimHash = row.claimHash ?? undefined;
  entry.rival = row.rival ?? undefined;
  if (row.inventory !== null) entry.inventory = JSON.parse(row.inventory) as Inventory;
  if (row.telemetry !== null) {
    const numbers = JSON.parse(row.telemetry) as Omit<Telemetry, "key">;
    entry.telemetry = { key: NO_KEY, ...numbers };
  }
  return entry;
}

export function serverFromRow(crypto: Crypto, row: ServerRow, times: LoadTimes): ServerEntry {
  const entry = createServerEntry(row.subject, row.fingerprint);
  restore(crypto, entry, row, times);
  const { endpointAddress: address, endpointPort: port } = row;
  entry.endpoint = address === null || port === null ? undefined : { address, port };
  entry.placesTotal = row.placesTotal;
  entry.placesTaken = row.placesTaken;
  entry.loadPermille = row.loadPermille;
  return entry;
}

/**
 * What was on disk is what the other side may know of: a next key counts as offered or granted. What was
 * heard just before the hub stopped counts as heard that long ago.
 */
function restore(
  crypto: Crypto,
  entry: ReporterEntry,
  row: ReporterRow,
  { nowMs, unixMs }: LoadTimes,
): void {
  entry.keyring = keyringOf(row);
  entry.keys = keysStateOf(entry.keyring);
  entry.keyMadeUnixMs = row.keyMadeUnixMs;
  entry.heardUnixMs = row.heardUnixMs;
  entry.periodMs = row.periodMs;
  if (row.address !== null && row.port !== null) {
    entry.address = { address: row.address, port: row.port };
  }
  if (row.heardUnixMs > 0) entry.heardMs = nowMs - Math.max(0, unixMs - row.heardUnixMs);
  const { current } = entry.keyring;
  if (current === undefined || row.sequence === 0) return;
  const window = new ReplayWindow({ newest: row.sequence, low: 0xffff_ffff, high: 0xffff_ffff });
  useKey(entry, { ...keyInUse(crypto, entry, current), window });
}

function keyringOf(row: ReporterRow): HubKeyring {
  const current = slotOf(row.currentKeyId, row.currentGeneration, row.currentKey);
  const next = slotOf(row.nextKeyId, row.nextGeneration, row.nextKey);
  if (next === undefined || row.nextOrigin === null) return { current, next: undefined };
  return { current, next: { slot: next, origin: row.nextOrigin, stored: true } };
}

function slotOf(
  keyId: number | null,
  generation: number | null,
  key: Uint8Array | null,
): KeySlot | undefined {
  if (keyId === null || generation === null || key === null) return undefined;
  return { keyId, generation, key };
}

function keysStateOf({ current, next }: HubKeyring): HubKeysState {
  if (next !== undefined) return { name: next.origin === "rotation" ? "offering" : "granted" };
  return { name: current === undefined ? "vacant" : "settled" };
}
