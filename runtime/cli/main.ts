import yargs from "yargs";
import type { Argv } from "yargs";
import type { Invocation } from "./command.ts";
import { moduleOf, nameOf } from "./command-module.ts";
import { COMMANDS } from "./commands.ts";
import type { ExitCode } from "./exit-code.ts";
import { EXIT, EXIT_HELP } from "./exit-code.ts";
import { markHyphened, unmarked } from "./hyphened-values.ts";
import { nearestOf } from "./option-names.ts";
import { packageVersion } from "./package-version.ts";
import type { Terminal } from "./terminal.ts";
import { PROCESS_TERMINAL } from "./terminal.ts";

/** A command line that says nothing sensible. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

// What yargs finds after a command was loaded comes as its own error, past the handler of failures.
function isUsageError(error: unknown): error is Error {
  return error instanceof UsageError || (error instanceof Error && error.name === "YError");
}

/** Runs the `tagwire` command with everything that it can do; the process goes on. */
export async function tagwire(
  args: readonly string[],
  terminal: Terminal = PROCESS_TERMINAL,
): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  let help = "";
  const invocation: Invocation = {
    terminal,
    end: (ended) => {
      code = ended;
    },
  };
  try {
    // A callback keeps yargs from writing to the process's output, and from ending it.
    await commandLine(invocation).parseAsync(markHyphened(args), {}, (_error, _argv, output) => {
      help = output;
    });
  } catch (error) {
    if (!isUsageError(error)) throw error;
    const more = await suggestion(error.message, args);
    terminal.err.write(
      `tagwire: ${unmarked(error.message)}${more}\n'--help' after the command shows its options.\n`,
    );
    return EXIT.usage;
  }
  if (help !== "") terminal.out.write(`${help}\n`);
  return code;
}

function commandLine(invocation: Invocation): Argv {
  const { columns = 0 } = invocation.terminal.out;
  return yargs()
    .scriptName("tagwire")
    .usage("$0 <command>\n\nWrite a wire protocol once, as JSON; generate it, run it, simulate it.")
    .version(packageVersion())
    .strict()
    .demandCommand(1, "Name a command.")
    .recommendCommands()
    .parserConfiguration({
      "duplicate-arguments-array": true,
      "parse-numbers": false,
      "parse-positional-numbers": false,
    })
    .wrap(Math.min(120, columns > 0 ? columns : 100))
    .command(COMMANDS.map((entry) => moduleOf(entry, invocation)))
    .example("$0 demo", "See it work")
    .example("$0 <command> --help", "Options, examples and environment of a command")
    .epilogue(EXIT_HELP)
    .fail((message: string | null, error: Error | undefined) => {
      // yargs hands over what commands throw too, without a message: those are bugs.
      if (message === null && error !== undefined) throw error;
      throw new UsageError(message ?? "wrong usage");
    });
}

async function suggestion(message: string, args: readonly string[]): Promise<string> {
  const unknown = /^Unknown arguments?: ([\w-]+)/.exec(message)?.[1];
  const entry = COMMANDS.find((command) => args.includes(nameOf(command)));
  if (unknown === undefined || entry === undefined) return "";
  let command = await entry.load();
  const below = command.subcommands?.find((each) => args.includes(nameOf(each)));
  if (below !== undefined) command = await below.load();
  const near = nearestOf(unknown, command.flags);
  return near === undefined ? "" : `. Did you mean --${near}?`;
}

if (import.meta.main) process.exitCode = await tagwire(process.argv.slice(2));
