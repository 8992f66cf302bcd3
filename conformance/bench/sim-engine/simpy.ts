import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadRun } from "./timer-load.ts";

/** What the bench calls SimPy where it is missing. */
export const SIMPY_MISSING = "simpy (Debian package python3-simpy3) is missing";

/** Ways to write the load for SimPy: as its guide does, and as it runs fastest. */
export type SimpyStyle = "processes" | "callbacks";

const SCRIPT = fileURLToPath(new URL("timer-load.py", import.meta.url));

/** A Python that has SimPy; Debian's packages are seen only by Debian's own. */
export function findSimpy(): string | undefined {
  return ["python3", "/usr/bin/python3"].find(
    (python) => spawnSync(python, ["-c", "import simpy"]).status === 0,
  );
}

/** Runs the load on SimPy. @throws {Error} if it fails. */
export function runSimpy(
  python: string,
  style: SimpyStyle,
  { nodes, untilUs }: { readonly nodes: number; readonly untilUs: number },
): LoadRun {
  const parameters = [SCRIPT, style, String(nodes), String(untilUs)];
  const { status, stdout, stderr } = spawnSync(python, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(`simpy failed: ${stderr}`);
  return JSON.parse(stdout) as LoadRun;
}
