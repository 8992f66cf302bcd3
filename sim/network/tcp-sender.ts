import type { RandomStream } from "../engine/index.ts";
import type { TcpState } from "./tcp.ts";

/** A segment that was sent and not acknowledged, or is about to be sent. */
export interface Flight {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly isSyn: boolean;
  readonly isFin: boolean;
  sentUs: number;
  isRepeated: boolean;
}

/** Puts segments on the wire. */
export interface FlightTaker {
  emit(flight: Flight): void;
}

/** What a sender is made with. */
export interface TcpSenderOptions {
  readonly taker: FlightTaker;
  /** Where segments are cut. */
  readonly random: RandomStream;
  readonly initialSequence: number;
}

/** How often a segment is sent again: Linux's tcp_syn_retries, tcp_synack_retries and tcp_retries2. */
export const REPEATS_MAX: Readonly<Record<TcpState, number>> = {
  "syn-sent": 6,
  "syn-received": 5,
  open: 15,
  "time-wait": 0,
  closed: 0,
};

const NOTHING = new Uint8Array(0);
/** RFC 6298, section 2.1. */
const RTO_FIRST_US = 1_000_000;
/** Linux, TCP_RTO_MIN and TCP_RTO_MAX. */
const RTO_MIN_US = 200_000;
const RTO_MAX_US = 120_000_000;
/** What the system holds of what was written and not acknowledged, beyond which a writer has to wait. */
const SEND_BUFFER_BYTES = 256 * 1024;
/** RFC 6928. */
const FIRST_WINDOW_SEGMENTS = 10;
/** RFC 5681, section 3.2. */
const DUPLICATE_ACKS = 3;
/** How often a segment is cut short: any reader must cope with any boundary. */
const CUT_RATIO = 0.25;
/** A window while no SYN has said better (RFC 9293, section 3.7.1). */
const SEGMENT_BYTES_DEFAULT = 536;

/**
 * The sending half of a connection: what is to be sent, what is under way, and when to send it again.
 * Congestion control is NewReno (RFC 5681, RFC 6582) without SACK; round trips are timed by segments that
 * were sent once (Karn).
 */
export class TcpSender {
  /** Most bytes of a segment. */
  segmentBytesMax: number = SEGMENT_BYTES_DEFAULT;
  /** What the peer takes. */
  windowBytes = 0;
  /** When to send again what is not acknowledged, or to ask for the window; Infinity if nothing waits. */
  dueUs: number = Infinity;
  /** The oldest that is not acknowledged. */
  unacknowledged: number;
  /** What comes next. */
  next: number;
  readonly #taker: FlightTaker;
  readonly #random: RandomStream;
  readonly #queue: Uint8Array[] = [];
  readonly #flights: Flight[] = [];
  #queuedBytes = 0;
  #isEnding = false;
  #finSequence: number | undefined;
  #congestionBytes = 0;
  #thresholdBytes = Infinity;
  #duplicates = 0;
  /** While segments are sent again after a loss: what was sent when it was noticed. */
  #recoverTo: number | undefined;
  #roundTripUs: number | undefined;
  #variationUs = 0;
  #repeats = 0;

  constructor({ taker, random, initialSequence }: TcpSenderOptions) {
    this.#taker = taker;
    this.#random = random;
    this.unacknowledged = initialSequence;
    this.next = initialSequence;
  }

  /** Bytes written that the system has no room for yet. */
  get pendingBytes(): number {
    return Math.max(0, this.#queuedBytes + this.#inFlightBytes() - SEND_BUFFER_BYTES);
  }

  /** Whether anything is under way. */
  get isAwaiting(): boolean {
    return this.#flights.length > 0;
  }

  /** Whether the end was sent. */
  get isFinSent(): boolean {
    return this.#finSequence !== undefined;
  }

  /** Whether the peer has all, and the end. */
  get isFinAcknowledged(): boolean {
    return this.#finSequence !== undefined && this.unacknowledged > this.#finSequence;
  }

  /** Sends SYN. */
  open(nowUs: number): void {
    this.#send({ bytes: NOTHING, isSyn: true, isFin: false, nowUs });
  }

  /** Queues bytes, which must not change any more. */
  write(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isEnding) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
  }

  /** Ends after what was written. */
  end(): void {
    this.#isEnding = true;
  }

  /** Sends what windows allow. */
  pump(nowUs: number): void {
    if (this.#congestionBytes === 0) {
      this.#congestionBytes = FIRST_WINDOW_SEGMENTS * this.segmentBytesMax;
    }
    while (this.#queuedBytes > 0) {
      const windowBytes = Math.min(this.windowBytes, this.#congestionBytes);
      const freeBytes = this.unacknowledged + windowBytes - this.next;
      if (freeBytes <= 0) break;
      // Else each small segment that is acknowledged would make room for one as small (RFC 9293, section 3.8.6.2.1).
      const isSilly = freeBytes < Math.min(this.segmentBytesMax, this.#queuedBytes);
      if (isSilly && this.#flights.length > 0) break;
      const most = Math.min(freeBytes, this.segmentBytesMax, this.#queuedBytes);
      const isCut = most > 1 && this.#random.chance(CUT_RATIO);
      const bytes = this.#takeBytes(isCut ? this.#random.integer(1, most - 1) : most);
      this.#send({ bytes, isSyn: false, isFin: false, nowUs });
    }
    if (this.#isEnding && this.#queuedBytes === 0 && this.#finSequence === undefined) {
      this.#finSequence = this.next;
      this.#send({ bytes: NOTHING, isSyn: false, isFin: true, nowUs });
    }
    if (this.#queuedBytes > 0 && this.#flights.length === 0 && this.dueUs === Infinity) {
      this.dueUs = nowUs + this.#timeoutUs();
    }
  }

  /** The peer has all before `sequence`. @param isBare the segment carried nothing but this. */
  acknowledge(
    sequence: number,
    windowBytes: number,
    { nowUs, isBare }: { readonly nowUs: number; readonly isBare: boolean },
  ): void {
    if (sequence > this.next || sequence < this.unacknowledged) return;
    const isSameWindow = windowBytes === this.windowBytes;
    this.windowBytes = windowBytes;
    this.#repeats = this.#flights.length === 0 ? 0 : this.#repeats;
    if (sequence > this.unacknowledged) {
      this.#advance(sequence, nowUs);
    } else if (isBare && isSameWindow && this.#flights.length > 0) {
      this.#duplicates += 1;
      if (this.#duplicates === DUPLICATE_ACKS && this.#recoverTo === undefined) {
        this.#recover(nowUs);
      }
    }
    if (this.#flights.length === 0) this.dueUs = Infinity;
  }

  /** Time is over: sends again. False if that was done as often as it may. */
  timeOut(nowUs: number, repeatsMax: number): boolean {
    if (this.#repeats >= repeatsMax) return false;
    this.#repeats += 1;
    const [oldest] = this.#flights;
    if (oldest !== undefined) {
      if (!oldest.isSyn) this.#shrink();
      this.#repeat(oldest, nowUs);
    }
    this.dueUs = nowUs + this.#timeoutUs();
    return true;
  }

  #advance(sequence: number, nowUs: number): void {
    const acknowledgedBytes = sequence - this.unacknowledged;
    this.unacknowledged = sequence;
    this.#duplicates = 0;
    this.#repeats = 0;
    for (let [first] = this.#flights; first !== undefined; [first] = this.#flights) {
      if (endOf(first) > sequence) break;
      this.#flights.shift();
      if (!first.isRepeated) this.#measure(nowUs - first.sentUs);
    }
    this.dueUs = nowUs + this.#timeoutUs();
    const { segmentBytesMax } = this;
    if (this.#recoverTo !== undefined && sequence < this.#recoverTo) {
      // What is next was lost with it, for the peer would have acknowledged it too (RFC 6582).
      const [oldest] = this.#flights;
      if (oldest !== undefined) this.#repeat(oldest, nowUs);
    } else {
      this.#recoverTo = undefined;
    }
    if (this.#congestionBytes === 0) return;
    this.#congestionBytes +=
      this.#congestionBytes < this.#thresholdBytes
        ? Math.min(acknowledgedBytes, segmentBytesMax)
        : Math.ceil((segmentBytesMax * segmentBytesMax) / this.#congestionBytes);
  }

  /** A loss that only time told of: begins anew with one segment. */
  #shrink(): void {
    this.#thresholdBytes = this.#halvedBytes();
    this.#congestionBytes = this.segmentBytesMax;
    this.#recoverTo = this.next;
    this.#duplicates = 0;
  }

  #recover(nowUs: number): void {
    this.#thresholdBytes = this.#halvedBytes();
    this.#congestionBytes = this.#thresholdBytes;
    this.#recoverTo = this.next;
    const [oldest] = this.#flights;
    if (oldest !== undefined) this.#repeat(oldest, nowUs);
  }

  /** RFC 5681, equation 4. Whole bytes: half of one could not be sent. */
  #halvedBytes(): number {
    return Math.max(Math.floor(this.#inFlightBytes() / 2), 2 * this.segmentBytesMax);
  }

  #inFlightBytes(): number {
    return this.next - this.unacknowledged;
  }

  #repeat(flight: Flight, nowUs: number): void {
    flight.isRepeated = true;
    flight.sentUs = nowUs;
    this.#taker.emit(flight);
  }

  #send({ nowUs, ...what }: Pick<Flight, "bytes" | "isSyn" | "isFin"> & { nowUs: number }): void {
    const flight = { sequence: this.next, ...what, sentUs: nowUs, isRepeated: false };
    this.next = endOf(flight);
    this.#flights.push(flight);
    if (this.dueUs === Infinity) this.dueUs = nowUs + this.#timeoutUs();
    this.#taker.emit(flight);
  }

  /** RFC 6298, section 2. */
  #measure(roundTripUs: number): void {
    if (this.#roundTripUs === undefined) {
      this.#roundTripUs = roundTripUs;
      this.#variationUs = roundTripUs / 2;
      return;
    }
    const difference = Math.abs(this.#roundTripUs - roundTripUs);
    this.#variationUs = 0.75 * this.#variationUs + 0.25 * difference;
    this.#roundTripUs = 0.875 * this.#roundTripUs + 0.125 * roundTripUs;
  }

  #timeoutUs(): number {
    const measured = this.#roundTripUs;
    const onceUs =
      measured === undefined
        ? RTO_FIRST_US
        : measured + Math.max(RTO_MIN_US, 4 * this.#variationUs);
    return Math.ceil(Math.min(onceUs * 2 ** this.#repeats, RTO_MAX_US));
  }

  /** Takes bytes off the queue, of several writes if they are that many. */
  #takeBytes(count: number): Uint8Array {
    this.#queuedBytes -= count;
    const [first] = this.#queue;
    if (first !== undefined && first.length === count) {
      this.#queue.shift();
      return first;
    }
    const taken = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const chunk = this.#queue[0] ?? NOTHING;
      const part = chunk.subarray(0, count - at);
      taken.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.#queue.shift();
      else this.#queue[0] = chunk.subarray(part.length);
    }
    return taken;
  }
}

function endOf({ sequence, bytes, isSyn, isFin }: Flight): number {
  return sequence + bytes.length + (isSyn || isFin ? 1 : 0);
}
