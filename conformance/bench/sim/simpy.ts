import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Contestant } from "./contestant.ts";
import { runProcess } from "./run-process.ts";

/** What the bench calls SimPy where it is missing. */
const MISSING = "simpy is missing (Debian: python3-simpy3)";

/** SimPy as a contestant in each load, and what to call it. */
export interface SimpyPeer {
  readonly version: string;
  readonly timer: readonly Contestant[];
  readonly telemetry: readonly Contestant[];
}

/** Finds a Python that has SimPy 3 or later; Debian's packages are seen only by Debian's own. */
export function findSimpy(): SimpyPeer {
  for (const python of ["python3", "/usr/bin/python3"]) {
    const asked = ["-c", "import simpy; print(simpy.__version__)"];
    const { status, stdout } = spawnSync(python, asked, { encoding: "utf8" });
    // SimPy 2 is another library by another interface.
    if (status !== 0 || stdout.startsWith("2.")) continue;
    return {
      version: `simpy ${stdout.trim()}`,
      // As its guide does it, and as it runs fastest.
      timer: ["callbacks", "processes"].map((style) => ({
        name: `simpy ${style}`,
        run: ({ nodes, untilUs }) => runProcess(python, [script("timer"), style, nodes, untilUs]),
      })),
      telemetry: [
        {
          name: "simpy callbacks",
          run: ({ nodes, untilUs }) => runProcess(python, [script("telemetry"), nodes, untilUs]),
        },
      ],
    };
  }
  return { version: MISSING, timer: [], telemetry: [] };
}

function script(load: string): string {
  return fileURLToPath(new URL(`${load}-load.py`, import.meta.url));
}
