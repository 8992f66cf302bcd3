import type { DiagramData } from "../diagram/diagram-data.ts";
import { detailsMarkup } from "./details.ts";
import { EntryFilter, isTrouble, kindsOf } from "./filter.ts";
import type { DiagramFilter, ShownKind } from "./filter.ts";
import { layOut } from "./layout.ts";
import type { DiagramLayout } from "./layout.ts";
import { columnsOf, drawRows, GUTTER_WIDTH, ROW_HEIGHT } from "./scene.ts";
import { escapeMarkup } from "./text.ts";

/** Rows drawn above and below those that are seen. */
const SPARE_ROWS = 12;
/** Rows that are printed; more pages than that nobody wants by accident. */
const PRINTED_ROWS_MAX = 3000;
const PRINTED_ROWS_A_PIECE = 30;
const PRINTED_WIDTH = 1040;

/** What can be switched: its name, and what it stands for. Those after `off` are not shown at first. */
const SWITCHES: readonly (readonly [label: string, kinds: readonly ShownKind[], off?: "off"])[] = [
  ["Datagrams", ["udp"]],
  ["TCP", ["tcp"]],
  ["Bare acknowledgements", ["bare"], "off"],
  ["ICMP", ["icmp"]],
  ["Transitions", ["transition"]],
  ["Messages in channels", ["message"]],
  ["Faults", ["fault"]],
  ["Processes", ["process"]],
  ["Reports of roles", ["role"], "off"],
  ["NAT mappings", ["nat"], "off"],
  ["Streams", ["stream"], "off"],
  ["Scenario", ["deed", "other"]],
];

/** The page's behaviour. */
class DiagramPage {
  readonly #data: DiagramData;
  readonly #entries: EntryFilter;
  readonly #view = element("view");
  readonly #sizer = element("sizer");
  readonly #heads = element("heads");
  readonly #details = element("details");
  readonly #search = element("search") as HTMLInputElement;
  readonly #troubleOnly = element("trouble-only") as HTMLInputElement;
  readonly #hidden = new Set<number>();
  readonly #off = new Set<ShownKind>();
  #layout: DiagramLayout = { rows: [], arrows: [], rowOf: new Map() };
  #shown: readonly number[] = [];
  #chosen: number | undefined;

  constructor(data: DiagramData) {
    this.#data = data;
    this.#entries = new EntryFilter(data);
    this.#makeSwitches();
    this.#makeLineSwitches();
    this.#listen();
    this.#filter();
    const first = this.#shown.find((index) => data.entries[index]?.kind === "packet");
    this.#choose(first ?? this.#shown[0], false);
  }

  #listen(): void {
    this.#view.addEventListener("scroll", () => {
      this.#draw();
    });
    new ResizeObserver(() => {
      this.#draw();
    }).observe(this.#view);
    this.#view.addEventListener("click", ({ target }) => {
      const found = (target as Element).closest("[data-entry]")?.getAttribute("data-entry");
      if (found !== null && found !== undefined) this.#choose(Number(found), false);
    });
    this.#view.addEventListener("keydown", (event) => {
      if (this.#move(event)) event.preventDefault();
    });
    this.#search.addEventListener("input", () => {
      this.#filter();
    });
    this.#troubleOnly.addEventListener("change", () => {
      this.#filter();
    });
    element("next-trouble").addEventListener("click", () => {
      this.#goToTrouble(1);
    });
    element("previous-trouble").addEventListener("click", () => {
      this.#goToTrouble(-1);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target === this.#search) return;
      event.preventDefault();
      this.#search.focus();
    });
    window.addEventListener("beforeprint", () => {
      this.#drawForPrint();
    });
  }

  #move({ key }: KeyboardEvent): boolean {
    const at = this.#chosen === undefined ? -1 : this.#shown.indexOf(this.#chosen);
    const page = Math.max(1, Math.floor(this.#view.clientHeight / ROW_HEIGHT) - 2);
    const places: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: this.#shown.length - 1,
    };
    if (key === "n" || key === "p") {
      this.#goToTrouble(key === "n" ? 1 : -1);
      return true;
    }
    if (key === "Enter") {
      this.#details.focus();
      return true;
    }
    const to = places[key];
    if (to === undefined) return false;
    this.#choose(this.#shown[Math.max(0, Math.min(this.#shown.length - 1, to))], true);
    return true;
  }

  #goToTrouble(step: 1 | -1): void {
    const { entries } = this.#data;
    const from = this.#chosen ?? -1;
    const troubles = this.#shown.filter((index) => {
      const entry = entries[index];
      return entry !== undefined && isTrouble(entry);
    });
    const next =
      step > 0
        ? troubles.find((index) => index > from)
        : troubles.findLast((index) => index < from);
    if (next !== undefined) this.#choose(next, true);
    element("status").textContent =
      next === undefined ? `No ${step > 0 ? "further" : "earlier"} trouble` : this.#countText();
  }

  #choose(index: number | undefined, isScrolling: boolean): void {
    this.#chosen = index;
    if (index === undefined) {
      this.#details.innerHTML = '<p class="quiet">Nothing is chosen.</p>';
      this.#view.removeAttribute("aria-activedescendant");
    } else {
      this.#details.innerHTML = detailsMarkup(this.#data, index);
      this.#details.scrollTop = 0;
      if (isScrolling) {
        this.#scrollTo(this.#layout.rowOf.get(index) ?? 0);
        this.#scrollSideways(index);
      }
      this.#view.setAttribute("aria-activedescendant", `entry-${String(index)}`);
    }
    this.#draw();
  }

  /** Shows where the chosen entry begins, with room for its label on either side. */
  #scrollSideways(index: number): void {
    const entry = this.#data.entries[index];
    const line = entry?.kind === "packet" ? entry.from : entry?.on;
    const { clientWidth, scrollLeft } = this.#view;
    const { columns, column } = columnsOf(this.#data.lifelines, this.#hidden, clientWidth);
    const x = line === undefined ? undefined : columns.get(line);
    if (x === undefined) return;
    if (x < scrollLeft + GUTTER_WIDTH) this.#view.scrollLeft = x - GUTTER_WIDTH - column / 2;
    else if (x > scrollLeft + clientWidth - column / 2) {
      this.#view.scrollLeft = x - clientWidth + column / 2;
    }
  }

  #scrollTo(row: number): void {
    const top = row * ROW_HEIGHT;
    const { scrollTop, clientHeight } = this.#view;
    const seen = clientHeight - this.#heads.offsetHeight - ROW_HEIGHT;
    if (top < scrollTop) this.#view.scrollTop = Math.max(0, top - ROW_HEIGHT);
    else if (top > scrollTop + seen - ROW_HEIGHT) this.#view.scrollTop = top - seen / 2;
  }

  #filter(): void {
    const filter: DiagramFilter = {
      text: this.#search.value,
      hidden: this.#hidden,
      off: this.#off,
      isTroubleOnly: this.#troubleOnly.checked,
    };
    this.#shown = this.#entries.shown(filter);
    this.#layout = layOut(this.#data.entries, this.#shown);
    const row = this.#chosen === undefined ? undefined : this.#layout.rowOf.get(this.#chosen);
    element("status").textContent = this.#countText();
    element("nothing").hidden = this.#shown.length > 0;
    this.#draw();
    if (row !== undefined) this.#scrollTo(row);
  }

  #countText(): string {
    const [shown, all] = [this.#shown.length, this.#data.entries.length];
    return shown === all ? `${String(all)} entries` : `${String(shown)} of ${String(all)} entries`;
  }

  #draw(): void {
    const rows = this.#layout.rows.length;
    // First and without what was drawn, for the browser then scrolls back from where nothing is any more.
    this.#sizer.style.height = `${String(rows * ROW_HEIGHT)}px`;
    this.#sizer.innerHTML = "";
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.#view;
    const { columns, width, column } = columnsOf(this.#data.lifelines, this.#hidden, clientWidth);
    const firstRow = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS);
    const lastRow = Math.min(
      rows - 1,
      Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT) + SPARE_ROWS,
    );
    const scene = { data: this.#data, layout: this.#layout, columns, width, chosen: this.#chosen };
    const inside = rows === 0 ? "" : drawRows(scene, { firstRow, lastRow, left: scrollLeft });
    const height = Math.max(0, lastRow - firstRow + 1) * ROW_HEIGHT;
    this.#sizer.style.width = `${String(width)}px`;
    this.#sizer.innerHTML = `<svg role="presentation" width="${String(width)}" height="${String(height)}" style="top:${String(firstRow * ROW_HEIGHT)}px">${inside}</svg>`;
    this.#heads.style.width = `${String(width)}px`;
    this.#heads.innerHTML = this.#headsMarkup(columns, column);
  }

  /** The corner hides names whose lifelines are scrolled under the times. */
  #headsMarkup(columns: ReadonlyMap<number, number>, columnWidth: number): string {
    const corner = `<div class="corner" style="width:${String(GUTTER_WIDTH - 10)}px"></div>`;
    const parties = [...columns].map(([index, x]) => {
      const line = this.#data.lifelines[index];
      const about = line?.about ?? "";
      const name = escapeMarkup(line?.name ?? "");
      return `<div class="party ${line?.kind ?? ""}" style="left:${String(x)}px;width:${String(columnWidth - 4)}px"><b>${name}</b><span>${escapeMarkup(about)}</span></div>`;
    });
    return corner + parties.join("");
  }

  #makeSwitches(): void {
    const known = new Set(this.#data.entries.flatMap(kindsOf));
    for (const [label, kinds, off] of SWITCHES) {
      if (!kinds.some((kind) => known.has(kind))) continue;
      const set = (isOn: boolean): void => {
        for (const kind of kinds) {
          if (isOn) this.#off.delete(kind);
          else this.#off.add(kind);
        }
      };
      set(off === undefined);
      this.#addSwitch("kinds", label, { isOn: off === undefined, set });
    }
  }

  #makeLineSwitches(): void {
    this.#data.lifelines.forEach(({ name }, index) => {
      this.#addSwitch("lines", name, {
        isOn: true,
        set: (isOn) => {
          if (isOn) this.#hidden.delete(index);
          else this.#hidden.add(index);
        },
      });
    });
  }

  #addSwitch(
    group: string,
    text: string,
    { isOn, set }: { readonly isOn: boolean; readonly set: (isOn: boolean) => void },
  ): void {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = isOn;
    box.addEventListener("change", () => {
      set(box.checked);
      this.#filter();
    });
    label.append(box, ` ${text}`);
    element(group).append(label);
  }

  /** All rows in pieces that fit between page breaks, each with the names on top. */
  #drawForPrint(): void {
    const { columns, width } = columnsOf(this.#data.lifelines, this.#hidden, PRINTED_WIDTH);
    const scene = { data: this.#data, layout: this.#layout, columns, width, chosen: undefined };
    const rows = Math.min(this.#layout.rows.length, PRINTED_ROWS_MAX);
    const pieces: string[] = [];
    for (let firstRow = 0; firstRow < rows; firstRow += PRINTED_ROWS_A_PIECE) {
      const lastRow = Math.min(rows, firstRow + PRINTED_ROWS_A_PIECE) - 1;
      const height = (lastRow - firstRow + 1) * ROW_HEIGHT;
      const inside = drawRows(scene, { firstRow, lastRow, left: 0 });
      const names = [...columns].map(
        ([index, x]) =>
          `<text class="name" x="${String(x)}" y="-10">${escapeMarkup(this.#data.lifelines[index]?.name ?? "")}</text>`,
      );
      pieces.push(
        `<svg viewBox="0 -30 ${String(width)} ${String(height + 30)}" aria-hidden="true">${names.join("")}${inside}</svg>`,
      );
    }
    const left = this.#layout.rows.length - rows;
    const more = left > 0 ? `<p>${String(left)} more rows are not printed.</p>` : "";
    element("printed").innerHTML = pieces.join("") + more;
  }
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new RangeError(`the page has no ${id}`);
  return found;
}

new DiagramPage(JSON.parse(element("data").textContent) as DiagramData);
