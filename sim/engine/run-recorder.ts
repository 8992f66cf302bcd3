import type { HashLog } from "./hash-log.ts";
import { recordJson } from "./json-lines.ts";
import type { Trace, TraceRecord, TraceWatch, TracedEvent } from "./trace.ts";

/** One event of one run, with what was recorded in it and since the one before. */
export interface RecordedEvent {
  /** Undefined for what came after the last event, or if the run had ended before. */
  readonly event: TracedEvent | undefined;
  /** JSON, in order; the first 1,000. */
  readonly records: readonly string[];
}

/** What to do with a run. */
export interface RunRecorderOptions {
  /** Takes the hashes of this run. */
  readonly fill?: HashLog;
  /** Compares this run with the hashes of another. */
  readonly compare?: HashLog;
  /** Keeps what is recorded in this event. */
  readonly captureAt?: number;
}

/** Records of one event that are kept. */
const RECORDS_MAX = 1000;

/** Watches one run, to find where it differs from another. */
export class RunRecorder implements TraceWatch {
  readonly #options: RunRecorderOptions;
  #trace: Trace | undefined = undefined;
  #records: TraceRecord[] = [];
  #agreed = 0;
  #differing: RecordedEvent | undefined = undefined;
  #captured: RecordedEvent | undefined = undefined;

  constructor(options: RunRecorderOptions) {
    this.#options = options;
  }

  /** The trace of the simulation that ran. @throws {Error} if there was none. */
  get trace(): Trace {
    if (this.#trace === undefined) throw new Error("the run made no simulation with its watch");
    return this.#trace;
  }

  /** The last event after which this run was known to be as the other. */
  get agreed(): number {
    return this.#agreed;
  }

  /** The first event after which this run was known to be another; none if there was no such event. */
  get differing(): RecordedEvent | undefined {
    return this.#differing;
  }

  /** The event that was to be captured; if the run ended before it, what was recorded after the last. */
  get captured(): RecordedEvent {
    return this.#captured ?? this.tail;
  }

  /** What was recorded after the last event. */
  get tail(): RecordedEvent {
    return this.#snapshot(undefined);
  }

  runStarted(trace: Trace): void {
    if (this.#trace !== undefined) throw new Error("a run makes one simulation with its watch");
    this.#trace = trace;
  }

  write(record: TraceRecord): void {
    if (this.#options.fill !== undefined || this.#records.length === RECORDS_MAX) return;
    this.#records.push({ ...record, detail: copied(record.detail) });
  }

  eventEnded(trace: Trace): void {
    const { fill, compare, captureAt } = this.#options;
    fill?.add(trace);
    const agrees = compare?.agrees(trace);
    if (agrees === true && this.#differing === undefined) this.#agreed = trace.events;
    if (agrees === false) this.#differing ??= this.#snapshot(trace.event);
    if (trace.events === captureAt) this.#captured = this.#snapshot(trace.event);
    if (this.#records.length > 0) this.#records = [];
  }

  #snapshot(event: TracedEvent | undefined): RecordedEvent {
    return { event, records: this.#records.map((record) => recordJson(record)) };
  }
}

function copied(detail: TraceRecord["detail"]): TraceRecord["detail"] {
  if (typeof detail === "string") return detail;
  if (detail instanceof Uint8Array) return Uint8Array.from(detail);
  const fields = Object.entries(detail).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Uint8Array.from(value) : value,
  ]);
  return Object.fromEntries(fields) as TraceRecord["detail"];
}
