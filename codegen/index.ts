/** Reading, checking and emitting specs from a program, as the commands `check` and `generate` do it. */
export { checkSpec } from "./check/check-spec.ts";
export { diagnoseSpec } from "./check/diagnose-spec.ts";
export type { DiagnosedSpec } from "./check/diagnose-spec.ts";
export { emitSpec } from "./emit/emit.ts";
export type { EmitOptions } from "./emit/emit.ts";
export type { Diagnostic } from "./load/diagnostic.ts";
export { DIAGNOSTIC_CODES } from "./load/diagnostic-codes.ts";
export type { DiagnosticCode } from "./load/diagnostic-codes.ts";
export { loadSpec } from "./load/load-spec.ts";
export type { LoadedSpec } from "./load/load-spec.ts";
export type { SpecModel } from "./model/model.ts";
