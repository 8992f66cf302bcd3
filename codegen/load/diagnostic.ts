import type { DiagnosticCode } from "./diagnostic-codes.ts";

/** One problem of a spec folder: where, what, and how to mend it. */
export interface Diagnostic {
  /** File, relative to the spec folder's parent, with forward slashes. */
  readonly file: string;
  /** Line from 1. */
  readonly line: number;
  /** Column from 1, in UTF-16 units as editors count them. */
  readonly column: number;
  /** JSON pointer (RFC 6901) of the value; empty for the whole document. */
  readonly pointer: string;
  /** Stable name of the kind of problem. */
  readonly code: DiagnosticCode;
  /** What is wrong, with the names and numbers involved. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Where a problem stands: a `Source` of the model, or what a document gives. */
export interface Place {
  readonly file: string;
  readonly pointer: string;
  readonly line: number;
  readonly column: number;
}

/** Takes one problem; a check calls it as often as it finds something. */
export type Report = (place: Place, code: DiagnosticCode, message: string, remedy: string) => void;

/** Collects the problems of a run; the same problem at the same place counts once. */
export class Diagnostics {
  readonly #found = new Map<string, Diagnostic>();

  readonly report: Report = (place, code, message, remedy) => {
    const { file, pointer, line, column } = place;
    const key = `${file}:${line.toString()}:${column.toString()} ${code} ${message}`;
    if (!this.#found.has(key)) {
      this.#found.set(key, { file, line, column, pointer, code, message, remedy });
    }
  };

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** The problems by file, line and column. */
  list(): readonly Diagnostic[] {
    return [...this.#found.values()].sort(compareDiagnostics);
  }
}

/** Orders problems by file, then line, then column, then code. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareTexts(a.file, b.file) ||
    a.line - b.line ||
    a.column - b.column ||
    compareTexts(a.code, b.code) ||
    compareTexts(a.message, b.message)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
