import type { Connection } from "../../generated/control/http.ts";
import {
  encodeBase64Url,
  formatMac,
  JsonError,
  parseJson,
  parseMac,
  RpcError,
} from "../core/index.ts";
import { endpointText } from "../io/addresses.ts";
import type { Log } from "../io/log.ts";
import type { Command, CommandRun } from "./command.ts";
import { TITLES } from "./command-titles.ts";
import { defineCommand } from "./command.ts";
import { configError } from "./config-error.ts";
import { EXIT } from "./exit-code.ts";
import type { ExitCode } from "./exit-code.ts";
import type { HubAccessOptions, HubSession } from "./hub-access.ts";
import { HUB_ACCESS, withHubSession } from "./hub-access.ts";
import { namedDevice } from "./named-device.ts";
import { PROCESSES } from "./processes.ts";
import { plainText } from "./result-text.ts";

/** `tagwire call`: one JSON-RPC call, encrypted from here to the router. */
export const CALL_COMMAND: Command = defineCommand({
  ...TITLES.call,
  positionals: {
    router: { doc: "Mac, label or host name of a router of the account", required: true },
    method: { doc: "JSON-RPC method, like system.uptime; rpc.describe lists them", required: true },
    params: { doc: "Its parameters, a JSON object", required: false },
  },
  options: HUB_ACCESS,
  examples: [
    ["$0 call 02:00:5e:10:00:01 system.uptime", "One without parameters"],
    ['$0 call Attic network.ping \'{"host": "192.0.2.1"}\'', "By label, with parameters"],
    ["$0 call Attic rpc.describe --json", "All methods with their schemas"],
  ],
  run: runCallCommand,
});

/** What a call gave, and how the router was reached. */
interface CallReport {
  readonly routerMac: string;
  readonly server: string;
  readonly connectMs: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data: unknown };
}

async function runCallCommand({
  values,
  positionals,
  write,
  tell,
  json,
  log,
}: CommandRun<HubAccessOptions>): Promise<ExitCode> {
  const { router = "", method = "" } = positionals;
  const params = readParams(positionals["params"]);
  const report = await withHubSession(values, async (session) => {
    const mac = await macOf(router, session);
    return call({ session, mac, method, params, dataFolder: values.data, log });
  });
  if (report.error === undefined) {
    write(report, JSON.stringify(report.result, undefined, 2));
    return EXIT.ok;
  }
  const { code, message } = report.error;
  if (json) write(report, "");
  else tell(`${method} failed: ${plainText(message)} (code ${String(code)})`);
  return EXIT.failed;
}

function readParams(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const value = parseJson(new TextEncoder().encode(text), { maxBytes: 1_048_576 });
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw configError(
    "params",
    "they are not a JSON object.",
    `Give one in quotes, like '{"host": "192.0.2.1"}'.`,
  );
}

async function macOf(router: string, { client, token }: HubSession): Promise<string> {
  const mac = parseMac(router);
  if (mac !== undefined) return formatMac(mac);
  const { devices } = await client.request("devices", { token });
  return namedDevice(devices, router).mac;
}

interface CallOptions {
  readonly session: HubSession;
  readonly mac: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly dataFolder: string;
  readonly log: Log;
}

async function call({
  session,
  mac,
  method,
  params,
  dataFolder,
  log,
}: CallOptions): Promise<CallReport> {
  const createClient = await PROCESSES.client();
  const client = await createClient({ dataFolder }, log);
  try {
    const startMs = performance.now();
    const connection: Connection = await session.client.request("connect", {
      token: session.token,
      query: { mac },
      body: { clientFingerprint: encodeBase64Url(client.fingerprint) },
    });
    const router = await client.connect(connection);
    const connectMs = Math.round((performance.now() - startMs) * 10) / 10;
    const reached = {
      routerMac: connection.routerMac,
      server: endpointText(connection.server),
      connectMs,
    };
    try {
      return { ...reached, result: await router.call(method, params) };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { ...reached, error: { code: error.code, message: error.message, data: error.data } };
    } finally {
      await router.close();
    }
  } finally {
    await client.close();
  }
}
