import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Finding } from "./finding.ts";
import type { PlantedSources } from "./planted-sources.ts";

const PLANT = new URL("plant.ts", import.meta.url).href;
const ORACLE = fileURLToPath(new URL("oracle.ts", import.meta.url));
/** What starting a process and loading may take on top. */
const STARTING_MS = 60_000;

/**
 * Runs the campaign in a process of its own that reads the planted sources.
 * @throws {Error} with what the process wrote if it ends without a finding: such a mutant is no program at all.
 */
export async function askOracle(planted: PlantedSources, seconds: number): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), "tagwire-oracle-"));
  try {
    const file = join(folder, "planted.json");
    await writeFile(file, JSON.stringify(planted));
    const child = spawn(process.execPath, ["--import", PLANT, ORACLE, String(seconds)], {
      env: { ...process.env, TAGWIRE_PLANTED: file },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: seconds * 1000 + STARTING_MS,
    });
    const startMs = performance.now();
    let said = "";
    let complaint = "";
    child.stdout.on("data", (data: Buffer) => (said += data.toString()));
    child.stderr.on("data", (data: Buffer) => (complaint += data.toString()));
    await once(child, "close");
    if (child.signalCode === "SIGTERM") return hung(Math.round(performance.now() - startMs));
    if (child.exitCode !== 0) throw new Error(`the oracle failed: ${complaint}`);
    return JSON.parse(said) as Finding;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A campaign that had to be stopped: its run did not come to an end, which nobody overlooks. */
function hung(elapsedMs: number): Finding {
  const found = { scenario: "one of them", seed: 0, checker: "hangs", message: "no end" };
  return { caught: true, runs: 0, elapsedMs, ...found };
}
