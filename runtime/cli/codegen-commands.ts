import type { Argv, CommandModule } from "yargs";
import type { Command } from "./command.ts";
import type { CommandTitle } from "./command-titles.ts";
import type { ExitCode } from "./exit-code.ts";

/**
 * The commands of codegen under their names, which must be those of their modules. What they stand on takes
 * seconds to load.
 */
export const CODEGEN_COMMANDS: readonly (CommandTitle & {
  readonly load: () => Promise<Command>;
})[] = [
  {
    command: "generate [folder]",
    doc: "Generate TypeScript from a spec: codecs, state machines, RPC and HTTP types",
    load: async () => {
      const codegen = await import("../../codegen/cli/generate-command.ts");
      return commandOf(codegen.generateCommand, codegen.runGenerate);
    },
  },
  {
    command: "check [folder]",
    doc: "Check a spec: documents, names, tags, sizes, state machines, calls",
    load: async () => {
      const codegen = await import("../../codegen/cli/check-command.ts");
      return commandOf(codegen.checkCommand, ({ folder }, output) =>
        codegen.runCheck(folder, output),
      );
    },
  },
];

interface CodegenOutput {
  readonly stream: NodeJS.WritableStream;
  readonly cwd: string;
  readonly json: boolean;
}

function commandOf<Arguments extends { readonly json: boolean }>(
  module: CommandModule<object, Arguments>,
  run: (given: Arguments, output: CodegenOutput) => ExitCode | Promise<ExitCode>,
): Command {
  const { builder } = module;
  return {
    flags: [],
    build: (yargs) => {
      if (typeof builder !== "function") throw new RangeError("the command builds no options");
      return builder(yargs) as Argv;
    },
    run: async (argv, { out }) => {
      // The builder has just made these arguments.
      const given = argv as unknown as Arguments;
      return run(given, { stream: out, cwd: process.cwd(), json: given.json });
    },
  };
}
