import { DatagramAuthenticator, ReplayWindow, deriveKey } from "../../core/index.ts";
import type { Crypto, Endpoint, HubKeyring, KeySlot } from "../../core/index.ts";
import type { Inventory } from "../../../generated/control/messages/visits.ts";
import type { KeyField } from "../../../generated/control/types.ts";
import type { Telemetry } from "../../../generated/control/messages/telemetry.ts";
import type { HubKeysState } from "../../../generated/control/machines/hub-keys.ts";
import type { Brokerage } from "./brokerage.ts";

/** A key as the hub uses it: prepared for both directions, with the window over what the other side sent. */
export interface KeyInUse {
  readonly slot: KeySlot;
  /** Verifies what the other side sent. */
  readonly up: DatagramAuthenticator;
  /** Seals what the hub sends. */
  readonly down: DatagramAuthenticator;
  readonly window: ReplayWindow;
}

/** The enrolment that made the latest key, kept to answer its retransmissions. */
export interface EnrolmentInUse {
  readonly ephemeral: Uint8Array;
  readonly confirm: Uint8Array;
  readonly slot: KeySlot;
  /** Where the latest copy of the request came from, and its nonce. */
  from: Endpoint;
  nonce: number;
}

/** What the hub knows of whoever reports to it. */
export interface ReporterEntry {
  readonly kind: "router" | "server";
  /** The router's mac, or the first 6 bytes of the server's fingerprint. */
  readonly subject: number;
  /** SHA-256 of the identity key, 32 bytes. Never changes: another identity is another reporter. */
  readonly fingerprint: Uint8Array;
  keyring: HubKeyring;
  keys: HubKeysState;
  /** When the current key was made, Unix milliseconds. */
  keyMadeUnixMs: number;
  /** Prepared keys; at most the current and the next. */
  inUse: readonly KeyInUse[];
  enrolment: EnrolmentInUse | undefined;
  /** Datagrams sent to it since this hub started. */
  sent: number;
  /** Where the newest valid datagram came from. */
  address: Endpoint | undefined;
  /** When that was, monotonic; undefined if not since this hub started. */
  heardMs: number | undefined;
  /** When that was, Unix milliseconds; 0 for never. */
  heardUnixMs: number;
  periodMs: number;
}

/** A router. */
export interface RouterEntry extends ReporterEntry {
  readonly kind: "router";
  /** The newest telemetry, without its key field. */
  telemetry: Telemetry | undefined;
  inventory: Inventory | undefined;
  /** The account that claimed it. */
  account: string | undefined;
  label: string;
  /** Hash of the claim code that was accepted last, so that a repeated report gets the same answer. */
  claimHash: Uint8Array | undefined;
  /** Another identity that asked to enrol under this mac, for the owner to settle. */
  rival: Uint8Array | undefined;
  /** Connect requests that are being worked on. */
  readonly wanted: Set<Brokerage>;
}

/** A relay server. */
export interface ServerEntry extends ReporterEntry {
  readonly kind: "server";
  /** Where it accepts connections; undefined until its first report. */
  endpoint: Endpoint | undefined;
  placesTotal: number;
  /** As reported, and what was reserved since. */
  placesTaken: number;
  loadPermille: number;
}

/** Stands in a telemetry that is kept: the key field has been checked, and its bytes would only take memory. */
export const NO_KEY: KeyField = { version: 1, keyId: 0, sequence: 0, tag: new Uint8Array(16) };

/** A newcomer without keys. */
function createReporter(subject: number, fingerprint: Uint8Array): Omit<ReporterEntry, "kind"> {
  return {
    subject,
    fingerprint,
    keyring: { current: undefined, next: undefined },
    keys: { name: "vacant" },
    keyMadeUnixMs: 0,
    inUse: [],
    enrolment: undefined,
    sent: 0,
    address: undefined,
    heardMs: undefined,
    heardUnixMs: 0,
    periodMs: 0,
  };
}

export function createRouterEntry(mac: number, fingerprint: Uint8Array): RouterEntry {
  return {
    ...createReporter(mac, fingerprint),
    kind: "router",
    telemetry: undefined,
    inventory: undefined,
    account: undefined,
    label: "",
    claimHash: undefined,
    rival: undefined,
    wanted: new Set(),
  };
}

export function createServerEntry(subject: number, fingerprint: Uint8Array): ServerEntry {
  return {
    ...createReporter(subject, fingerprint),
    kind: "server",
    endpoint: undefined,
    placesTotal: 0,
    placesTaken: 0,
    loadPermille: 0,
  };
}

/** The key of this id, prepared, if the entry accepts it; what is no longer accepted is forgotten. */
export function keyInUse(crypto: Crypto, entry: ReporterEntry, slot: KeySlot): KeyInUse {
  for (const known of entry.inUse) if (known.slot.keyId === slot.keyId) return known;
  const key: KeyInUse = {
    slot,
    up: new DatagramAuthenticator(crypto, deriveKey(crypto, slot.key, "router to hub")),
    down: new DatagramAuthenticator(crypto, deriveKey(crypto, slot.key, "hub to router")),
    window: new ReplayWindow(),
  };
  useKey(entry, key);
  return key;
}

/** From now on this is the prepared key of its id. */
export function useKey(entry: ReporterEntry, key: KeyInUse): void {
  const { current, next } = entry.keyring;
  const { keyId: added } = key.slot;
  const others = entry.inUse.filter(
    ({ slot: { keyId } }) =>
      keyId !== added && (keyId === current?.keyId || keyId === next?.slot.keyId),
  );
  // Not by spreading, which makes room for sixteen more.
  entry.inUse = others.concat(key);
}

/** What freshness is measured by. */
export interface FreshnessLimits {
  readonly freshPeriods: number;
  readonly freshMarginMs: number;
}

/** Whether the reporter was heard within so many of its own periods. */
export function isFresh(entry: ReporterEntry, limits: FreshnessLimits, nowMs: number): boolean {
  if (entry.heardMs === undefined) return false;
  const { freshPeriods, freshMarginMs } = limits;
  return nowMs - entry.heardMs <= entry.periodMs * freshPeriods + freshMarginMs;
}
