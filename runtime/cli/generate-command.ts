import { runGenerate } from "../../codegen/cli/run-generate.ts";
import type { Command } from "./command.ts";
import { defineCommand } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { configError } from "./config-error.ts";
import { flag, optionalText, text } from "./option-spec.ts";
import { SPEC_ARGUMENT, SPEC_OPTION } from "./spec-folder.ts";

const OPTIONS = {
  spec: SPEC_OPTION,
  out: text({ doc: "Folder for the generated files", fallback: "generated" }),
  core: optionalText({
    doc: "Where generated code imports the core library from; default: tagwire/core",
    form: "a package's name, or ./path/to/index.ts",
  }),
  check: flag({
    doc: "Write nothing; fail if a file is missing, stale or differs",
    fallback: false,
    flagOnly: true,
  }),
  watch: flag({
    doc: "Generate again whenever the spec changes",
    fallback: false,
    flagOnly: true,
  }),
};

/** `tagwire generate`: writes the TypeScript of a spec. */
export const GENERATE_COMMAND: Command = defineCommand({
  ...TITLES.generate,
  positionals: SPEC_ARGUMENT,
  options: OPTIONS,
  isQuiet: true,
  examples: [
    ["$0 generate", "Generate ./generated from ./spec"],
    ["$0 generate --watch", "… and again at every change"],
    ["$0 generate --check", "For CI: fail if ./generated is not what ./spec says"],
    ["$0 generate protocols --out src/wire", "Other folders"],
  ],
  run: ({ values, positionals, terminal, json }) => {
    const { spec, ...rest } = values;
    if (rest.check && rest.watch) {
      throw configError("generate", "--check and --watch exclude each other.", "Give one of them.");
    }
    const output = { stream: terminal.out, cwd: process.cwd(), json };
    return runGenerate({ folder: positionals["folder"] ?? spec, ...rest }, output);
  },
});
