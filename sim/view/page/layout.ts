import type { DiagramEntry, PacketEntry } from "../diagram/diagram-data.ts";

/** A row: a moment at which something begins or ends. */
export interface DiagramRow {
  readonly atUs: number;
  /** Index of the entry; none for a row that says that nothing happens for a while. */
  readonly entry: number | undefined;
  /** Whether the entry begins here; where it ends its label is not repeated. */
  readonly isStart: boolean;
}

/** Where a copy of a packet goes, from row to row. */
export interface Arrow {
  readonly entry: number;
  readonly fromRow: number;
  readonly toRow: number;
  /** Lifeline where it arrives; none if it was lost. */
  readonly to: number | undefined;
  /** Where it was lost: a lifeline that it came near to, or none for somewhere between. */
  readonly near: number | undefined;
}

/** Entries that are shown, in rows from top to bottom. */
export interface DiagramLayout {
  readonly rows: readonly DiagramRow[];
  /** By their first rows. */
  readonly arrows: readonly Arrow[];
  /** The row where each shown entry begins, by the entry's index. */
  readonly rowOf: ReadonlyMap<number, number>;
}

/** Silence that gets a row of its own. */
const QUIET_US = 1_000_000;

interface Point {
  readonly atUs: number;
  readonly order: number;
  readonly entry: number;
  /** -1 for the beginning, else which of the packet's ends. */
  readonly end: number;
}

interface PacketEnd {
  readonly atUs: number;
  readonly order: number;
  readonly to: number | undefined;
  readonly near: number | undefined;
}

/** Puts entries into rows. What ends before anything else happens takes one row; else the end has a row of its own. */
export function layOut(entries: readonly DiagramEntry[], shown: readonly number[]): DiagramLayout {
  const points = pointsOf(entries, shown);
  const rows: DiagramRow[] = [];
  const arrows: Arrow[] = [];
  const rowOf = new Map<number, number>();
  let before: Point | undefined;
  for (const point of points) {
    const isSameRow = point.end >= 0 && before?.entry === point.entry;
    if (!isSameRow && before !== undefined && point.atUs - before.atUs >= QUIET_US) {
      rows.push({ atUs: before.atUs, entry: undefined, isStart: false });
    }
    if (!isSameRow) rows.push({ atUs: point.atUs, entry: point.entry, isStart: point.end < 0 });
    const row = rows.length - 1;
    const entry = entries[point.entry];
    if (point.end < 0) {
      rowOf.set(point.entry, row);
    } else if (entry?.kind === "packet") {
      const end = endsOf(entry)[point.end];
      const fromRow = rowOf.get(point.entry) ?? row;
      arrows.push({ entry: point.entry, fromRow, toRow: row, to: end?.to, near: end?.near });
    }
    before = point;
  }
  arrows.sort((a, b) => a.fromRow - b.fromRow);
  return { rows, arrows, rowOf };
}

/** How long the silence is that a row without an entry stands for. */
export function quietUsAt({ rows }: DiagramLayout, row: number): number {
  return (rows[row + 1]?.atUs ?? 0) - (rows[row]?.atUs ?? 0);
}

function pointsOf(entries: readonly DiagramEntry[], shown: readonly number[]): readonly Point[] {
  const points: Point[] = [];
  for (const index of shown) {
    const entry = entries[index];
    if (entry === undefined) continue;
    points.push({ atUs: entry.atUs, order: entry.order, entry: index, end: -1 });
    if (entry.kind !== "packet") continue;
    endsOf(entry).forEach(({ atUs, order }, end) =>
      points.push({ atUs, order, entry: index, end }),
    );
  }
  return points.sort((a, b) => a.order - b.order);
}

/** Where copies of a packet end. One that is still on its way when the trace ends is drawn as lost nowhere. */
function endsOf({ arrivals, losses }: PacketEntry): readonly PacketEnd[] {
  return [
    ...arrivals.map(({ atUs, order, to }) => ({ atUs, order, to, near: undefined })),
    ...losses.map(({ atUs, order, near }) => ({ atUs, order, to: undefined, near })),
  ];
}
