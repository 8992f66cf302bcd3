import type { TraceRecord, TraceSink, TraceValue } from "./trace.ts";

/** How much of a trace to keep. */
export interface JsonLinesOptions {
  /** The latest records to keep, at least 1. Default 100,000. */
  readonly recordsMax?: number;
  /** Bytes of a value to write out; of more only the first, and the number. Default 4096. */
  readonly bytesMax?: number;
}

/**
 * Keeps the latest records of a trace as JSON, one a line:
 * `{"event":7,"timeUs":1500,"host":"hub","kind":"udp-send","detail":{"bytes":"0c01"}}`.
 * Bytes are hexadecimal under `bytes`; of those that were cut `length` tells the true number.
 */
export class JsonLines implements TraceSink {
  readonly #recordsMax: number;
  readonly #bytesMax: number;
  /** A ring: once full, the next record goes where the oldest one is. */
  readonly #lines: string[] = [];
  #written = 0;

  /** @throws {RangeError} on a bound that is no positive integer. */
  constructor({ recordsMax = 100_000, bytesMax = 4096 }: JsonLinesOptions = {}) {
    for (const bound of [recordsMax, bytesMax]) {
      if (!Number.isSafeInteger(bound) || bound < 1) {
        throw new RangeError(`a bound of a trace must be an integer >= 1, not ${String(bound)}`);
      }
    }
    this.#recordsMax = recordsMax;
    this.#bytesMax = bytesMax;
  }

  /** Records that are no longer here, the oldest. */
  get dropped(): number {
    return this.#written - this.#lines.length;
  }

  write(record: TraceRecord): void {
    this.#lines[this.#written % this.#recordsMax] = recordJson(record, this.#bytesMax);
    this.#written += 1;
  }

  /** The lines kept, oldest first. */
  lines(): readonly string[] {
    const oldest = this.dropped === 0 ? 0 : this.#written % this.#recordsMax;
    return [...this.#lines.slice(oldest), ...this.#lines.slice(0, oldest)];
  }

  /** The lines kept as one text, each with a line feed. */
  text(): string {
    return this.lines()
      .map((line) => `${line}\n`)
      .join("");
  }
}

/** A record as one line of JSON without a line feed, equal for equal records. */
export function recordJson(record: TraceRecord, bytesMax = 4096): string {
  const { detail } = record;
  const isValue = typeof detail === "string" || detail instanceof Uint8Array;
  const plainDetail = isValue
    ? plain(detail, bytesMax)
    : Object.fromEntries(
        Object.entries(detail).map(([name, value]) => [name, plain(value, bytesMax)]),
      );
  return JSON.stringify({ ...record, detail: plainDetail });
}

function plain(value: TraceValue, bytesMax: number): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (!(value instanceof Uint8Array)) return value;
  const hex = Array.from(value.subarray(0, bytesMax), (byte) => byte.toString(16).padStart(2, "0"));
  const bytes = hex.join("");
  return value.length > bytesMax ? { bytes, length: value.length } : { bytes };
}
