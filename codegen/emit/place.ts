import { capitalized } from "./names.ts";

/** A position in a buffer as generated code writes it: a local name and a constant number of bytes after it. */
export interface Place {
  readonly base: string;
  readonly plus: number;
}

/** The place `bytes` after another. */
export function after(place: Place, bytes: number): Place {
  return { base: place.base, plus: place.plus + bytes };
}

/** The expression of a place: `offset`, `nameEnd + 4`. */
export function printPlace(place: Place): string {
  return place.plus === 0 ? place.base : `${place.base} + ${String(place.plus)}`;
}

/** The expression of the bytes from one place to a later one. */
export function distance(end: Place | string, start: Place): string {
  const { base, plus } = typeof end === "string" ? { base: end, plus: 0 } : end;
  if (base === start.base) return String(plus - start.plus);
  const from =
    start.plus === 0
      ? `${base} - ${start.base}`
      : `${base} - ${start.base} - ${String(start.plus)}`;
  return plus === 0 ? from : `${from} + ${String(plus)}`;
}

const RESERVED = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof undefined var void while with yield NaN Infinity"
  ).split(" "),
);

/** The local names of one generated function, each used once. */
export class Scope {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken);
  }

  /** A name as close to `wanted` as possible, taken from here on. */
  name(wanted: string): string {
    let name =
      RESERVED.has(wanted) || this.#taken.has(wanted) ? `own${capitalized(wanted)}` : wanted;
    for (let number = 2; this.#taken.has(name); number += 1) name = `${wanted}${String(number)}`;
    this.#taken.add(name);
    return name;
  }
}
