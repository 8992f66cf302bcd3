import { compareDiagnostics } from "../load/diagnostic.ts";
import type { Diagnostic } from "../load/diagnostic.ts";
import { loadSpec } from "../load/load-spec.ts";
import type { SpecModel } from "../model/model.ts";
import { checkSpec } from "./check-spec.ts";

/** What is known of a spec folder after loading and checking it. */
export interface DiagnosedSpec {
  /** The model, or undefined if there is any diagnostic: nothing may be generated then. */
  readonly model: SpecModel | undefined;
  /** Problems of documents, names and meaning, by file, line and column. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Loads and checks a spec folder. What loads is checked even where something else does not load, so that an author
 * sees everything in one run.
 */
export function diagnoseSpec(folder: string): DiagnosedSpec {
  const { model, partial, diagnostics: loading } = loadSpec(folder);
  const diagnostics = [...loading, ...checkSpec(partial)].sort(compareDiagnostics);
  return { model: diagnostics.length === 0 ? model : undefined, diagnostics };
}
