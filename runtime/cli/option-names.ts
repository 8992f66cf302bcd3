import type { OptionSpec } from "./option-spec.ts";

/** An option's name as the command line has it: `hubFingerprint` is `hub-fingerprint`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

/** The environment variable of an option, or undefined if it has none. */
export function envName(name: string, spec: OptionSpec<unknown>): string | undefined {
  if (spec.flagOnly) return undefined;
  return spec.env ?? `TAGWIRE_${flagName(name).replaceAll("-", "_").toUpperCase()}`;
}

/** The one of `candidates` that `text` may be a slip of: at most a third of its letters differ. */
export function nearestOf(text: string, candidates: readonly string[]): string | undefined {
  const rated = candidates
    .map((candidate) => ({
      candidate,
      edits: editsBetween(text.toLowerCase(), candidate.toLowerCase()),
    }))
    .sort((a, b) => a.edits - b.edits);
  const [best] = rated;
  return best !== undefined && best.edits <= Math.max(1, Math.floor(text.length / 3))
    ? best.candidate
    : undefined;
}

/** Letters to insert, remove or replace to make one text of the other (Levenshtein). */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
