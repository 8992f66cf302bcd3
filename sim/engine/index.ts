/** The engine of the simulator: virtual time, randomness by label, traces, and what keeps runs the same. */
export { withAnswers } from "./ambient-answers.ts";
export type { AmbientAnswer, AmbientAnswers } from "./ambient-answers.ts";
export { AmbientError } from "./ambient-error.ts";
export type { CodePlace } from "./ambient-error.ts";
export { installTraps } from "./ambient-traps.ts";
export type { InstalledTraps, TrapOptions } from "./ambient-traps.ts";
export { checkDeterminism } from "./determinism.ts";
export type { DeterminismOptions, DeterminismReport, DivergenceReport } from "./determinism.ts";
export type { Drain } from "./drain.ts";
export type { EventHandler, EventId } from "./event-queue.ts";
export { JsonLines, recordJson } from "./json-lines.ts";
export type { JsonLinesOptions } from "./json-lines.ts";
export { RandomStream } from "./random-stream.ts";
export type { RecordedEvent } from "./run-recorder.ts";
export { Simulation } from "./simulation.ts";
export type { DrainingBounds, RunBounds, RunEnd, SimulationOptions } from "./simulation.ts";
export { Trace } from "./trace.ts";
export type {
  TraceDetail,
  TraceOptions,
  TraceRecord,
  TraceSink,
  TraceValue,
  TraceWatch,
  TracedEvent,
} from "./trace.ts";
