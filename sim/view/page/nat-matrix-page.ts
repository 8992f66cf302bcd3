import { escapeMarkup } from "./text.ts";

/** What the page has of the matrix. */
interface MatrixData {
  readonly names: readonly string[];
  readonly docs: readonly string[];
  /** By row and column: how it went if a began, and if b began. */
  readonly cells: readonly (readonly (readonly [aFirst: string, bFirst: string])[])[];
}

const STEPS: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function watchMatrix(): void {
  const data = JSON.parse(document.getElementById("data")?.textContent ?? "") as MatrixData;
  const table = document.getElementById("matrix") as HTMLTableElement;
  const details = document.getElementById("details");
  const [body] = table.tBodies;
  if (details === null || body === undefined) return;
  const show = (target: EventTarget | null): void => {
    const cell = target instanceof Element ? target.closest("td.cell") : null;
    if (!(cell instanceof HTMLTableCellElement)) return;
    const [row, column] = placeOf(cell);
    details.innerHTML = punchMarkup(data, row, column);
  };
  table.addEventListener("mouseover", ({ target }) => {
    show(target);
  });
  table.addEventListener("focusin", ({ target }) => {
    show(target);
  });
  table.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const cell = event.target;
    if (step === undefined || !(cell instanceof HTMLTableCellElement)) return;
    const [row, column] = placeOf(cell);
    const next = body.rows[row + step[0]]?.cells[column + step[1] + 1];
    event.preventDefault();
    if (next === undefined || next.tabIndex < -1 || !next.classList.contains("cell")) return;
    cell.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}

/** Row and column of a cell, from 0; the first cell of a row is its name. */
function placeOf(cell: HTMLTableCellElement): readonly [row: number, column: number] {
  return [(cell.parentElement as HTMLTableRowElement).rowIndex - 1, cell.cellIndex - 1];
}

function punchMarkup({ names, docs, cells }: MatrixData, row: number, column: number): string {
  const [aFirst = "", bFirst = ""] = cells[row]?.[column] ?? [];
  const side = (name: string, index: number): string =>
    `<dt>${name}</dt><dd><b>${escapeMarkup(names[index] ?? "")}</b><br><span class="quiet">${escapeMarkup(docs[index] ?? "")}</span></dd>`;
  const how = (who: string, text: string): string =>
    `<dt>${who} begins</dt><dd>${escapeMarkup(text)}</dd>`;
  return `<dl>${side("a", row)}${side("b", column)}${how("a", aFirst)}${how("b", bFirst)}</dl>`;
}

watchMatrix();
