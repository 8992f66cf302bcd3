import { spawnSync } from "node:child_process";
import type { LoadRun } from "./contestant.ts";

/** Runs a load in a process of its own and reads what it came to. @throws {Error} if it fails. */
export function runProcess(command: string, parameters: readonly (string | number)[]): LoadRun {
  return runProcessAs(command, parameters) as LoadRun;
}

/** The same for a process that prints something else. @throws {Error} if it fails. */
export function runProcessAs(command: string, parameters: readonly (string | number)[]): unknown {
  const { status, stdout, stderr } = spawnSync(command, parameters.map(String), {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${command} ${parameters.join(" ")} failed: ${stderr}`);
  return JSON.parse(stdout);
}
