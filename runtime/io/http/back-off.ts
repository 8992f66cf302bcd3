/** How failures slow their author down. */
export interface BackOffOptions {
  /** Failures without a wait. */
  readonly freeFailures: number;
  /** The wait after the first failure beyond; doubles with each further one. Milliseconds. */
  readonly firstMs: number;
  /** The longest wait, milliseconds. */
  readonly maxMs: number;
  /** A key without attempts for so long starts anew, milliseconds. */
  readonly forgetMs: number;
  /** Keys kept; beyond that the one without attempts for longest is forgotten. 100 bytes a key. */
  readonly keysMax: number;
}

interface Record {
  failures: number;
  blockedUntilMs: number;
  lastMs: number;
}

/**
 * Waits that grow with failures, a table of bounded size. An attempt counts as failed from its start
 * until it succeeds, so that attempts made at the same time do not share one chance.
 */
export class BackOff {
  readonly #options: BackOffOptions;
  readonly #records: Map<string, Record> = new Map();

  constructor(options: BackOffOptions) {
    this.#options = options;
  }

  /**
   * @param nowMs monotonic milliseconds.
   * @returns milliseconds to wait, or 0 if the attempt may be made; only then it counts.
   */
  attempt(key: string, nowMs: number): number {
    const { freeFailures, firstMs, maxMs, forgetMs } = this.#options;
    const known = this.#records.get(key);
    const record =
      known !== undefined && nowMs - known.lastMs < forgetMs
        ? known
        : { failures: 0, blockedUntilMs: 0, lastMs: nowMs };
    if (record.blockedUntilMs > nowMs) return record.blockedUntilMs - nowMs;
    record.failures += 1;
    record.lastMs = nowMs;
    const beyond = record.failures - freeFailures;
    if (beyond > 0) record.blockedUntilMs = nowMs + Math.min(maxMs, firstMs * 2 ** (beyond - 1));
    this.#keep(key, record);
    return 0;
  }

  /** The attempt succeeded, or was not made after all: it and its wait are taken back, earlier failures stay. */
  forgive(key: string): void {
    const record = this.#records.get(key);
    if (record === undefined) return;
    record.failures -= 1;
    record.blockedUntilMs = 0;
    if (record.failures <= 0) this.#records.delete(key);
  }

  /** Forgets all failures of a key. */
  reset(key: string): void {
    this.#records.delete(key);
  }

  /** Keys in the table. */
  get size(): number {
    return this.#records.size;
  }

  #keep(key: string, record: Record): void {
    // A Map iterates in the order of insertion, so its first key is the one untouched for longest.
    this.#records.delete(key);
    this.#records.set(key, record);
    if (this.#records.size <= this.#options.keysMax) return;
    const [oldest] = this.#records.keys();
    if (oldest !== undefined) this.#records.delete(oldest);
  }
}
