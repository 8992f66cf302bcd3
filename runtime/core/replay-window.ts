/** How far behind the newest sequence number one is still accepted, once. */
export const REPLAY_WINDOW_WIDTH = 64;

/** What a sequence number is to a window. */
export type Freshness =
  /** Newer than all before: the only kind that may change state. */
  | "newest"
  /** Late but not seen before. */
  | "late"
  /** Seen before. */
  | "replayed"
  /** So old that it cannot be told whether it was seen. */
  | "stale";

/** All of a window's state, three numbers, so that a table or a store can hold it. */
export interface ReplayWindowState {
  /** Newest sequence number accepted; 0 for none. */
  readonly newest: number;
  /** Bit i tells whether `newest - i` was accepted, for i in 0–31. */
  readonly low: number;
  /** The same for i in 32–63. */
  readonly high: number;
}

/**
 * A sliding window over the sequence numbers of one key (RFC 4303, section 3.4.3). Numbers start at 1 and
 * are safe integers. Ask `check` before the MAC is verified, and `accept` only after.
 */
export class ReplayWindow {
  #newest: number;
  #low: number;
  #high: number;

  constructor(state: ReplayWindowState = { newest: 0, low: 0, high: 0 }) {
    this.#newest = state.newest;
    this.#low = state.low;
    this.#high = state.high;
  }

  get state(): ReplayWindowState {
    return { newest: this.#newest, low: this.#low, high: this.#high };
  }

  /** What accepting this number would answer; changes nothing. */
  check(sequence: number): Freshness {
    if (!Number.isSafeInteger(sequence) || sequence < 1) return "stale";
    if (sequence > this.#newest) return "newest";
    const behind = this.#newest - sequence;
    if (behind >= REPLAY_WINDOW_WIDTH) return "stale";
    const word = behind < 32 ? this.#low : this.#high;
    return ((word >>> (behind % 32)) & 1) === 1 ? "replayed" : "late";
  }

  /** Takes a number whose datagram is genuine; only `newest` and `late` are to be used further. */
  accept(sequence: number): Freshness {
    const freshness = this.check(sequence);
    if (freshness === "newest") {
      this.#shift(sequence - this.#newest);
      this.#newest = sequence;
      this.#low = (this.#low | 1) >>> 0;
    } else if (freshness === "late") {
      const behind = this.#newest - sequence;
      const bit = 1 << (behind % 32);
      if (behind < 32) this.#low = (this.#low | bit) >>> 0;
      else this.#high = (this.#high | bit) >>> 0;
    }
    return freshness;
  }

  /** JavaScript shifts by the count modulo 32, so whole words are moved apart. */
  #shift(count: number): void {
    if (count >= REPLAY_WINDOW_WIDTH) {
      this.#low = 0;
      this.#high = 0;
    } else if (count >= 32) {
      this.#high = (this.#low << (count - 32)) >>> 0;
      this.#low = 0;
    } else {
      this.#high = ((this.#high << count) | (this.#low >>> (32 - count))) >>> 0;
      this.#low = (this.#low << count) >>> 0;
    }
  }
}
