import type {
  DiagramData,
  DiagramEntry,
  Lifeline,
  MarkEntry,
  PacketEntry,
} from "../diagram/diagram-data.ts";
import { isTrouble } from "./filter.ts";
import { quietUsAt } from "./layout.ts";
import type { Arrow, DiagramLayout } from "./layout.ts";
import { escapeMarkup, secondsText, spanText } from "./text.ts";

/** Height of a row and width of the column with the times, in pixels. */
export const ROW_HEIGHT = 26;
export const GUTTER_WIDTH = 116;

/** What is drawn and where. */
export interface Scene {
  readonly data: DiagramData;
  readonly layout: DiagramLayout;
  /** Horizontal place of each lifeline that is shown. */
  readonly columns: ReadonlyMap<number, number>;
  readonly width: number;
  /** Index of the entry that is chosen. */
  readonly chosen: number | undefined;
}

/** Rows to draw, and how far the view is scrolled sideways: times stay at its edge. */
export interface SceneView {
  readonly firstRow: number;
  /** Included. */
  readonly lastRow: number;
  readonly left: number;
}

/** Places lifelines side by side: as wide as they need, and wider where there is room. */
export function columnsOf(
  lifelines: readonly Lifeline[],
  hidden: ReadonlySet<number>,
  roomWidth: number,
): {
  readonly columns: ReadonlyMap<number, number>;
  readonly width: number;
  readonly column: number;
} {
  const shown = lifelines.map((_, index) => index).filter((index) => !hidden.has(index));
  const room = (roomWidth - GUTTER_WIDTH) / Math.max(1, shown.length);
  const column = Math.max(104, Math.min(300, Math.floor(room)));
  const columns = new Map(
    shown.map((index, at) => [index, GUTTER_WIDTH + column * at + Math.floor(column / 2)]),
  );
  return { columns, column, width: Math.max(roomWidth, GUTTER_WIDTH + column * shown.length) };
}

/** The rows of a view as the inside of an SVG whose top is the first row's. */
export function drawRows(scene: Scene, view: SceneView): string {
  const { layout } = scene;
  const bands: string[] = [];
  const labels: string[] = [];
  for (let row = view.firstRow; row <= view.lastRow; row += 1) {
    bands.push(drawBand(scene, view, row));
    labels.push(drawRow(scene, view, row));
  }
  const arrows = layout.arrows
    .filter(({ fromRow, toRow }) => toRow >= view.firstRow && fromRow <= view.lastRow)
    .map((arrow) => drawArrow(scene, view, arrow));
  const lines = drawLifelines(scene, view);
  return [...bands, lines, ...arrows, ...labels, drawTimes(scene, view)].join("");
}

/** What a reader of the screen hears of an entry. */
function spokenText(data: DiagramData, entry: DiagramEntry): string {
  const name = (index: number | undefined): string =>
    index === undefined ? "nowhere" : (data.lifelines[index]?.name ?? "");
  const at = `${secondsText(entry.atUs)} s`;
  if (entry.kind === "mark") {
    const on = entry.on === undefined ? "" : `${name(entry.on)}: `;
    return `${at}: ${on}${entry.text}`;
  }
  const { label, from, towards, arrivals, losses, hits } = entry;
  const ends = [
    ...arrivals.map(
      ({ atUs, to }) => `arrives at ${name(to)} after ${spanText(atUs - entry.atUs)}`,
    ),
    ...losses.map(({ where, reason }) => `lost at ${where}, ${reason}`),
    ...hits.map(({ text }) => text),
  ];
  return `${at}: ${label} from ${name(from)} to ${name(towards)}, ${ends.join(", ") || "still on its way"}`;
}

function yOf(view: SceneView, row: number): number {
  return (row - view.firstRow) * ROW_HEIGHT + ROW_HEIGHT / 2 + 4;
}

function drawLifelines({ data, layout, columns }: Scene, view: SceneView): string {
  const bottom = (view.lastRow - view.firstRow + 1) * ROW_HEIGHT;
  const fromUs = layout.rows[view.firstRow]?.atUs ?? 0;
  const toUs = layout.rows[view.lastRow]?.atUs ?? 0;
  const rowAfter = (us: number): number => {
    const row = layout.rows.findIndex(({ atUs }, index) => index >= view.firstRow && atUs >= us);
    return row < 0 ? view.lastRow + 1 : row;
  };
  return [...columns]
    .map(([index, x]) => {
      const line = data.lifelines[index];
      const downs = (line?.downs ?? [])
        .filter(([from, to = Infinity]) => from <= toUs && to >= fromUs)
        .map(([from, to = Infinity]) => {
          const top = from < fromUs ? 0 : yOf(view, rowAfter(from));
          const end = to > toUs ? bottom : yOf(view, rowAfter(to));
          return `<rect class="down" x="${String(x - 4)}" y="${String(top)}" width="8" height="${String(Math.max(0, end - top))}"/>`;
        });
      return `<line class="life ${line?.kind ?? ""}" x1="${String(x)}" x2="${String(x)}" y1="0" y2="${String(bottom)}"/>${downs.join("")}`;
    })
    .join("");
}

function drawTimes({ layout }: Scene, view: SceneView): string {
  const x = String(view.left);
  const height = String((view.lastRow - view.firstRow + 1) * ROW_HEIGHT);
  const ground = `<rect class="gutter" x="${x}" y="0" width="${String(GUTTER_WIDTH - 10)}" height="${height}"/>`;
  const times: string[] = [];
  for (let row = view.firstRow; row <= view.lastRow; row += 1) {
    const at = layout.rows[row];
    if (at?.entry === undefined) continue;
    // A time is written where it changes.
    if (row > view.firstRow && layout.rows[row - 1]?.atUs === at.atUs) {
      if (layout.rows[row - 1]?.entry !== undefined) continue;
    }
    const end = String(view.left + GUTTER_WIDTH - 20);
    const kind = at.isStart ? "" : ' class="end"';
    times.push(
      `<text${kind} x="${end}" y="${String(yOf(view, row) + 4)}">${secondsText(at.atUs)}</text>`,
    );
  }
  return `<g class="times">${ground}${times.join("")}</g>`;
}

/** The ground of a row, to be hit by a click anywhere. */
function drawBand({ layout, width, chosen }: Scene, view: SceneView, row: number): string {
  const entry = layout.rows[row]?.entry;
  if (entry === undefined) return "";
  const top = (row - view.firstRow) * ROW_HEIGHT;
  const kinds = entry === chosen ? "band chosen" : "band";
  return `<rect class="${kinds}" data-entry="${String(entry)}" x="0" y="${String(top)}" width="${String(width)}" height="${String(ROW_HEIGHT)}"/>`;
}

function drawRow(scene: Scene, view: SceneView, row: number): string {
  const { data, layout } = scene;
  const at = layout.rows[row];
  if (at === undefined) return "";
  if (at.entry === undefined) return drawQuiet(scene, view, row);
  const entry = data.entries[at.entry];
  if (entry === undefined || !at.isStart) return "";
  const isChosen = at.entry === scene.chosen;
  const inside =
    entry.kind === "mark" ? drawMark(scene, view, entry, row) : drawStart(scene, view, entry, row);
  const kinds = [
    "row",
    entry.kind === "mark" ? entry.sort : entry.protocol,
    ...(isTrouble(entry) ? ["trouble"] : []),
    ...(isChosen ? ["chosen"] : []),
  ];
  const number = String(at.entry);
  const label = escapeMarkup(spokenText(data, entry));
  return `<g class="${kinds.join(" ")}" id="entry-${number}" data-entry="${number}" role="option" aria-selected="${String(isChosen)}" aria-label="${label}">${inside}</g>`;
}

function drawQuiet({ layout, width }: Scene, view: SceneView, row: number): string {
  const y = yOf(view, row) - 4;
  const text = `${spanText(quietUsAt(layout, row))} later`;
  return `<g class="quiet"><line x1="${String(GUTTER_WIDTH)}" x2="${String(width)}" y1="${String(y)}" y2="${String(y)}"/><text x="${String(view.left + GUTTER_WIDTH + 4)}" y="${String(y + 4)}">${text}</text></g>`;
}

function drawMark(
  { columns, width }: Scene,
  view: SceneView,
  mark: MarkEntry,
  row: number,
): string {
  const y = yOf(view, row);
  const text = escapeMarkup(clipped(mark.text, 110));
  if (mark.on === undefined) {
    const line = `<line class="across" x1="${String(GUTTER_WIDTH)}" x2="${String(width)}" y1="${String(y + 6)}" y2="${String(y + 6)}"/>`;
    return `${line}<text class="across" x="${String(view.left + GUTTER_WIDTH + 4)}" y="${String(y)}">${text}</text>`;
  }
  const x = columns.get(mark.on) ?? 0;
  // Text is on the side where there is more room.
  const isRight = x <= view.left + (width - view.left) / 2 || x < width * 0.6;
  const at = isRight ? `x="${String(x + 11)}"` : `x="${String(x - 11)}" text-anchor="end"`;
  return `${markSign(mark, x, y)}<text class="mark" ${at} y="${String(y + 4)}">${text}</text>`;
}

function markSign({ sort, isTrouble: isBad }: MarkEntry, x: number, y: number): string {
  const [left, top] = [String(x - 5), String(y - 5)];
  if (isBad) return `<path class="sign" d="M${left} ${top}l10 10m0-10l-10 10"/>`;
  switch (sort) {
    case "transition":
      return `<rect class="sign" x="${left}" y="${top}" width="10" height="10" rx="2"/>`;
    case "nat":
      return `<path class="sign" d="M${String(x)} ${String(y - 6)}l6 6l-6 6l-6-6z"/>`;
    default:
      return `<circle class="sign" cx="${String(x)}" cy="${String(y)}" r="4.5"/>`;
  }
}

/** The label of a packet stands where it starts, towards where it goes, so that no two labels share a row. */
function drawStart(scene: Scene, view: SceneView, packet: PacketEntry, row: number): string {
  const { columns } = scene;
  const y = yOf(view, row);
  const x = columns.get(packet.from) ?? 0;
  const to = packet.arrivals[0]?.to ?? packet.towards;
  const goal = to === undefined ? undefined : columns.get(to);
  const isLeft = goal !== undefined && goal < x;
  const marks = packet.hits.length > 0 && packet.losses.length === 0 ? " ⚑" : "";
  const text = escapeMarkup(clipped(packet.label, 60)) + marks;
  const anchor = isLeft ? `x="${String(x - 12)}" text-anchor="end"` : `x="${String(x + 12)}"`;
  const label = `<text class="label" ${anchor} y="${String(y - 3)}">${text}</text>`;
  const dot = `<circle class="start" cx="${String(x)}" cy="${String(y)}" r="2.5"/>`;
  if (packet.arrivals.length > 0 || packet.losses.length > 0) return dot + label;
  const end = String(x + (isLeft ? -60 : 60));
  return `${dot}<line class="arrow open" x1="${String(x)}" y1="${String(y)}" x2="${end}" y2="${String(y)}"/>${label}`;
}

function drawArrow({ data, columns, chosen }: Scene, view: SceneView, arrow: Arrow): string {
  const packet = data.entries[arrow.entry];
  if (packet?.kind !== "packet") return "";
  const x1 = columns.get(packet.from) ?? 0;
  const y1 = yOf(view, arrow.fromRow);
  const y2 = arrow.fromRow === arrow.toRow ? y1 + 4 : yOf(view, arrow.toRow);
  const isLost = arrow.to === undefined;
  const x2 = isLost ? lostAt(columns, packet, arrow.near) : (columns.get(arrow.to) ?? x1);
  const kinds = [
    "arrow",
    packet.protocol,
    ...(isLost ? ["lost"] : []),
    ...(arrow.entry === chosen ? ["chosen"] : []),
  ];
  const path = `M${String(x1)} ${String(y1)}L${String(x2)} ${String(y2)}`;
  const head = isLost
    ? `M${String(x2 - 5)} ${String(y2 - 5)}l10 10m0-10l-10 10`
    : headPath(x1, y1, x2, y2);
  const boxes = packet.crossings
    .map(({ nat }) => columns.get(nat))
    .filter((x) => x !== undefined && x > Math.min(x1, x2) && x < Math.max(x1, x2))
    .map((x = 0) => {
      const y = y1 + ((y2 - y1) * (x - x1)) / (x2 - x1);
      return `<path class="box" d="M${String(x)} ${String(y - 4)}l4 4l-4 4l-4-4z"/>`;
    });
  return `<g class="${kinds.join(" ")}" data-entry="${String(arrow.entry)}"><path class="hit" d="${path}"/><path class="line" d="${path}"/><path class="head" d="${head}"/>${boxes.join("")}</g>`;
}

/** A lost packet ends on the link where it was lost: near its sender, near its receiver, or in between. */
function lostAt(
  columns: ReadonlyMap<number, number>,
  { from, towards }: PacketEntry,
  near: number | undefined,
): number {
  const x1 = columns.get(from) ?? 0;
  const goal = towards === undefined ? undefined : columns.get(towards);
  const place = near === undefined ? undefined : columns.get(near);
  if (place !== undefined && near !== from) return place + Math.sign(x1 - place) * 24;
  if (goal === undefined || goal === x1) return x1 + 60;
  return near === from ? x1 + Math.sign(goal - x1) * 60 : (x1 + goal) / 2;
}

/** A filled head whose point is at the end of a line. */
function headPath(x1: number, y1: number, x2: number, y2: number): string {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const corner = (turn: number): string => {
    const x = x2 - 9 * Math.cos(angle + turn);
    const y = y2 - 9 * Math.sin(angle + turn);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  return `M${String(x2)} ${String(y2)}L${corner(0.42)}L${corner(-0.42)}z`;
}

function clipped(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}
