import type { Trace } from "./trace.ts";

/** Which events a log keeps the hash after. */
export interface HashLogOptions {
  /** The first event, from 1. */
  readonly from: number;
  /** The last event. */
  readonly to: number;
  /** Hashes to keep, at least 3: a range of any length is then divided; when there are more, every second one is dropped. */
  readonly hashesMax: number;
}

/**
 * The running hash of a run after each event, or, of a long run, after every 2nd, 4th, … event: the
 * checkpoints that another run is compared with. 8 bytes each.
 */
export class HashLog {
  readonly from: number;
  readonly to: number;
  readonly #hashesMax: number;
  #lanes: Int32Array<ArrayBuffer> = new Int32Array(256);
  #length = 0;
  #stride = 1;

  constructor({ from, to, hashesMax }: HashLogOptions) {
    this.from = from;
    this.to = to;
    this.#hashesMax = hashesMax;
  }

  /** Events from one kept hash to the next. */
  get stride(): number {
    return this.#stride;
  }

  /** Notes the hash after an event; events come in order. */
  add({ events, lanes }: Trace): void {
    if (!this.#isKept(events)) return;
    if (this.#length === this.#hashesMax) {
      this.#thin();
      if (!this.#isKept(events)) return;
    }
    if (2 * this.#length === this.#lanes.length) {
      const grown = new Int32Array(this.#lanes.length * 2);
      grown.set(this.#lanes);
      this.#lanes = grown;
    }
    this.#lanes[2 * this.#length] = lanes.high;
    this.#lanes[2 * this.#length + 1] = lanes.low;
    this.#length += 1;
  }

  /**
   * Whether another run is as this one was after the same event; not so if this one had ended by then.
   * Undefined if nothing is kept for this event.
   */
  agrees({ events, lanes }: Trace): boolean | undefined {
    if (!this.#isKept(events)) return undefined;
    const index = (events - this.from) / this.#stride;
    if (index >= this.#length) return false;
    return this.#lanes[2 * index] === lanes.high && this.#lanes[2 * index + 1] === lanes.low;
  }

  #isKept(event: number): boolean {
    return event >= this.from && event <= this.to && (event - this.from) % this.#stride === 0;
  }

  #thin(): void {
    const lanes = this.#lanes;
    const kept = (this.#length + 1) >> 1;
    for (let index = 1; index < kept; index += 1) {
      lanes[2 * index] = lanes[4 * index] as number;
      lanes[2 * index + 1] = lanes[4 * index + 1] as number;
    }
    this.#length = kept;
    this.#stride *= 2;
  }
}
