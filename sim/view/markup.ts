import { escapeMarkup } from "./page/text.ts";

/** Markup that is safe as it is. Only `html` makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | false | readonly Part[];

/** Builds markup: what is put in is escaped unless it is markup itself; lists are joined; undefined and false are nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(
    strings.reduce((text, string, index) => `${text}${render(parts[index - 1])}${string}`),
  );
}

function render(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escapeMarkup(String(part));
}

/** A page that stands for itself: no file and no network is asked for anything. */
export interface StandalonePage {
  readonly title: string;
  readonly style: string;
  readonly body: Markup;
  /** JSON for the script, which finds it in the element `data`. */
  readonly data?: unknown;
  readonly script?: string;
}

/** Nothing may be loaded, whatever stands in a trace. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** The whole text of a page. */
export function standalonePage({ title, style, body, data, script }: StandalonePage): string {
  // "<" is what could end the element; in JSON it can be written otherwise.
  const json = data === undefined ? "" : JSON.stringify(data).replaceAll("<", "\\u003c");
  const parts = [
    "<!doctype html>",
    '<html lang="en">',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeMarkup(POLICY)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${style}</style>`,
    body.text,
    ...(data === undefined ? [] : [`<script type="application/json" id="data">${json}</script>`]),
    ...(script === undefined ? [] : [`<script type="module">${script}</script>`]),
    "</html>",
  ];
  return `${parts.join("\n")}\n`;
}
