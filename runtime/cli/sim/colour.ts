import type { TextOutput } from "../terminal.ts";

/** Marks text on a terminal. */
export interface Colour {
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  readonly strong: (text: string) => string;
}

/** Colours for an output: none but on a terminal, and none where NO_COLOR is set (no-color.org). */
export function colourOf(
  output: TextOutput,
  env: Readonly<Record<string, string | undefined>>,
): Colour {
  const isColoured = output.isTTY === true && (env["NO_COLOR"] ?? "") === "";
  const marked =
    (code: number) =>
    (text: string): string =>
      isColoured ? `\u001b[${String(code)}m${text}\u001b[0m` : text;
  return { bad: marked(31), good: marked(32), strong: marked(1) };
}
