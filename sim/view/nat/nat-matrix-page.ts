import type { HolePunchResult, NatMatrix, NatMatrixCell, NatProfile } from "../../nat/index.ts";
import { html, standalonePage } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { pageScript } from "../page-script.ts";
import { PAGE_STYLE } from "../page-style.ts";
import { NAT_MATRIX_STYLE } from "./nat-matrix-style.ts";

/** What came of a pair, over both orders. */
type PairOutcome = "always" | "depends" | "one-sided" | "never";

const OUTCOMES: readonly (readonly [outcome: PairOutcome, cell: string, meaning: string])[] = [
  ["always", "2", "Both hosts get an answer, whoever begins: a connection."],
  [
    "depends",
    "2/1",
    "A connection only if the right one begins: what comes of it if a begins, then if b begins.",
  ],
  ["one-sided", "1", "Only one of the hosts ever gets an answer: no connection."],
  ["never", "0", "Nobody gets an answer."],
];

/** The matrix as one HTML file: a cell for each pair of profiles, what its digits mean, and how each punch went. */
export function natMatrixPage(matrix: NatMatrix, profiles: readonly NatProfile[]): string {
  const { names, rows } = matrix;
  const cells = rows.flat();
  const counts = new Map(OUTCOMES.map(([outcome]) => [outcome, 0]));
  for (const cell of cells) counts.set(outcomeOf(cell), (counts.get(outcomeOf(cell)) ?? 0) + 1);
  const title = "Hole punching between NATs";
  const body = html`
    <main>
      <h1>${title}</h1>
      <p>
        Host a behind the NAT of the row and host b behind that of the column are told each other's
        address and send datagrams there, the second host a moment after the first. The digit says
        how many of the two got an answer; two digits with a stroke, what came of it if a began and
        if b began.
      </p>
      <ul class="legend" aria-label="Legend">
        ${OUTCOMES.map(
          ([outcome, cell, meaning]) =>
            html`<li>
              <span class="cell ${outcome}">${cell}</span>
              <span>${meaning} <b>${shareText(counts.get(outcome) ?? 0, cells.length)}</b></span>
            </li>`,
        )}
      </ul>
      <div class="split">
        <div class="scroll" tabindex="0" role="region" aria-label="The matrix">
          <table id="matrix">
            <caption class="hidden">
              Rows: the NAT of a. Columns: the NAT of b. Arrow keys go from cell to cell.
            </caption>
            <thead>
              <tr>
                <td class="corner">a ↓ &nbsp; b →</td>
                ${names.map((name) => html`<th scope="col"><span>${name}</span></th>`)}
              </tr>
            </thead>
            <tbody>
              ${rows.map((row, at) => rowMarkup(names[at] ?? "", row, at))}
            </tbody>
          </table>
        </div>
        <aside id="details" role="status" aria-label="How the punch went">
          <p class="quiet">Point at a cell, or go there by the arrow keys.</p>
        </aside>
      </div>
      <h2>Profiles</h2>
      <dl class="profiles">
        ${profiles.map(
          ({ name, doc }) =>
            html`<dt>${name}</dt>
              <dd>${doc}</dd>`,
        )}
      </dl>
    </main>
  `;
  const data = {
    names,
    docs: names.map((name) => profiles.find((profile) => profile.name === name)?.doc ?? ""),
    cells: rows.map((row) => row.map(({ aFirst, bFirst }) => [howText(aFirst), howText(bFirst)])),
  };
  const script = pageScript(["text", "nat-matrix-page"]);
  return standalonePage({ title, style: PAGE_STYLE + NAT_MATRIX_STYLE, body, data, script });
}

function rowMarkup(name: string, row: readonly NatMatrixCell[], at: number): Markup {
  return html`<tr>
    <th scope="row">${name}</th>
    ${row.map(
      (cell, column) =>
        html`<td
          class="cell ${outcomeOf(cell)}"
          tabindex="${at === 0 && column === 0 ? "0" : "-1"}"
          title="${cell.a} and ${cell.b}&#10;a begins: ${howText(cell.aFirst)}&#10;b begins: ${howText(cell.bFirst)}"
        >
          ${cellText(cell)}
        </td>`,
    )}
  </tr>`;
}

function outcomeOf({ aFirst, bFirst }: NatMatrixCell): PairOutcome {
  const [least, most] = [aFirst.sidesOk, bFirst.sidesOk].sort();
  if (least === 2) return "always";
  if (most === 2) return "depends";
  return most === 0 ? "never" : "one-sided";
}

function cellText({ aFirst, bFirst }: NatMatrixCell): string {
  const [one, two] = [String(aFirst.sidesOk), String(bFirst.sidesOk)];
  return one === two ? one : `${one}/${two}`;
}

function howText({ sidesOk, reason }: HolePunchResult): string {
  return sidesOk === 2 ? "connected" : `${String(sidesOk)} answered; ${reason}`;
}

function shareText(count: number, all: number): string {
  return `${String(count)} of ${String(all)} pairs, ${String(Math.round((100 * count) / all))} %`;
}
