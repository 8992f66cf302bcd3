import assert from "node:assert/strict";
import type { Diagnostic } from "../diagnostic.ts";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import { editedDocuments, placeOfSnippet, plantSpec } from "./planted-spec.ts";
import type { Edit } from "./planted-spec.ts";

/** A mistake planted in the sample spec, and the problems it must give: all of them, and where. */
export interface ProblemCase {
  /** A sentence of behaviour. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** `code`, the document's path, and a snippet of it with a bar at the column; without one the document's begin. */
  readonly problems: readonly (readonly [code: DiagnosticCode, path: string, snippet?: string])[];
  /** Part of the first problem's message or remedy. */
  readonly says?: string;
}

/** Plants a case and compares what is reported with what is expected, in any order. */
export function expectProblems(
  { edits, problems, says }: ProblemCase,
  diagnose: (folder: string) => readonly Diagnostic[],
): void {
  using spec = plantSpec(editedDocuments(edits));
  const found = diagnose(spec.folder);
  const expected = problems.map(([code, path, snippet]) => {
    const place =
      snippet === undefined ? `spec/${path}:1:1` : placeOfSnippet(spec.folder, path, snippet);
    return `${place} ${code}`;
  });
  const actual = found.map(({ file, line, column, code }) => {
    return `${file}:${line.toString()}:${column.toString()} ${code}`;
  });
  const texts = found.map(({ message, remedy }) => `${message} — ${remedy}`);
  assert.deepEqual(actual.sort(), expected.sort(), texts.join("\n"));
  for (const { message, remedy } of found) {
    assert.match(message, /[.!?]$/);
    assert.match(remedy, /[.!?]$/);
  }
  if (says !== undefined) assert.ok(texts.join("\n").includes(says), texts.join("\n"));
}
