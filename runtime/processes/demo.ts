import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OperatorError, encodeBase64Url, formatMac } from "../core/index.ts";
import type { Connection } from "../../generated/control/http.ts";
import { endpointText } from "../io/addresses.ts";
import { HubClient, HubProblemError } from "../io/http/hub-client.ts";
import type { Log } from "../io/log.ts";
import { createClient } from "./client.ts";
import { Closing } from "./closing.ts";
import type {
  Client,
  DemoConfig,
  DemoReport,
  RouterConnection,
  RunningDemo,
  RunningHub,
} from "./config-types.ts";
import { runHub } from "./hub.ts";
import { runRouter } from "./router.ts";
import { runServer } from "./server.ts";

const LOOPBACK = "127.0.0.1";
const SERVERS = 2;
const PLACES = 64;
const METHOD = "system.uptime";

/** How long the parts get to find each other, and how often to look. */
const READY_MS = 30_000;
const LOOK_MS = 50;

/** What the demonstration is made of, while it is put together. */
interface Stage {
  readonly config: DemoConfig;
  readonly log: Log;
  readonly folder: string;
  readonly closing: Closing;
}

/**
 * Runs a hub, two servers and a router on this machine, makes an account and a client, and does the whole
 * job once: finds the router through the hub and reads its uptime through a server.
 */
export async function runDemo(config: DemoConfig, log: Log): Promise<RunningDemo> {
  const closing = new Closing();
  try {
    const folder = await dataFolder(config, closing);
    return await play({ config, log, folder, closing });
  } catch (error) {
    await closing.run();
    throw error;
  }
}

async function play(stage: Stage): Promise<RunningDemo> {
  const { closing } = stage;
  const joinSecret = new Uint8Array(randomBytes(32));
  const hub = await startHub(stage, joinSecret);
  for (let index = 0; index < SERVERS; index += 1)
    await startServer(stage, hub, { joinSecret, index });
  const http = new HubClient(new URL(hub.url));
  const account = { login: "demo", password: encodeBase64Url(new Uint8Array(randomBytes(15))) };
  const { token } = await openSession(http, account);
  const mac = await startRouter(stage, { hub, http, token });
  const client = await createClient({ dataFolder: join(stage.folder, "client") }, stage.log);
  closing.add(() => client.close());
  const report = await connectOnce({ http, token, mac, client });
  return { report, url: hub.url, account, close: () => closing.run() };
}

async function dataFolder({ dataFolder: given }: DemoConfig, closing: Closing): Promise<string> {
  if (given !== undefined) return given;
  const folder = await mkdtemp(join(tmpdir(), "tagwire-demo-"));
  closing.add(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function startHub(
  { config, log, folder, closing }: Stage,
  joinSecret: Uint8Array,
): Promise<RunningHub> {
  const hub = await runHub(
    {
      listen: { host: LOOPBACK, port: config.freePorts ? 0 : 7400 },
      http: { host: LOOPBACK, port: config.freePorts ? 0 : 7480 },
      advertise: undefined,
      dataFolder: join(folder, "hub"),
      serverFingerprints: [],
      joinSecret,
      gateway: true,
      registration: true,
      telemetryPeriodMs: config.telemetryPeriodMs,
      httpTls: undefined,
      httpBehindTls: false,
      trustedProxies: [],
    },
    log,
  );
  closing.add(() => hub.close());
  return hub;
}

async function startServer(
  { config, log, folder, closing }: Stage,
  hub: RunningHub,
  { joinSecret, index }: { readonly joinSecret: Uint8Array; readonly index: number },
): Promise<void> {
  const server = await runServer(
    {
      hub: hostPort(hub),
      hubFingerprint: hub.fingerprint,
      listen: { host: LOOPBACK, port: config.freePorts ? 0 : 7500 + index },
      advertise: undefined,
      places: PLACES,
      joinSecret,
      telemetryPeriodMs: config.telemetryPeriodMs,
      dataFolder: join(folder, `server-${String(index + 1)}`),
    },
    log,
  );
  closing.add(() => server.close());
}

/** Starts the router with a claim code of the account; gives its mac once it is one of the account's devices. */
async function startRouter(
  { config, log, folder, closing }: Stage,
  owner: { readonly hub: RunningHub; readonly http: HubClient; readonly token: string },
): Promise<string> {
  const { hub, http, token } = owner;
  const body = { label: "this machine" };
  const { code } = await http.request("createClaim", { body, token });
  const router = await runRouter(
    {
      hub: hostPort(hub),
      hubFingerprint: hub.fingerprint,
      mac: undefined,
      claim: code,
      allowReboot: false,
      telemetryPeriodMs: config.telemetryPeriodMs,
      dataFolder: join(folder, "router"),
    },
    log,
  );
  closing.add(() => router.close());
  const mac = formatMac(router.mac);
  await until("the router is not online", async () => {
    const { devices } = await http.request("devices", { token });
    return devices.some((device) => device.mac === mac && device.online) ? true : undefined;
  });
  return mac;
}

/** The whole job: ask the hub, meet the router on a server, call a method. */
async function connectOnce(parts: {
  readonly http: HubClient;
  readonly token: string;
  readonly mac: string;
  readonly client: Client;
}): Promise<DemoReport> {
  const { http, token, mac, client } = parts;
  const { connection, router, connectMs } = await until("no server is ready", async () => {
    try {
      return await meet(http, { token, mac, client });
    } catch (error) {
      // A server that has just started may not have reported yet.
      if (error instanceof HubProblemError && error.problem.status === 503) return undefined;
      throw error;
    }
  });
  const result = await router.call(METHOD, {});
  await router.close();
  const { uptimeS } = result as { readonly uptimeS: number };
  const server = endpointText(connection.server);
  return { routerMac: mac, uptimeS, server, connectMs, rpc: { method: METHOD, result } };
}

async function meet(
  http: HubClient,
  { token, mac, client }: { readonly token: string; readonly mac: string; readonly client: Client },
): Promise<{
  readonly connection: Connection;
  readonly router: RouterConnection;
  readonly connectMs: number;
}> {
  const startMs = performance.now();
  const body = { clientFingerprint: encodeBase64Url(client.fingerprint) };
  const connection = await http.request("connect", { query: { mac }, body, token });
  const router = await client.connect(connection);
  return { connection, router, connectMs: performance.now() - startMs };
}

/** A data folder that is used again has the account already, under a password that nobody knows any more. */
async function openSession(
  http: HubClient,
  account: { readonly login: string; readonly password: string },
): Promise<{ readonly token: string }> {
  return http.request("register", { body: account });
}

/** Looks until there is something, for half a minute. @throws {OperatorError} if there is nothing then. */
async function until<Value>(
  problem: string,
  look: () => Promise<Value | undefined>,
): Promise<Value> {
  const endMs = performance.now() + READY_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > endMs) {
      throw new OperatorError({
        place: "demo",
        problem: `${problem} after ${String(READY_MS / 1000)} s.`,
        remedy: "Look at the log on standard error for the reason.",
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function hostPort({ endpoint }: RunningHub): { readonly host: string; readonly port: number } {
  return { host: endpoint.address, port: endpoint.port };
}
