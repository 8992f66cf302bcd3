import { resolve } from "node:path";
import type { CommandModule } from "yargs";
import { isFolder, refuseFolder } from "./check-command.ts";
import type { ExitCode } from "./exit-code.ts";
import { generate } from "./generate.ts";
import type { GenerateOptions } from "./generate.ts";
import { processOutput, shownPath, writeLine } from "./output.ts";
import type { Output } from "./output.ts";
import { watchFolder } from "./watch-folder.ts";

interface GenerateArguments {
  readonly folder: string;
  readonly out: string;
  readonly check: boolean;
  readonly watch: boolean;
  readonly core: string | undefined;
  readonly json: boolean;
}

/** `tagwire generate [folder]`: writes the TypeScript of a spec. */
export const generateCommand: CommandModule<object, GenerateArguments> = {
  command: "generate [folder]",
  describe: "Generate TypeScript from a spec: codecs, state machines, RPC and HTTP types",
  builder: (yargs) =>
    yargs
      .positional("folder", {
        type: "string",
        default: "spec",
        describe: "Folder with tag-ranges.json and a folder a protocol",
      })
      .option("out", {
        type: "string",
        default: "generated",
        describe: "Folder for the generated files",
      })
      .option("check", {
        type: "boolean",
        default: false,
        describe: "Write nothing; fail if a file is missing, stale or differs",
      })
      .option("watch", {
        type: "boolean",
        default: false,
        describe: "Generate again whenever the spec changes",
      })
      .option("core", {
        type: "string",
        defaultDescription: "tagwire/core",
        describe:
          "Where generated code imports the core library from: a package's name, or ./path/to/index.ts",
      })
      .option("json", {
        type: "boolean",
        default: false,
        describe:
          "Print one JSON object a run: {ok, problems, missing, differing, stale, foreign, unchanged}",
      })
      .check(({ check, watch }) => {
        // yargs' own `conflicts` takes a default for a given value.
        if (check && watch) throw new Error("--check and --watch exclude each other.");
        return true;
      })
      .example("$0 generate", "Generate ./generated from ./spec")
      .example("$0 generate --watch", "… and again at every change")
      .example("$0 generate --check", "For CI: fail if ./generated is not what ./spec says")
      .example("$0 generate protocols --out src/wire", "Other folders")
      .epilogue(
        "Exit code: 0 done, 1 problems in the spec or (--check) other files, 2 wrong usage.",
      ),
  handler: async ({ folder, json, ...rest }) => {
    process.exitCode = await runGenerate({ folder, ...rest }, processOutput(json));
  },
};

/**
 * Generates once, or, watching, again at every change until `signal` is aborted.
 * @returns the exit code of the last run
 */
export async function runGenerate(
  { watch, folder, ...options }: Omit<GenerateArguments, "json">,
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
