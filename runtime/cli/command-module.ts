import type { CommandModule } from "yargs";
import type { CommandEntry, Invocation } from "./command.ts";
import type { CommandTitle } from "./command-titles.ts";
import { unmarked } from "./hyphened-values.ts";

/** First word of a command. */
export function nameOf({ command }: CommandTitle): string {
  return command.split(" ", 1)[0] ?? command;
}

/** A command as yargs mounts it. */
export function moduleOf(
  { command, doc, load }: CommandEntry,
  invocation: Invocation,
): CommandModule {
  return {
    command,
    describe: doc,
    builder: async (yargs) => (await load()).build(yargs, invocation),
    handler: async (argv) => {
      invocation.end(await (await load()).run(unmarked(argv), invocation.terminal));
    },
  };
}
