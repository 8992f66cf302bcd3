import type { CommandModule } from "yargs";

/**
 * The commands of codegen under their names. What they stand on takes seconds to load, so it is loaded
 * when one of them is called: a hub that starts, or `--help`, does not wait for it.
 */
export const CODEGEN_COMMANDS: readonly CommandModule[] = [
  deferred({
    command: "generate [folder]",
    describe: "Generate TypeScript from a spec: codecs, state machines, RPC and HTTP types",
    load: async () => (await import("../../codegen/cli/generate-command.ts")).generateCommand,
  }),
  deferred({
    command: "check [folder]",
    describe: "Check a spec: documents, names, tags, sizes, state machines, calls",
    load: async () => (await import("../../codegen/cli/check-command.ts")).checkCommand,
  }),
];

interface Deferred<Arguments> {
  /** Must be that of the module. */
  readonly command: string;
  /** Must be that of the module. */
  readonly describe: string;
  readonly load: () => Promise<CommandModule<object, Arguments>>;
}

function deferred<Arguments>(deferred: Deferred<Arguments>): CommandModule {
  const { command, describe } = deferred;
  // A module's arguments are its own affair: yargs passes them through.
  const load = async (): Promise<CommandModule> =>
    (await deferred.load()) as unknown as CommandModule;
  return {
    command,
    describe,
    builder: async (yargs) => {
      const { builder } = await load();
      return typeof builder === "function" ? builder(yargs) : yargs.options(builder ?? {});
    },
    handler: async (argv) => {
      const { handler } = await load();
      await handler(argv);
    },
  };
}
