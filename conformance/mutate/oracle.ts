/** Runs the campaign until something is violated or the time is over, and writes what came of it as one line of JSON. */
import { runSeed } from "../../sim/campaign/run-seed.ts";
import { CONTROL_SCENARIOS } from "../../sim/control/scenarios/control-scenarios.ts";
import type { Finding } from "./finding.ts";

/** Seeds of all scenarios in turn, so that each gets its share of the time. */
async function search(seconds: number): Promise<Finding> {
  const startMs = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startMs);
  let runs = 0;
  for (let seed = 1; ; seed += 1) {
    for (const scenario of CONTROL_SCENARIOS) {
      if (elapsedMs() >= seconds * 1000) return { caught: false, runs, elapsedMs: elapsedMs() };
      const { violations } = await runSeed(scenario, seed);
      runs += 1;
      const [first] = violations;
      if (first === undefined) continue;
      const { checker, message } = first;
      const found = { scenario: scenario.name, seed, checker, message };
      return { caught: true, runs, elapsedMs: elapsedMs(), ...found };
    }
  }
}

process.stdout.write(`${JSON.stringify(await search(Number(process.argv[2])))}\n`);
