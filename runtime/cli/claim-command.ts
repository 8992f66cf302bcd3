import type { Command, CommandRun } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { defineCommand } from "./command.ts";
import { configError } from "./config-error.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import { HUB_ACCESS, withHubSession } from "./hub-access.ts";
import { flag, integer, text } from "./option-spec.ts";
import { plainText, tableText } from "./result-text.ts";

const OPTIONS = {
  ...HUB_ACCESS,
  label: text({
    doc: "What routers that use the code are called",
    fallback: "",
    flagOnly: true,
    schema: { maxLength: 64 },
    remedy: "Give at most 64 characters.",
  }),
  reusable: flag({
    doc: "For a fleet: any number of routers may use the code",
    fallback: false,
    flagOnly: true,
  }),
  expiresInS: integer({
    doc: "Seconds until the code stops working",
    fallback: 86_400,
    min: 60,
    max: 7_776_000,
    flagOnly: true,
  }),
};

/** `tagwire claim`: codes that bring routers into the account. */
export const CLAIM_COMMAND: Command = defineCommand({
  ...TITLES.claim,
  positionals: {
    action: {
      doc: "What to do; create by default",
      required: false,
      choices: ["create", "list", "revoke"],
    },
    id: { doc: "The claim to revoke, as list shows it", required: false },
  },
  options: OPTIONS,
  examples: [
    ["$0 claim --label Attic", "Make a code and print the command to start the router with"],
    ["$0 claim --reusable --expires-in-s 604800", "For a fleet, for a week"],
    ["$0 claim list", "The open codes"],
  ],
  run: runClaimCommand,
});

async function runClaimCommand(run: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  switch (run.positionals["action"]) {
    case "list":
      return list(run);
    case "revoke":
      return revoke(run);
    default:
      return create(run);
  }
}

async function create({ values, write }: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { label, reusable, expiresInS } = values;
  const made = await withHubSession(values, ({ client, token }) =>
    client.request("createClaim", { token, body: { label, reusable, expiresInS } }),
  );
  write(made, `${made.code}\n\nStart the router with:\n  ${plainText(made.command)}`);
  return EXIT.ok;
}

async function list({ values, write }: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const answer = await withHubSession(values, ({ client, token }) =>
    client.request("claims", { token }),
  );
  const rows = answer.claims.map(({ id, label, reusable, uses, expiresAt }) => [
    id,
    plainText(label),
    reusable ? "fleet" : "single use",
    String(uses),
    expiresAt,
  ]);
  const table = tableText(["ID", "LABEL", "KIND", "USES", "EXPIRES"], rows);
  write(answer, rows.length === 0 ? "No open codes." : table);
  return EXIT.ok;
}

async function revoke({
  values,
  write,
  positionals,
}: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const id = positionals["id"];
  if (id === undefined) {
    throw configError(
      "claim revoke",
      "the id of the claim is missing.",
      "Give it as 'tagwire claim list' shows it.",
    );
  }
  await withHubSession(values, ({ client, token }) =>
    client.request("revokeClaim", { token, query: { id } }),
  );
  write({ revoked: id }, `Revoked ${id}.`);
  return EXIT.ok;
}
