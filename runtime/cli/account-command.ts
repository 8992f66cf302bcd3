import type { Command, CommandRun } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { defineCommand } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import type { HubAccessOptions } from "./hub-access.ts";
import { endSession, HUB_ACCESS, openSession } from "./hub-access.ts";

/** `tagwire account`: makes an account, begins and ends sessions. */
export const ACCOUNT_COMMAND: Command = defineCommand({
  ...TITLES.account,
  positionals: {
    action: { doc: "What to do", required: true, choices: ["register", "login", "logout"] },
  },
  options: HUB_ACCESS,
  examples: [
    ["$0 account register --login ann", "Asks for the password"],
    [
      "$0 account login --login ann --password-file ~/.tagwire-password",
      "The other commands then need no password",
    ],
    ["$0 account logout", "End the session that is kept"],
  ],
  run: runAccountCommand,
});

async function runAccountCommand({
  values,
  positionals,
  write,
}: CommandRun<HubAccessOptions>): Promise<ExitCode> {
  const action = positionals["action"];
  if (action === "logout") {
    const login = await endSession(values);
    write({ login }, login === undefined ? "There was no session." : `Logged out ${login}.`);
    return EXIT.ok;
  }
  const { login, expiresInS } = await openSession(
    values,
    action === "register" ? "register" : "login",
  );
  write({ login, expiresInS }, `Logged in as ${login}.`);
  return EXIT.ok;
}
