/*
 * The modules of this folder are put into pages one after the other, as one script: their names must not clash, and they
 * import nothing but each other and types.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand in an element or in a quoted attribute. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Virtual time in seconds to the microsecond, thousands apart: `12.345 678`. */
export function secondsText(timeUs: number): string {
  const seconds = Math.floor(timeUs / 1_000_000);
  const rest = String(timeUs % 1_000_000).padStart(6, "0");
  return `${String(seconds)}.${rest.slice(0, 3)}\u202f${rest.slice(3)}`;
}

/** How long something took, in the unit that fits. */
export function spanText(us: number): string {
  if (us < 1000) return `${String(us)}\u00a0µs`;
  if (us < 1_000_000) return `${trimmed(us / 1000)}\u00a0ms`;
  if (us < 120_000_000) return `${trimmed(us / 1_000_000)}\u00a0s`;
  return `${trimmed(us / 60_000_000)}\u00a0min`;
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(4)));
}
