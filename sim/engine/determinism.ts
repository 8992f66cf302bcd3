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
  /** Hashes kept of a run, 8 bytes each, at least 2; of longer runs every 2nd, 4th, … Default 2^20. */
  readonly hashesMax?: number;
  /** Runs at most, at least 3. More are needed if runs are long, or differ in another place each time. Default 24. */
  readonly runsMax?: number;
}

/** The first difference between two runs. */
interface Divergence {
  readonly event: number;
  /** Hashes of the one run. */
  readonly log: HashLog;
  /** What the other recorded. */
  readonly other: RecordedEvent;
}

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
  if (!(hashesMax >= 2 && runsMax >= 3)) {
    throw new RangeError("checking takes at least 2 hashes and 3 runs");
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
      const first = other.differing?.event?.number;
      const isEarlier = from > 1 && first === from;
      const isLast = this.#runs + 2 >= this.#runsMax;
      if (!isSame && !isEarlier && (log.stride === 1 || isLast)) {
        const event = log.stride === 1 ? Math.max(other.agreed, from - 1) + 1 : (first ?? 0);
        return { event, log, other: other.differing ?? other.tail };
      }
      if (isLast) return this.#report(other.agreed + 1, [other.tail, one.tail]);
      // The next pair differs elsewhere, or earlier than the range: begin anew.
      [from, to] =
        isSame || isEarlier
          ? [1, Infinity]
          : [Math.max(1, other.agreed), other.agreed + log.stride];
    }
  }

  /** Runs until what the first of the two runs recorded comes again, or something else that is not as in the other. */
  async showBothSides(found: Divergence): Promise<DivergenceReport> {
    let { event, other } = found;
    const { log } = found;
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
    return this.#report(event, [{ event: undefined, records: [] }, other]);
  }

  async #watch(options: RunRecorderOptions): Promise<RunRecorder> {
    this.#runs += 1;
    const recorder = new RunRecorder(options);
    await this.#run(recorder);
    // Says so if there was no simulation.
    void recorder.trace;
    return recorder;
  }

  #report(event: number, sides: readonly [RecordedEvent, RecordedEvent]): DivergenceReport {
    const runs = this.#runs;
    return { verdict: "different", event, sides, runs, text: divergenceText(event, sides) };
  }
}
