import { createInterface } from "node:readline/promises";
import { FrontStore } from "../../processes/front-store.ts";
import { resolveHost } from "../../processes/resolve-host.ts";
import type { TunnelAnswer, TunnelQuestion } from "../../processes/tunnel-types.ts";
import type { Consent } from "../../roles/tunnel/front/front-events.ts";
import type { Command, CommandRun } from "../command.ts";
import { defineCommand } from "../command.ts";
import { configError } from "../config-error.ts";
import { EXIT } from "../exit-code.ts";
import type { ExitCode } from "../exit-code.ts";
import { flag, optionalParsed } from "../option-spec.ts";
import { HOST_PORT_FORM, HOST_PORT_REMEDY, hostPortText, readHostPort } from "../option-values.ts";
import { untilStopped } from "../until-stopped.ts";
import { FRONT_OPTIONS, readUser, withFront } from "./tunnel-options.ts";
import { TUNNEL_TITLES } from "./tunnel-titles.ts";

const OPTIONS = {
  always: flag({
    doc: "The user may come without a question",
    fallback: false,
    flagOnly: true,
  }),
  never: flag({ doc: "The user may not come", fallback: false, flagOnly: true }),
  ask: flag({ doc: "Ask each time; that is how it starts", fallback: false, flagOnly: true }),
  to: optionalParsed({
    form: HOST_PORT_FORM,
    remedy: HOST_PORT_REMEDY,
    read: readHostPort,
    doc: "The program that tunnels of others lead to; runs until Ctrl-C",
  }),
  ...FRONT_OPTIONS,
};

/** `tagwire tunnel allow`: offers a program to others, and says who may come. */
export const ALLOW_COMMAND: Command = defineCommand({
  ...TUNNEL_TITLES.allow,
  positionals: { user: { doc: "Whom --always, --never or --ask is about", required: false } },
  options: OPTIONS,
  examples: [
    ["$0 tunnel allow --to 127.0.0.1:80", "Offer a web server; asks about users who are new"],
    ["$0 tunnel allow ada --always", "Ada may come without a question"],
    ["$0 tunnel allow", "Who may come"],
  ],
  run: runAllowCommand,
});

async function runAllowCommand(run: CommandRun<typeof OPTIONS>): Promise<ExitCode> {
  const { positionals, values, write } = run;
  const store = FrontStore.of(values.data);
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
    store.setConsent(readUser(user), consent);
  }
  if (values.to !== undefined) return offer(run, values.to);
  const { consents } = store;
  const lines = Object.entries(consents).map(([name, what]) => `${name}  ${what}`);
  write({ consents }, lines.length === 0 ? "Everybody is asked about." : lines.join("\n"));
  return EXIT.ok;
}

function consentOf(values: CommandRun<typeof OPTIONS>["values"]): Consent | undefined {
  const given = (["always", "never", "ask"] as const).filter((consent) => values[consent]);
  if (given.length > 1) {
    throw configError(
      `--${given.join(" --")}`,
      "these exclude each other.",
      "Give one of --always, --never and --ask.",
    );
  }
  return given[0];
}

function offer(
  run: CommandRun<typeof OPTIONS>,
  to: NonNullable<CommandRun<typeof OPTIONS>["values"]["to"]>,
): Promise<ExitCode> {
  const { log, tell, write } = run;
  return withFront(run, async (front) => {
    const target = await resolveHost(to, { log });
    front.accept(target, asker(tell));
    write(
      { ready: true, name: front.name, to },
      `Others reach ${hostPortText(to)} as ${front.name}.\nCtrl-C ends it.`,
    );
    // The front is closed at the end anyway.
    return untilStopped({ close: () => Promise.resolve() }, log);
  });
}

/** Asks on the terminal, one question after the other; where nobody sits at one, the answer is no. */
function asker(tell: (text: string) => void): (question: TunnelQuestion) => Promise<TunnelAnswer> {
  let before: Promise<unknown> = Promise.resolve();
  return (question) => {
    const answer = before.then(() => ask(question, tell));
    before = answer;
    return answer;
  };
}

async function ask(
  { plain, user }: TunnelQuestion,
  tell: (text: string) => void,
): Promise<TunnelAnswer> {
  if (!process.stdin.isTTY) {
    tell(`${user} wants a tunnel and is refused: run \`tagwire tunnel allow ${user} --always\``);
    return { isAllowed: false, reason: "nobody is there to ask" };
  }
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const mode = plain ? ", which relays could read" : "";
    const answer = await line.question(`${user} wants a tunnel${mode}. Allow it? [y/N] `);
    const isAllowed = /^y(es)?$/i.test(answer.trim());
    return { isAllowed, reason: isAllowed ? "" : "the user said no" };
  } finally {
    line.close();
  }
}
