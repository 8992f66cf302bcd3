import type { Session } from "../../generated/control/http.ts";
import { HubClient, HubProblemError, HubUnreachableError } from "../io/http/hub-client.ts";
import { FailedError } from "./command.ts";
import { configError } from "./config-error.ts";
import type { ExitCode } from "./exit-code.ts";
import { EXIT } from "./exit-code.ts";
import type { OptionSpec, ValuesOf } from "./option-spec.ts";
import { flag, optionalText, parsed, text } from "./option-spec.ts";
import { passwordFrom } from "./password-source.ts";
import { SessionCache } from "./session-cache.ts";
import { stateFolder } from "./state-folder.ts";

/** Options of the commands that use a hub as an account. A type, since an interface is no table. */

export type HubAccessOptions = {
  readonly hub: OptionSpec<URL>;
  readonly login: OptionSpec<string | undefined>;
  readonly passwordFile: OptionSpec<string | undefined>;
  readonly password: OptionSpec<string | undefined>;
  readonly plainHttp: OptionSpec<boolean>;
  readonly data: OptionSpec<string>;
};

/** These options with their defaults. */
export const HUB_ACCESS: HubAccessOptions = {
  hub: parsed({
    doc: "The hub's web address",
    fallback: "http://127.0.0.1:7480/",
    form: "URL",
    env: "TAGWIRE_HUB_URL",
    remedy: "Give a URL like https://hub.example/.",
    read: readHubUrl,
  }),
  login: optionalText({ doc: "The account; default: that of the last login to this hub" }),
  passwordFile: optionalText({ doc: "File with the password; without a password it is asked for" }),
  password: optionalText({
    doc: "The password, which everybody on this machine sees here: prefer the variable or a file",
  }),
  plainHttp: flag({ doc: "Send the password in clear over the network", fallback: false }),
  data: text({
    doc: "Folder of this client's identity and sessions",
    fallback: stateFolder("client"),
    env: "TAGWIRE_CLIENT_DATA",
  }),
};

export type HubAccessValues = ValuesOf<HubAccessOptions>;

function readHubUrl(value: string): URL {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value))
    throw new Error("it is not a web address.");
  return new URL(value);
}

/** What an account does at a hub. */
export interface HubSession {
  readonly client: HubClient;
  readonly login: string;
  readonly token: string;
}

/**
 * Does something as an account: with the session of an earlier command while the hub knows it, else
 * after a login.
 *
 * @throws {FailedError} for what the hub refuses, with the exit code that fits.
 */
export async function withHubSession<Result>(
  values: HubAccessValues,
  work: (session: HubSession) => Promise<Result>,
): Promise<Result> {
  const client = hubClient(values);
  const cache = new SessionCache(values.data);
  const cached = cache.find(client.url, values.login, Date.now());
  return translated(client, async () => {
    if (cached !== undefined) {
      try {
        return await work({ client, login: cached.login, token: cached.token });
      } catch (error) {
        if (!(error instanceof HubProblemError) || error.problem.status !== 401) throw error;
        cache.remove(cached);
      }
    }
    const session = await beginSession(values, client, "login");
    return work({ client, ...session });
  });
}

/** Logs in, or registers, and keeps the session for the next commands. @throws {FailedError} if the hub refuses. */
export async function openSession(
  values: HubAccessValues,
  operation: "login" | "register",
): Promise<Session> {
  const client = hubClient(values);
  return translated(client, () => beginSession(values, client, operation));
}

/** Ends the session that is kept, if there is one; returns its login. @throws {FailedError} if the hub refuses. */
export async function endSession(values: HubAccessValues): Promise<string | undefined> {
  const client = hubClient(values);
  const cache = new SessionCache(values.data);
  const cached = cache.find(client.url, values.login, Date.now());
  if (cached === undefined) return undefined;
  await translated(client, async () => {
    try {
      await client.request("logout", { token: cached.token });
    } catch (error) {
      // A session that the hub does not know any more is ended as well.
      if (!(error instanceof HubProblemError) || error.problem.status !== 401) throw error;
    }
  });
  cache.remove(cached);
  return cached.login;
}

async function beginSession(
  values: HubAccessValues,
  client: HubClient,
  operation: "login" | "register",
): Promise<Session> {
  const { login } = values;
  if (login === undefined) {
    throw configError(
      "--login",
      "a login is needed and was not given.",
      "Give it, or set TAGWIRE_LOGIN.",
    );
  }
  const password = await passwordFrom(values);
  const session = await client.request(operation, { body: { login, password } });
  const expiresAtMs = Date.now() + session.expiresInS * 1000;
  new SessionCache(values.data).add({
    hub: client.url,
    login: session.login,
    token: session.token,
    expiresAtMs,
  });
  return session;
}

function hubClient({ hub, plainHttp }: HubAccessValues): HubClient {
  const isLoopback =
    hub.hostname === "localhost" || hub.hostname === "[::1]" || hub.hostname.startsWith("127.");
  if (hub.protocol === "http:" && !isLoopback && !plainHttp) {
    throw configError(
      hub.href,
      "password and session would cross the network in clear.",
      "Use https, or give --plain-http if the network itself is safe.",
    );
  }
  return new HubClient(hub);
}

async function translated<Result>(client: HubClient, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HubUnreachableError) {
      const { place, problem, remedy } = error;
      throw new FailedError(EXIT.unavailable, { place, problem, remedy, cause: error });
    }
    if (!(error instanceof HubProblemError)) throw error;
    const { status, title, detail, retryAfterS, errors } = error.problem;
    const members = errors?.map((fault) => `${fault.pointer.slice(1)} ${fault.detail}`).join(", ");
    throw new FailedError(exitCodeOf(status), {
      place: client.url,
      problem: [title, detail, members]
        .filter((part) => part !== undefined)
        .join(": ")
        .replace(/\.?$/, "."),
      remedy:
        retryAfterS === undefined
          ? (REMEDIES[status] ?? "")
          : `Try again in ${String(retryAfterS)} s.`,
      cause: error,
    });
  }
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: "Check login and password, or make an account with 'tagwire account register'.",
  404: "'tagwire devices' shows what is there.",
  504: "Try again.",
};

function exitCodeOf(status: number): ExitCode {
  switch (status) {
    case 401:
    case 403:
      return EXIT.denied;
    case 404:
      return EXIT.notFound;
    case 429:
    case 503:
    case 504:
      return EXIT.unavailable;
    default:
      return EXIT.failed;
  }
}
