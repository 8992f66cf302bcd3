import type { CommandModule } from "yargs";
import { CODEGEN_COMMANDS } from "./codegen-commands.ts";
import type { Command, Invocation } from "./command.ts";
import type { CommandTitle } from "./command-titles.ts";
import { TITLES } from "./command-titles.ts";

/** A command that is loaded when it is called. */
export interface CommandEntry extends CommandTitle {
  readonly load: () => Promise<Command>;
}

/** Every command of `tagwire`, in the order of `--help`: neither that nor a command waits for what others stand on. */
export const COMMANDS: readonly CommandEntry[] = [
  { ...TITLES.demo, load: async () => (await import("./demo-command.ts")).DEMO_COMMAND },
  { ...TITLES.hub, load: async () => (await import("./hub-command.ts")).HUB_COMMAND },
  { ...TITLES.server, load: async () => (await import("./server-command.ts")).SERVER_COMMAND },
  { ...TITLES.router, load: async () => (await import("./router-command.ts")).ROUTER_COMMAND },
  { ...TITLES.account, load: async () => (await import("./account-command.ts")).ACCOUNT_COMMAND },
  { ...TITLES.devices, load: async () => (await import("./devices-command.ts")).DEVICES_COMMAND },
  { ...TITLES.claim, load: async () => (await import("./claim-command.ts")).CLAIM_COMMAND },
  { ...TITLES.call, load: async () => (await import("./call-command.ts")).CALL_COMMAND },
  ...CODEGEN_COMMANDS,
];

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
    builder: async (yargs) => (await load()).build(yargs),
    handler: async (argv) => {
      invocation.end(await (await load()).run(argv, invocation.terminal));
    },
  };
}
