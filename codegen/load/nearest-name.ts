/**
 * The known name that was most likely meant.
 * @returns the candidate with the fewest single-letter edits (case counts little), or undefined if none is near:
 *   more than a third of the letters, and at least two, would have to change.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestEdits = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(wanted, candidate.toLowerCase(), bestEdits);
    if (edits < bestEdits) {
      best = candidate;
      bestEdits = edits;
    }
  }
  return best;
}

/** A remedy sentence for an unknown name: the nearest known one, or the known ones. */
export function suggestName(name: string, candidates: Iterable<string>): string {
  const known = [...candidates];
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return `Did you mean ${nearest}?`;
  if (known.length === 0) return "None is defined here.";
  const shown = known.slice(0, 12).join(", ");
  return `Known: ${shown}${known.length > 12 ? ", …" : ""}.`;
}

/** Levenshtein's distance with neighbours swapped counted once; gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const above = previous[j] ?? limit;
      const left = current[j - 1] ?? limit;
      const diagonal = previous[j - 1] ?? limit;
      let edits = Math.min(above + 1, left + 1, diagonal + (same ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforePrevious[j - 2] ?? limit) + 1);
      }
      current.push(edits);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? limit;
}
