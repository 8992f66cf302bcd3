import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { configError } from "./config-error.ts";
import { readSecretText } from "./secret-file.ts";

/** Where a password may come from, in this order. */
export interface PasswordSources {
  readonly passwordFile: string | undefined;
  /** From TAGWIRE_PASSWORD or, seen by everybody on this machine, the command line. */
  readonly password: string | undefined;
}

/** The password that the operator gives; asked for on a terminal. @throws {ConfigError} if there is none. */
export async function passwordFrom({ passwordFile, password }: PasswordSources): Promise<string> {
  if (passwordFile !== undefined) return readSecretText(passwordFile);
  if (process.argv.some((argument) => /^--password(=|$)/.test(argument))) {
    process.stderr.write(
      "tagwire: warning: everybody on this machine sees a password on the command line. Use --password-file or TAGWIRE_PASSWORD.\n",
    );
  }
  if (password !== undefined) return password;
  if (process.stdin.isTTY && process.stderr.isTTY) return ask();
  throw configError(
    "--password-file",
    "a password is needed and was not given.",
    "Give the path of a file that holds it, or set TAGWIRE_PASSWORD.",
  );
}

async function ask(): Promise<string> {
  process.stderr.write("Password: ");
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
