import type { CoverageReport, ElementKind } from "../../campaign/index.ts";
import { html, standalonePage } from "../markup.ts";
import type { Markup } from "../markup.ts";
import { PAGE_STYLE } from "../page-style.ts";

/** The report of the scenarios of one spec. */
export interface CoveragePart {
  /** What the spec's protocols are called. */
  readonly title: string;
  /** Which campaigns it is of: `control, 1000 seeds`. */
  readonly about: readonly string[];
  readonly report: CoverageReport;
}

const TITLE = "What of the spec was exercised";

/** An element with how it stands. */
interface ShownElement {
  readonly kind: ElementKind;
  readonly protocol: string;
  readonly name: string;
  readonly state: "taken" | "missing" | "excused";
  readonly count: number;
  readonly reason: string;
}

const KINDS: readonly (readonly [kind: ElementKind, plural: string])[] = [
  ["transition", "Transitions"],
  ["timer", "Timer expiries"],
  ["sent", "Messages sent"],
  ["received", "Messages received"],
];

const STATES = { taken: "exercised", missing: "missing", excused: "excused" } as const;

/** Coverage reports as one HTML file: of each what is missing first, then all elements of the spec with how often each was exercised. */
export function coveragePage(parts: readonly CoveragePart[]): string {
  const body = html`<main>
    <h1>${TITLE}</h1>
    ${parts.map(partMarkup)}
  </main>`;
  return standalonePage({ title: TITLE, style: PAGE_STYLE + STYLE, body });
}

function partMarkup({ title, about, report }: CoveragePart): Markup {
  const elements = elementsOf(report);
  const { needless, stale, unknown } = report;
  const missing = report.missing.map(({ name }) => name);
  return html`<article>
    <h2>${title}</h2>
    <ul class="about">
      ${about.map((line) => html`<li>${line}</li>`)}
    </ul>
    ${summaryMarkup(elements)} ${listMarkup("Not exercised and not excused", missing)}
    ${listMarkup("Excused, but not in the spec", stale)}
    ${listMarkup("Done by roles and not in the spec", unknown)}
    ${listMarkup("Excused, but exercised here", needless)}
    ${KINDS.map(([kind, plural]) => {
      const ofKind = elements.filter((each) => each.kind === kind);
      return kindMarkup(plural, ofKind);
    })}
  </article>`;
}

function elementsOf({ taken, missing, excused }: CoverageReport): readonly ShownElement[] {
  return [
    ...missing.map((each) => ({ ...each, state: "missing" as const, count: 0, reason: "" })),
    ...excused.map((each) => ({ ...each, state: "excused" as const, count: 0 })),
    ...taken.map((each) => ({ ...each, state: "taken" as const, reason: "" })),
  ];
}

function summaryMarkup(elements: readonly ShownElement[]): Markup {
  return html`<table class="summary">
    <caption>
      In short
    </caption>
    <thead>
      <tr>
        <th scope="col">What</th>
        <th scope="col">In the spec</th>
        <th scope="col">Exercised</th>
        <th scope="col">Excused</th>
        <th scope="col">Missing</th>
        <th scope="col">Share</th>
      </tr>
    </thead>
    <tbody>
      ${KINDS.map(([kind, plural]) => {
        const all = elements.filter((each) => each.kind === kind);
        const count = (state: ShownElement["state"]): number =>
          all.filter((each) => each.state === state).length;
        const share = all.length === 0 ? 100 : Math.floor((100 * count("taken")) / all.length);
        return html`<tr class="${count("missing") > 0 && "bad"}">
          <th scope="row">${plural}</th>
          <td>${all.length}</td>
          <td>${count("taken")}</td>
          <td>${count("excused")}</td>
          <td>${count("missing")}</td>
          <td>
            <span class="share"><span style="width:${share}%"></span></span> ${share} %
          </td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function listMarkup(title: string, names: readonly string[]): Markup | undefined {
  if (names.length === 0) return undefined;
  return html`<section class="list bad">
    <h3>${title}: ${names.length}</h3>
    <ul>
      ${names.map((name) => html`<li><code>${name}</code></li>`)}
    </ul>
  </section>`;
}

function kindMarkup(plural: string, elements: readonly ShownElement[]): Markup | undefined {
  if (elements.length === 0) return undefined;
  const most = Math.max(...elements.map(({ count }) => count));
  const sorted = [...elements].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return html`<section>
    <h3>${plural}</h3>
    <table>
      <thead>
        <tr>
          <th scope="col">Element</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Times</th>
          <th scope="col"><span class="hidden">Share, on a logarithmic scale</span></th>
        </tr>
      </thead>
      <tbody>
        ${sorted.map(
          ({ name, state, count, reason }) =>
            html`<tr class="${state}">
              <th scope="row"><code>${name}</code> <span class="reason">${reason}</span></th>
              <td><span class="state ${state}">${STATES[state]}</span></td>
              <td class="number">${count}</td>
              <td class="bar"><span style="width:${barWidth(count, most)}%"></span></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

/** Counts differ by powers of ten, so bars are logarithmic. */
function barWidth(count: number, most: number): number {
  return most === 0 ? 0 : Math.round((100 * Math.log1p(count)) / Math.log1p(most));
}

const STYLE = `
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
.about { list-style: none; columns: 16rem; margin: 0.3rem 0 1.2rem; padding: 0; color: var(--quiet); }
article + article { border-top: 2px solid var(--line); margin-top: 2.5rem; padding-top: 1rem; }
h1 + article h2 { margin-top: 1rem; }
h3 { font-size: 1rem; }
section { margin-top: 1.8rem; }
table { width: 100%; border-collapse: collapse; background: var(--surface); border: 1px solid var(--line); font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.4rem; }
th, td { text-align: left; padding: 0.3rem 0.8rem; font-weight: 400; vertical-align: baseline; }
thead th { color: var(--quiet); font-size: 0.85rem; background: var(--sunken); }
tbody tr { border-top: 1px solid var(--line); }
.number { text-align: right; }
.bar { width: 22%; }
.bar span, .share span { display: block; height: 0.55rem; border-radius: 3px; background: var(--accent); }
.share { display: inline-block; width: 9rem; background: var(--sunken); border-radius: 3px; overflow: hidden; margin-right: 0.5rem; }
.state { white-space: nowrap; border-radius: 99px; padding: 0.05rem 0.6rem; font-size: 0.85rem; }
.state.taken { background: var(--good-ground); color: var(--good); }
.state.missing, tr.bad th, tr.bad td, .list.bad { background: var(--bad-ground); color: var(--bad); }
.state.missing { font-weight: 650; }
.state.excused { background: var(--fair-ground); color: var(--fair); }
.reason { display: block; color: var(--quiet); font-size: 0.9rem; }
.reason:empty { display: none; }
.list { border-left: 4px solid var(--bad); padding: 0.8rem 1.1rem; border-radius: 6px; }
.list h3 { margin-top: 0; }
.list ul { margin: 0; padding-left: 1.1rem; }
.hidden { position: absolute; left: -100vw; }
code { overflow-wrap: anywhere; }
@media print { .bar span, .share span, .state, .list { print-color-adjust: exact; } tr { break-inside: avoid; } main { max-width: none; } }
`;
