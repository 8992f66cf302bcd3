import { divergenceText } from "./divergence-text.ts";
import { HashLog } from "./hash-log.ts";
import { RunRecorder } from "./run-recorder.ts";
import type { RecordedEvent, RunRecorderOptions } from "./run-recorder.ts";
import type { TraceWatch } from "./trace.ts";

/** What comparing two runs came to. */
export type DeterminismReport =
  { readonly verdict: "same"; readonly hash: string; readonly events: number } | DivergenceReport;

/** Two runs that should have been one. */
export interface DivergenceReport {
  readonly verdict: "different";
  /** Number of the first event that differs, from 1: what differs happened in it or since the one before. */
  readonly event: number;
  /** That event in one run and in another. */
  readonly sides: readonly [RecordedEvent, RecordedEvent];
  /** Runs that it took to find. */
  readonly runs: number;
  /** For people: the event, and the first record that differs, on both sides. */
  readonly text: string;
}

/** How hard to look. */
export interface DeterminismOptions {
  /** Hashes kept of a run, 8 bytes each, at least 3; of longer runs every 2nd, 4th, … Default 2^20. */
  readonly hashesMax?: number;
  /** Runs at most, at least 3. More are needed if runs are long, or differ in another place each time. Default 24. */
  readonly runsMax?: number;
}

/** The first difference between two runs. */
interface Divergence {
  readonly event: number;
  /** Hashes of the one run. */
  readonly log: HashLog;
  /** What the one recorded, if it was kept. */
  readonly one: RecordedEvent | undefined;
  /** What the other recorded. */
  readonly other: RecordedEvent;
}

/** What is said of a side that no further run showed. */
const UNKNOWN: RecordedEvent = { event: undefined, records: [] };

/**
 * Runs twice and compares after each event. If the runs differ, runs again until the first event that does
 * is known, with what was recorded on both sides.
 *
 * @param run makes one simulation with this watch and runs it, each time from scratch.
 * @throws what a run throws: an {AmbientError} says by itself what makes runs differ.
 * @throws {Error} if a run makes no simulation with the watch, or several.
 */
export async function checkDeterminism(
  run: (watch: TraceWatch) => unknown,
  { hashesMax = 2 ** 20, runsMax = 24 }: DeterminismOptions = {},
): Promise<DeterminismReport> {
  if (!(hashesMax >= 3 && runsMax >= 3)) {
    throw new RangeError("checking takes at least 3 hashes and 3 runs");
  }
  const search = new DivergenceSearch(run, hashesMax, runsMax);
  const found = await search.find();
  if ("verdict" in found) return found;
  return search.showBothSides(found);
}

class DivergenceSearch {
  readonly #run: (watch: TraceWatch) => unknown;
  readonly #hashesMax: number;
  readonly #runsMax: number;
  #runs = 0;

  constructor(run: (watch: TraceWatch) => unknown, hashesMax: number, runsMax: number) {
    this.#run = run;
    this.#hashesMax = hashesMax;
    this.#runsMax = runsMax;
  }

  /** Compares pairs of runs, each over a narrower range of events, until every hash of the range was kept. */
  async find(): Promise<Divergence | DeterminismReport> {
    let [from, to] = [1, Infinity];
    for (;;) {
      const log = new HashLog({ from, to, hashesMax: this.#hashesMax });
      const one = await this.#watch({ fill: log });
      const other = await this.#watch({ compare: log });
      const hash = one.trace.hash;
      const isSame = hash === other.trace.hash && one.trace.events === other.trace.events;
      if (isSame && this.#runs === 2) return { verdict: "same", hash, events: one.trace.events };
      const isEarlier = from > 1 && other.agreed < from;
      const recorded = other.differing ?? other.tail;
      if (!isSame && !isEarlier) {
        const event = other.agreed + 1;
        if (log.stride === 1) return { event, log, one: one.eventOfLog(event), other: recorded };
        [from, to] = [Math.max(1, other.agreed), other.agreed + log.stride];
      } else {
        // This pair differs earlier than the range, or not at all: begin anew.
        [from, to] = [1, Infinity];
      }
      if (this.#runs + 2 > this.#runsMax) {
        return this.#report(Math.max(other.agreed, from) + 1, [UNKNOWN, recorded]);
      }
    }
  }

  /** Runs until what the first of the two runs recorded comes again, or something else that is not as in the other. */
  async showBothSides({ log, one, ...found }: Divergence): Promise<DivergenceReport> {
    let { event, other } = found;
    if (one !== undefined) return this.#report(event, [one, other]);
    while (this.#runs < this.#runsMax) {
      const again = await this.#watch({ compare: log, captureAt: event });
      const first = again.differing?.event?.number ?? Infinity;
      if (first < event && first > log.from) {
        // This run left the first one's way even earlier.
        event = first;
        other = again.differing ?? other;
      } else if (first >= event && JSON.stringify(again.captured) !== JSON.stringify(other)) {
        return this.#report(event, [again.captured, other]);
      }
    }
    return this.#report(event, [UNKNOWN, other]);
  }

  async #watch(options: RunRecorderOptions): Promise<RunRecorder> {
    this.#runs += 1;
    const recorder = new RunRecorder(options);
    await this.#run(recorder);
    if (!recorder.isUsed) throw new Error("the run made no simulation with its watch");
    return recorder;
  }

  #report(event: number, sides: readonly [RecordedEvent, RecordedEvent]): DivergenceReport {
    const runs = this.#runs;
    return { verdict: "different", event, sides, runs, text: divergenceText(event, sides) };
  }
}
