/** Runs the campaign until something is violated or the time is over, and writes what came of it as one line of JSON. */
import { runSeed } from "../../sim/campaign/run-seed.ts";
import type { Scenario } from "../../sim/campaign/scenario.ts";
import { CONTROL_SCENARIOS } from "../../sim/control/scenarios/control-scenarios.ts";
import type { Finding } from "./finding.ts";

/** How far a scenario has come. */
interface Progress {
  readonly scenario: Scenario;
  /** The last seed that was run. */
  seed: number;
  /** Of all its runs: what it cost, and the same on every machine. */
  events: number;
}

/** Each scenario gets its share of the work: the next to run is the one that has cost least, so that cheap ones run more seeds. */
async function search(seconds: number): Promise<Finding> {
  const startMs = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startMs);
  const all = CONTROL_SCENARIOS.map((scenario): Progress => ({ scenario, seed: 0, events: 0 }));
  for (let runs = 1; elapsedMs() < seconds * 1000; runs += 1) {
    const next = all.reduce((least, one) => (one.events < least.events ? one : least));
    next.seed += 1;
    const { scenario, seed } = next;
    const { violations, events } = await runSeed(scenario, seed);
    next.events += events;
    const [first] = violations;
    if (first === undefined) continue;
    const { checker, message } = first;
    const found = { scenario: scenario.name, seed, checker, message };
    return { caught: true, runs, elapsedMs: elapsedMs(), ...found };
  }
  const runs = all.reduce((sum, { seed }) => sum + seed, 0);
  return { caught: false, runs, elapsedMs: elapsedMs() };
}

process.stdout.write(`${JSON.stringify(await search(Number(process.argv[2])))}\n`);
