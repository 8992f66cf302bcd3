import type { EventHandler, EventQueue } from "./event-queue.ts";
import { TraceHash } from "./trace-hash.ts";

/** One field of a record. */
export type TraceValue = string | number | boolean | Uint8Array;

/** What a record says beyond its kind: bytes (a datagram), text, or named fields, in a stable order. */
export type TraceDetail = string | Uint8Array | Readonly<Record<string, TraceValue>>;

/** One thing that happened in a simulation. */
export interface TraceRecord {
  /** Number of the event during which or after which it happened, from 1; 0 before the first. */
  readonly event: number;
  /** Virtual time, microseconds. */
  readonly timeUs: number;
  /** Where it happened: `router-3`, `link lan-1`. */
  readonly host: string;
  /** What happened: `udp-send`. */
  readonly kind: string;
  readonly detail: TraceDetail;
}

/** Takes records as they happen. */
export interface TraceSink {
  /** The detail belongs to the recorder and may change afterwards: copy what is kept. */
  write(record: TraceRecord): void;
}

/** An event, as traces and reports name it. */
export interface TracedEvent {
  /** From 1. */
  readonly number: number;
  readonly timeUs: number;
  /** How many events had been scheduled before this one. */
  readonly sequence: number;
  readonly label: string | undefined;
  /** Of another argument than a number or a string nothing is known that would be the same in each run. */
  readonly argument: number | string | undefined;
}

/** Watches a run event by event, to compare it with another (`checkDeterminism`). */
export interface TraceWatch extends TraceSink {
  /** Before the first event. */
  runStarted(trace: Trace): void;
  /** After each event, when what it set off is done. */
  eventEnded(trace: Trace): void;
}

/** What stands before a value in the hash, so that no two details feed the same words. */
const MARK = {
  text: 1,
  bytes: 2,
  fields: 3,
  end: 4,
  number: 5,
  integer: 6,
  boolean: 7,
  record: 8,
  time: 9,
} as const;
/** Changes the hash of a label where an argument follows that is no integer of 32 bits. */
const NO_INTEGER = 0x5bd1e995;
const WORD = 2 ** 32;

/** Where a trace goes besides the hash. */
export interface TraceOptions {
  /** Takes every record. Default none. */
  readonly sink?: TraceSink | undefined;
  /** Default none. */
  readonly watch?: TraceWatch | undefined;
}

/**
 * What happens in a run, as a running hash: equal hashes mean that two runs handled the same events at
 * the same times in the same order, and recorded the same. Records are kept by a sink only.
 */
export class Trace {
  readonly #hash = new TraceHash();
  readonly #sink: TraceSink | undefined;
  readonly #watch: TraceWatch | undefined;
  #events = 0;
  #timeUs = 0;
  #sequence = 0;
  /** When the high word of the time changes. */
  #wordEndUs = WORD;
  #handler: EventHandler<never> | undefined = undefined;
  #argument: unknown = undefined;

  constructor({ sink, watch }: TraceOptions = {}) {
    this.#sink = sink;
    this.#watch = watch;
    watch?.runStarted(this);
  }

  /** The hash of all so far, 16 hexadecimal digits. */
  get hash(): string {
    return this.#hash.digest();
  }

  /** The state of the running hash, two signed 32-bit numbers: cheaper to compare than the hash. */
  get lanes(): Readonly<Pick<TraceHash, "high" | "low">> {
    return this.#hash;
  }

  /** Events so far: the number of the one that is or was handled last. */
  get events(): number {
    return this.#events;
  }

  /** The event that is or was handled last. */
  get event(): TracedEvent {
    const argument = this.#argument;
    const isPlain = typeof argument === "number" || typeof argument === "string";
    return {
      number: this.#events,
      timeUs: this.#timeUs,
      sequence: this.#sequence,
      label: this.#handler?.label,
      argument: isPlain ? argument : undefined,
    };
  }

  /** Whether there is a sink: without one `note` does nothing. */
  get hasSink(): boolean {
    return this.#sink !== undefined;
  }

  /** Tells the sink, and not the hash, of what follows from records: it is for readers and leaves a run as it is. */
  note(host: string, kind: string, detail: TraceDetail = ""): void {
    this.#sink?.write({ event: this.#events, timeUs: this.#timeUs, host, kind, detail });
  }

  /** Records what happened at a host now. */
  record(host: string, kind: string, detail: TraceDetail = ""): void {
    const hash = this.#hash;
    hash.addPair(MARK.record, 0);
    hash.addString(host);
    hash.addString(kind);
    if (typeof detail === "string" || detail instanceof Uint8Array) this.#addValue(detail);
    else this.#addFields(detail);
    if (this.#sink === undefined && this.#watch === undefined) return;
    const record = { event: this.#events, timeUs: this.#timeUs, host, kind, detail };
    this.#sink?.write(record);
    this.#watch?.write(record);
  }

  /** Tells of the event that was just popped, about to be handled. For the engine. */
  beginEvent(queue: EventQueue): void {
    const argument = queue.poppedArgument;
    const time = queue.poppedTime;
    const hash = this.#hash;
    this.#events += 1;
    this.#timeUs = time;
    this.#sequence = queue.poppedSequence;
    this.#handler = queue.poppedHandler;
    this.#argument = argument;
    hash.addPair(time | 0, queue.poppedSequence | 0);
    // Where the high word of the time is the same as before, which it is for an hour, the low one tells it.
    if (time >= this.#wordEndUs) {
      const high = Math.floor(time / WORD);
      this.#wordEndUs = (high + 1) * WORD;
      hash.addPair(MARK.time, high);
    }
    if (typeof argument === "number" && (argument | 0) === argument) {
      hash.addPair(queue.poppedLabelHash, argument);
      return;
    }
    hash.addPair(queue.poppedLabelHash ^ NO_INTEGER, 0);
    if (typeof argument === "number" || typeof argument === "string") this.#addValue(argument);
  }

  /** Tells that the event and what it set off are done. For the engine. */
  endEvent(): void {
    this.#watch?.eventEnded(this);
  }

  #addFields(fields: Readonly<Record<string, TraceValue>>): void {
    this.#hash.addPair(MARK.fields, 0);
    for (const name of Object.keys(fields)) {
      this.#hash.addString(name);
      this.#addValue(fields[name] as TraceValue);
    }
    this.#hash.addPair(MARK.end, 0);
  }

  #addValue(value: TraceValue): void {
    const hash = this.#hash;
    if (typeof value === "string") {
      hash.addPair(MARK.text, 0);
      hash.addString(value);
    } else if (typeof value === "number") {
      this.#addNumber(value);
    } else if (typeof value === "boolean") {
      hash.addPair(MARK.boolean, value ? 1 : 0);
    } else {
      hash.addPair(MARK.bytes, 0);
      hash.addBytes(value);
    }
  }

  #addNumber(value: number): void {
    if ((value | 0) === value) {
      this.#hash.addPair(MARK.integer, value);
    } else {
      this.#hash.addPair(MARK.number, 0);
      this.#hash.addFloat(value);
    }
  }
}
