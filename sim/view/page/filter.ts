import type { DiagramData, DiagramEntry, MarkSort } from "../diagram/diagram-data.ts";

/** What of a diagram is shown. */
export interface DiagramFilter {
  /** Words that must all be in an entry; empty for none. */
  readonly text: string;
  /** Lifelines that are not drawn, nor what is between them and others. */
  readonly hidden: ReadonlySet<number>;
  /** Kinds of entries that are not shown. */
  readonly off: ReadonlySet<ShownKind>;
  /** Only what was lost or went wrong. */
  readonly isTroubleOnly: boolean;
}

/** What can be shown or not by itself. */
export type ShownKind = "udp" | "tcp" | "icmp" | "bare" | MarkSort;

/** The kinds that an entry has: it is not shown if any of them is off. */
export function kindsOf(entry: DiagramEntry): readonly ShownKind[] {
  if (entry.kind === "mark") return [entry.sort];
  return entry.isBare ? [entry.protocol, "bare"] : [entry.protocol];
}

/** Whether something was lost or went wrong. */
export function isTrouble(entry: DiagramEntry): boolean {
  if (entry.kind === "mark") return entry.isTrouble;
  return entry.losses.length > 0 || entry.hits.length > 0;
}

/** Chooses the entries that a filter shows. Searching a text costs once a pass over all of them. */
export class EntryFilter {
  readonly #data: DiagramData;
  readonly #texts = new Map<DiagramEntry, string>();

  constructor(data: DiagramData) {
    this.#data = data;
  }

  /** Indices of the entries that are shown, in their order. */
  shown(filter: DiagramFilter): readonly number[] {
    const words = filter.text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    const shown: number[] = [];
    this.#data.entries.forEach((entry, index) => {
      if (this.#isShown(entry, filter, words)) shown.push(index);
    });
    return shown;
  }

  #isShown(entry: DiagramEntry, filter: DiagramFilter, words: readonly string[]): boolean {
    if (kindsOf(entry).some((kind) => filter.off.has(kind))) return false;
    if (filter.isTroubleOnly && !isTrouble(entry)) return false;
    if (!isOnShownLines(entry, filter.hidden)) return false;
    if (words.length === 0) return true;
    const text = this.#textOf(entry);
    return words.every((word) => text.includes(word));
  }

  #textOf(entry: DiagramEntry): string {
    const known = this.#texts.get(entry);
    if (known !== undefined) return known;
    const text = this.#describe(entry).join(" ").toLowerCase();
    this.#texts.set(entry, text);
    return text;
  }

  #describe(entry: DiagramEntry): readonly string[] {
    const name = (index: number | undefined): string =>
      index === undefined ? "" : (this.#data.lifelines[index]?.name ?? "");
    if (entry.kind === "mark") return [entry.sort, entry.text, name(entry.on)];
    const { label, protocol, source, destination, from, towards, messages, losses, hits } = entry;
    return [
      label,
      protocol,
      source,
      destination,
      name(from),
      name(towards),
      `#${String(entry.number)}`,
      messages.length === 0 ? "" : JSON.stringify(messages),
      ...losses.map(({ where, reason }) => `lost ${where} ${reason}`),
      ...hits.map(({ text }) => text),
    ];
  }
}

function isOnShownLines(entry: DiagramEntry, hidden: ReadonlySet<number>): boolean {
  if (hidden.size === 0) return true;
  if (entry.kind === "mark") return entry.on === undefined || !hidden.has(entry.on);
  if (hidden.has(entry.from)) return false;
  const ends = entry.arrivals.map(({ to }) => to);
  if (ends.length === 0) return entry.towards === undefined || !hidden.has(entry.towards);
  return ends.some((to) => !hidden.has(to));
}
