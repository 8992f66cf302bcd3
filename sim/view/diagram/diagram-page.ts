import { html, standalonePage } from "../markup.ts";
import { PAGE_STYLE } from "../page-style.ts";
import { pageScript } from "../page-script.ts";
import type { DiagramData } from "./diagram-data.ts";
import { DIAGRAM_STYLE } from "./diagram-style.ts";

/** Modules of the page, those that are imported first. */
const MODULES = ["text", "filter", "layout", "scene", "details", "diagram-page"] as const;

/** A diagram as one HTML file, to be opened from the disk: it loads nothing. */
export function diagramPage(data: DiagramData): string {
  const { title, facts, replay, note } = data;
  const body = html`
    <header>
      <div class="titles">
        <h1>${title}</h1>
        <p class="facts">
          ${facts.map(({ name, value }) => html`<span><i>${name}</i> ${value}</span>`)}
        </p>
      </div>
      ${
        replay !== undefined &&
        html`<p class="replay"><span class="quiet">Run it again:</span> <code>${replay}</code></p>`
      }
      ${note !== undefined && html`<p class="note">${note}</p>`}
      <div class="tools" role="toolbar" aria-label="What is shown">
        <input
          type="search"
          id="search"
          placeholder="Message, field, host, reason…"
          aria-label="Show only entries with these words (key /)"
        />
        <button type="button" id="previous-trouble" title="Key p">◂ Trouble</button>
        <button type="button" id="next-trouble" title="Key n">Trouble ▸</button>
        <label><input type="checkbox" id="trouble-only" /> Only losses and faults</label>
        <span id="status" role="status"></span>
        <details>
          <summary>Kinds and hosts</summary>
          <div class="switches">
            <fieldset id="kinds">
              <legend>Kinds</legend>
            </fieldset>
            <fieldset id="lines">
              <legend>Hosts and NAT boxes</legend>
            </fieldset>
          </div>
        </details>
      </div>
    </header>
    <main>
      <div
        id="view"
        role="listbox"
        tabindex="0"
        aria-label="What happened, in the order of time. Arrow keys choose, Enter goes to the details, n and p to the next and previous trouble."
      >
        <div id="heads" aria-hidden="true"></div>
        <div id="sizer"></div>
        <p id="nothing" hidden>Nothing fits what is asked for above.</p>
      </div>
      <aside id="details" tabindex="-1" aria-label="Details of what is chosen"></aside>
    </main>
    <div id="printed" aria-hidden="true"></div>
  `;
  return standalonePage({
    title,
    style: PAGE_STYLE + DIAGRAM_STYLE,
    body,
    data,
    script: pageScript(MODULES),
  });
}
