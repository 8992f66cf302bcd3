/** Runs the campaign until something is violated or the time is over, and writes what came of it as one line of JSON. */
import type { Finding } from "./finding.ts";
import { TRIALS } from "./trials.ts";
import type { Trial } from "./trials.ts";

/** How far a trial has come. */
interface Progress {
  readonly trial: Trial;
  /** The last seed that was run. */
  seed: number;
  /** Of all its runs: what it cost, and the same on every machine. */
  events: number;
}

/** Each trial gets its share of the work: the next to run is the one that has cost least, so that cheap ones run more seeds. */
async function search(seconds: number): Promise<Finding> {
  const startMs = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startMs);
  const all = TRIALS.map((trial): Progress => ({ trial, seed: 0, events: 0 }));
  for (let runs = 1; elapsedMs() < seconds * 1000; runs += 1) {
    const next = all.reduce((least, one) => (one.events < least.events ? one : least));
    next.seed += 1;
    const { trial, seed } = next;
    const { broken, events } = await trial.run(seed);
    next.events += events;
    if (broken === undefined) continue;
    const { checker, message } = broken;
    const found = { scenario: trial.name, seed, checker, message };
    return { caught: true, runs, elapsedMs: elapsedMs(), ...found };
  }
  const runs = all.reduce((sum, { seed }) => sum + seed, 0);
  return { caught: false, runs, elapsedMs: elapsedMs() };
}

process.stdout.write(`${JSON.stringify(await search(Number(process.argv[2])))}\n`);
