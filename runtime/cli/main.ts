import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import yargs from "yargs";
import type { Argv } from "yargs";
import { ACCOUNT_COMMAND } from "./account-command.ts";
import { CALL_COMMAND } from "./call-command.ts";
import { CLAIM_COMMAND } from "./claim-command.ts";
import { CODEGEN_COMMANDS } from "./codegen-commands.ts";
import type { Command } from "./command.ts";
import { DEMO_COMMAND } from "./demo-command.ts";
import { DEVICES_COMMAND } from "./devices-command.ts";
import { EXIT, EXIT_HELP } from "./exit-code.ts";
import { HUB_COMMAND } from "./hub-command.ts";
import { nearestOf } from "./option-names.ts";
import { ROUTER_COMMAND } from "./router-command.ts";
import { SERVER_COMMAND } from "./server-command.ts";

/** The commands that run the network and use it, in the order of `--help`. */
const COMMANDS: readonly Command[] = [
  DEMO_COMMAND,
  HUB_COMMAND,
  SERVER_COMMAND,
  ROUTER_COMMAND,
  ACCOUNT_COMMAND,
  DEVICES_COMMAND,
  CLAIM_COMMAND,
  CALL_COMMAND,
];

/** The `tagwire` command with everything that it can do. */
export function tagwire(args: readonly string[]): Argv {
  const cli = yargs([...args])
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
    .wrap(Math.min(120, process.stdout.columns > 0 ? process.stdout.columns : 100))
    .command(COMMANDS.map(({ module }) => module))
    .command([...CODEGEN_COMMANDS])
    .example("$0 demo", "See it work")
    .example("$0 <command> --help", "Options, examples and environment of a command")
    .epilogue(EXIT_HELP);
  return cli.fail((message: string | null, error: Error | undefined) => {
    refuse(message, error, args);
  });
}

// The compiled package has one folder more between this file and its package.json.
function packageVersion(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new RangeError("the command is not in a package");
  return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version;
}

/** Says what is wrong with a command line and ends with exit code 2; errors that are not the user's go on. */
function refuse(message: string | null, error: Error | undefined, args: readonly string[]): void {
  // yargs hands over what commands throw too, without a message: those are bugs.
  if (message === null && error !== undefined) throw error;
  process.stderr.write(
    `tagwire: ${message ?? "wrong usage"}${suggestion(message ?? "", args)}\n'--help' after the command shows its options.\n`,
  );
  process.exit(EXIT.usage);
}

function suggestion(message: string, args: readonly string[]): string {
  const unknown = /^Unknown arguments?: ([\w-]+)/.exec(message)?.[1];
  const command = COMMANDS.find(({ name }) => args.includes(name));
  if (unknown === undefined || command === undefined) return "";
  const near = nearestOf(unknown, command.flags);
  return near === undefined ? "" : `. Did you mean --${near}?`;
}

if (import.meta.main) await tagwire(process.argv.slice(2)).parseAsync();
