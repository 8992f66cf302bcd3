import type { Endpoint } from "../../runtime/core/index.ts";
import type { ConntrackDirection, ConntrackTcp } from "./conntrack-tcp.ts";
import { endpointText, type NatProtocol } from "./packet.ts";

/** The endpoints of a packet. */
export interface Tuple {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** One tracked connection. */
export interface ConntrackEntry {
  readonly protocol: NatProtocol;
  /** Whether it goes through the box from inside, with another source, or ends at the box itself. */
  readonly kind: "masqueraded" | "local";
  /** As the first packet came. */
  readonly original: Tuple;
  /** As answers come. */
  readonly reply: Tuple;
  readonly createdMs: number;
  expiresMs: number;
  isReplied: boolean;
  /** Whether it survives when the table is full. */
  isAssured: boolean;
  readonly tcp: ConntrackTcp;
}

/** A connection that a packet belongs to, and which way the packet goes in it. */
export interface ConntrackMatch {
  readonly entry: ConntrackEntry;
  readonly direction: ConntrackDirection;
}

/** How many of the oldest connections are looked at for one to evict. */
const EVICTION_CANDIDATES_MAX = 64;

const SWEEP_ENTRIES_MIN = 1024;

/** Tracked connections by both of their tuples and by who opened them. */
export class ConntrackTable {
  readonly #matches = new Map<string, ConntrackMatch>();
  /** By source of the original packet, the newest last. */
  readonly #bySource = new Map<string, ConntrackEntry[]>();
  readonly #entries = new Set<ConntrackEntry>();
  #sweepAt = SWEEP_ENTRIES_MIN;

  get size(): number {
    return this.#entries.size;
  }

  find(protocol: NatProtocol, tuple: Tuple, nowMs: number): ConntrackMatch | undefined {
    const match = this.#matches.get(tupleText(protocol, tuple));
    if (match === undefined || match.entry.expiresMs > nowMs) return match;
    this.remove(match.entry);
    return undefined;
  }

  /** The connection that a source opened last; undefined if it has none. */
  latestOf(protocol: NatProtocol, source: Endpoint, nowMs: number): ConntrackEntry | undefined {
    const entries = this.#bySource.get(sourceText(protocol, source));
    for (let entry = entries?.at(-1); entry !== undefined; entry = entries?.at(-1)) {
      if (entry.expiresMs > nowMs) return entry;
      this.remove(entry);
    }
    return undefined;
  }

  add(entry: ConntrackEntry, nowMs: number): void {
    if (this.#entries.size >= this.#sweepAt) this.#sweep(nowMs);
    const { protocol } = entry;
    this.#entries.add(entry);
    this.#matches.set(tupleText(protocol, entry.original), { entry, direction: "original" });
    this.#matches.set(tupleText(protocol, entry.reply), { entry, direction: "reply" });
    const source = sourceText(protocol, entry.original.source);
    const siblings = this.#bySource.get(source);
    if (siblings === undefined) this.#bySource.set(source, [entry]);
    else siblings.push(entry);
  }

  remove(entry: ConntrackEntry): void {
    if (!this.#entries.delete(entry)) return;
    this.#matches.delete(tupleText(entry.protocol, entry.original));
    this.#matches.delete(tupleText(entry.protocol, entry.reply));
    const source = sourceText(entry.protocol, entry.original.source);
    const siblings = this.#bySource.get(source) ?? [];
    siblings.splice(siblings.indexOf(entry), 1);
    if (siblings.length === 0) this.#bySource.delete(source);
  }

  /** Makes room by the oldest connection that is not assured, or by all that expired; false if there is none such. */
  evict(nowMs: number): boolean {
    let looked = 0;
    for (const entry of this.#entries) {
      if (!entry.isAssured || entry.expiresMs <= nowMs) {
        this.remove(entry);
        return true;
      }
      looked += 1;
      if (looked === EVICTION_CANDIDATES_MAX) break;
    }
    const { size } = this;
    this.#sweep(nowMs);
    return this.size < size;
  }

  /** All that live, the oldest first. */
  live(nowMs: number): readonly ConntrackEntry[] {
    return [...this.#entries].filter((entry) => entry.expiresMs > nowMs);
  }

  clear(): void {
    this.#entries.clear();
    this.#matches.clear();
    this.#bySource.clear();
  }

  /** Takes out what expired; the threshold grows with what lives, so that the cost of an addition stays constant. */
  #sweep(nowMs: number): void {
    for (const entry of this.#entries) if (entry.expiresMs <= nowMs) this.remove(entry);
    this.#sweepAt = Math.max(SWEEP_ENTRIES_MIN, this.#entries.size * 2);
  }
}

function tupleText(protocol: NatProtocol, { source, destination }: Tuple): string {
  return `${protocol} ${endpointText(source)} ${endpointText(destination)}`;
}

function sourceText(protocol: NatProtocol, source: Endpoint): string {
  return `${protocol} ${endpointText(source)}`;
}
