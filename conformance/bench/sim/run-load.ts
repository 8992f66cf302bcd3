import { runRoleLoad } from "./role-load.ts";
import { runTelemetryLoad } from "./telemetry-load.ts";
import { runTimerLoad } from "./timer-load.ts";

/** Runs one load in this process and prints what it came to: `run-load.ts <load> <nodes> <microseconds>`. */
const [load = "", nodesText = "", untilText = ""] = process.argv.slice(2);
const size = { nodes: Number(nodesText), untilUs: Number(untilText) };

const LOADS: Readonly<Record<string, () => unknown>> = {
  timer: async () => {
    // The peers are compiled; this is compiled while it runs, which is no part of what an event costs.
    await runTimerLoad({ nodes: 1000, untilUs: 150_000_000 });
    return runTimerLoad(size);
  },
  "timer-tick": async () => {
    await runTimerLoad({ nodes: 1000, untilUs: 100_000_000 }, "tick");
    return runTimerLoad(size, "tick");
  },
  "timer-turn": async () => {
    await runTimerLoad({ nodes: 1000, untilUs: 50_000_000 }, "turn");
    return runTimerLoad(size, "turn");
  },
  telemetry: () => {
    runTelemetryLoad({ nodes: 1000, untilUs: 600_000_000 });
    return runTelemetryLoad(size);
  },
  roles: () => runRoleLoad({ routers: size.nodes, timedMs: size.untilUs / 1000 }),
};

const run = Object.hasOwn(LOADS, load) ? LOADS[load] : undefined;
if (run === undefined) throw new RangeError(`no load ${load}`);
process.stdout.write(`${JSON.stringify(await run())}\n`);
