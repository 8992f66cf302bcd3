import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ScenarioSource } from "../../../sim/campaign/index.ts";
import { BUILT_IN_MODULE } from "./scenario-choice.ts";

/** The command that replays a file, to be pasted into a shell in this folder: `npx tagwire sim replay …`. */
export function replayCommand(file: string, { module }: ScenarioSource): string {
  const scenarios =
    module === BUILT_IN_MODULE ? [] : ["--scenarios", shellText(fileURLToPath(module))];
  return ["npx tagwire sim replay", shellText(file), ...scenarios].join(" ");
}

/** A path as a shell in this folder takes it. */
function shellText(path: string): string {
  const near = relative(process.cwd(), resolve(path));
  const shown = near.startsWith("..") ? resolve(path) : near;
  return /^[\w./@%+=:,-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
