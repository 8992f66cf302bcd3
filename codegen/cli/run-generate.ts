import { resolve } from "node:path";
import { isFolder, refuseFolder } from "./run-check.ts";
import type { ExitCode } from "./exit-code.ts";
import { generate } from "./generate.ts";
import type { GenerateOptions } from "./generate.ts";
import { shownPath, writeLine } from "./output.ts";
import type { Output } from "./output.ts";
import { watchFolder } from "./watch-folder.ts";

/** What `tagwire generate` is asked to do. Paths may be relative to the working folder. */
export interface GenerateRun {
  /** Spec folder. */
  readonly folder: string;
  /** Folder for the generated files. */
  readonly out: string;
  /** Package, or path that starts with `.`, of the core library; undefined for the default. */
  readonly core: string | undefined;
  /** Compares only. */
  readonly check: boolean;
  /** Goes on at every change. */
  readonly watch: boolean;
}

/**
 * Generates once, or, watching, again at every change until `signal` is aborted.
 * @returns the exit code of the last run
 */
export async function runGenerate(
  { watch, folder, ...options }: GenerateRun,
  output: Output,
  signal?: AbortSignal,
): Promise<ExitCode> {
  const spec = resolve(output.cwd, folder);
  if (!isFolder(spec)) return refuseFolder(folder, output);
  const run: GenerateOptions = {
    spec,
    out: resolve(output.cwd, options.out),
    core: options.core,
    isCheck: options.check,
  };
  if (!watch) return generate(run, output);
  let last = await generate(run, output);
  const tell = (): void => {
    if (!output.json) writeLine(output, `Watching ${shownPath(output.cwd, spec)} …`);
  };
  tell();
  await watchFolder(
    spec,
    async () => {
      last = await generate(run, output);
      tell();
    },
    signal,
  );
  return last;
}
