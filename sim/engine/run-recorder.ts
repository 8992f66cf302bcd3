import assert from "node:assert/strict";
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
/** Events and records that a run which fills a log keeps: enough for most runs to need no other. */
const KEPT_MAX = 100_000;

/** An event as it is kept: copies, not yet JSON. */
interface KeptEvent {
  readonly event: TracedEvent | undefined;
  readonly records: readonly TraceRecord[];
}

/** Watches one run, to find where it differs from another. */
export class RunRecorder implements TraceWatch {
  readonly #options: RunRecorderOptions;
  readonly #kept: KeptEvent[] = [];
  #keptRecords = 0;
  #trace: Trace | undefined = undefined;
  #records: TraceRecord[] = [];
  #agreed = 0;
  #differing: RecordedEvent | undefined = undefined;
  #captured: RecordedEvent | undefined = undefined;

  constructor(options: RunRecorderOptions) {
    this.#options = options;
  }

  /** The trace of the simulation that ran. Only if it is used. */
  get trace(): Trace {
    assert.ok(this.#trace !== undefined);
    return this.#trace;
  }

  /** Whether a simulation was made with this watch. */
  get isUsed(): boolean {
    return this.#trace !== undefined;
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
    return recorded({ event: undefined, records: this.#records });
  }

  /** An event of the log that this run filled; undefined if there were too many to keep it. */
  eventOfLog(event: number): RecordedEvent | undefined {
    if (event > this.trace.events) return this.tail;
    const kept = this.#kept[event - (this.#options.fill?.from ?? 1)];
    return kept === undefined ? undefined : recorded(kept);
  }

  runStarted(trace: Trace): void {
    if (this.#trace !== undefined) throw new Error("a run makes one simulation with its watch");
    this.#trace = trace;
  }

  write(record: TraceRecord): void {
    if (this.#records.length === RECORDS_MAX) return;
    this.#records.push({ ...record, detail: copied(record.detail) });
  }

  eventEnded(trace: Trace): void {
    const { fill, compare, captureAt } = this.#options;
    if (fill !== undefined) this.#keep(fill, trace);
    fill?.add(trace);
    const agrees = compare?.agrees(trace);
    if (agrees === true && this.#differing === undefined) this.#agreed = trace.events;
    if (agrees === false) this.#differing ??= this.#now(trace);
    if (trace.events === captureAt) this.#captured = this.#now(trace);
    if (this.#records.length > 0) this.#records = [];
  }

  /** Keeps the first events of the log's range. */
  #keep({ from, to }: HashLog, trace: Trace): void {
    if (trace.events < from || trace.events > to) return;
    if (this.#kept.length + this.#keptRecords >= KEPT_MAX) return;
    this.#kept.push({ event: trace.event, records: this.#records });
    this.#keptRecords += this.#records.length;
  }

  #now(trace: Trace): RecordedEvent {
    return recorded({ event: trace.event, records: this.#records });
  }
}

function recorded({ event, records }: KeptEvent): RecordedEvent {
  return { event, records: records.map((record) => recordJson(record)) };
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
