import { FrontStore } from "../../processes/front-store.ts";
import { resolveHost } from "../../processes/resolve-host.ts";
import type { Consent } from "../../roles/tunnel/front/front-events.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import { configError } from "../config-error.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, optionalParsed } from "../option-spec.ts";
import { HOST_PORT, hostPortText } from "../option-values.ts";
import { untilStopped } from "../until-stopped.ts";
import { ConsentPrompt } from "./consent-prompt.ts";
import { END_OPTIONS, withEnd } from "./own-node.ts";
import { readUser, withStore } from "./tunnel-options.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

const OPTIONS = {
  always: flag({
    doc: "The user may come without a question, if the tunnel is encrypted from end to end",
    fallback: false,
    flagOnly: true,
  }),
  never: flag({
    doc: "The user may not come, and whoever came is cut",
    fallback: false,
    flagOnly: true,
  }),
  ask: flag({ doc: "Ask each time; that is how it starts", fallback: false, flagOnly: true }),
  plain: flag({
    doc: "With --to: take tunnels without encryption as well, which relays can read and in which nobody proves who comes. With --always: the user may come so without a question",
    fallback: false,
    flagOnly: true,
  }),
  to: optionalParsed({
    ...HOST_PORT,
    doc: "The program that tunnels of others lead to; runs until Ctrl-C",
  }),
  ...END_OPTIONS,
};

/** `tagwire tunnel allow`: offers a program to others, and says who may come. */
export const ALLOW_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.allow,
  positionals: { user: { doc: "Whom --always, --never or --ask is about", required: false } },
  options: OPTIONS,
  examples: [
    ["$0 tunnel allow --to 127.0.0.1:80", "Offer a web server; asks about users who are new"],
    ["$0 tunnel allow ada --always", "Ada may come without a question"],
    ["$0 tunnel allow --to 127.0.0.1:443 --plain", "Also without encryption between the ends"],
    [
      "$0 tunnel allow --to 127.0.0.1:80 --own-node --main main.example:7600 --name bob",
      "The same where no node runs",
    ],
    ["$0 tunnel allow", "Who may come"],
  ],
  run: runAllowCommand,
});

async function runAllowCommand(run: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { positionals, values, write } = run;
  const consent = consentOf(values);
  const user = positionals["user"];
  if (user !== undefined || consent !== undefined) {
    if (user === undefined || consent === undefined) {
      throw configError(
        "tagwire tunnel allow",
        "a user and one of --always, --never and --ask belong together.",
        "Give both.",
      );
    }
    const name = readUser(user);
    withStore(() => {
      FrontStore.of(values.data).setConsent(name, consent);
    });
  }
  if (values.to !== undefined) return offer(run, values.to);
  const { consents } = withStore(() => FrontStore.of(values.data).load());
  const lines = [...consents].map(([name, what]) => `${name}  ${CONSENT_TEXTS[what]}`);
  write(
    { consents: Object.fromEntries(consents) },
    lines.length === 0 ? "Everybody is asked about." : lines.join("\n"),
  );
  return EXIT.ok;
}

const CONSENT_TEXTS: Readonly<Record<Consent, string>> = {
  always: "always",
  alwaysPlain: "always, also without encryption",
  never: "never",
  ask: "ask",
};

function consentOf(values: CommandRun<typeof OPTIONS>["values"]): Consent | undefined {
  const given = (["always", "never", "ask"] as const).filter((consent) => values[consent]);
  if (given.length > 1) {
    throw configError(
      `--${given.join(" --")}`,
      "these exclude each other.",
      "Give one of --always, --never and --ask.",
    );
  }
  const [consent] = given;
  if (!values.plain) return consent;
  if (consent === "always") return "alwaysPlain";
  if (values.to !== undefined) return consent;
  throw configError(
    "--plain",
    "it says which tunnels are taken, and belongs to --to or --always.",
    "Give one of them as well.",
  );
}

function offer(
  run: CommandRun<typeof OPTIONS>,
  to: NonNullable<CommandRun<typeof OPTIONS>["values"]["to"]>,
): Promise<ExitCode> {
  const { log, tell, values, write } = run;
  return withEnd(run, async (front) => {
    const target = await resolveHost(to, { log });
    const prompt = new ConsentPrompt({
      input: process.stdin,
      output: process.stderr,
      tell,
      interrupted: () => {
        process.kill(process.pid, "SIGINT");
      },
    });
    front.accept(target, (question) => prompt.ask(question), { plain: values.plain });
    const mode = values.plain ? ", also without encryption" : "";
    // The front is closed at the end anyway.
    const stopped = untilStopped({ close: () => Promise.resolve() }, log);
    write(
      { ready: true, name: front.name, to, plain: values.plain },
      `Others reach ${hostPortText(to)} as ${front.name}${mode}.\nCtrl-C ends it.`,
    );
    try {
      return await stopped;
    } finally {
      prompt.close();
    }
  });
}
