import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { OperatorError, encodeBase64Url, formatMac } from "../core/index.ts";
import type { Identity } from "../core/index.ts";
import type { Connection } from "../../generated/control/http.ts";
import { endpointText } from "../io/addresses.ts";
import { HubClient, HubProblemError } from "../io/http/hub-client.ts";
import type { Log } from "../io/log.ts";
import type { LogRing } from "../io/log-ring.ts";
import { readMac } from "../io/machine-telemetry.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { createClient } from "./client.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import type {
  Client,
  DemoConfig,
  DemoReport,
  HostPort,
  RouterConnection,
  RunningDemo,
  RunningHub,
} from "./config-types.ts";
import { openDemoSession, temporaryFolder } from "./demo-folder.ts";
import { gatewayFolder, runHub } from "./hub.ts";
import { PartyStore } from "./party-store.ts";
import { runRouter } from "./router.ts";
import { runServer } from "./server.ts";

const LOOPBACK = "127.0.0.1";
const SERVERS = ["server-1", "server-2"];
const PLACES = 64;
const METHOD = "system.uptime";

/** How long the parts get to find each other, and how often to look. */
const READY_MS = 30_000;
const LOOK_MS = 20;

/** What the demonstration is made of, while it is put together. */
interface Stage {
  readonly config: DemoConfig;
  readonly log: Log;
  readonly ring: LogRing;
  readonly folder: string;
  readonly closing: Closing;
}

/** The account that owns the router, and the hub that has it. */
interface Owner {
  readonly hub: RunningHub;
  readonly http: HubClient;
  readonly token: string;
}

/**
 * Runs a hub, two servers and a router on this machine, makes an account and a client, and does the whole
 * job once: finds the router through the hub and reads its uptime through a server.
 * @throws {OperatorError} if a file or a port cannot be had, or the parts do not find each other.
 */
export function runDemo(config: DemoConfig, log: Log, ring: LogRing): Promise<RunningDemo> {
  return opened(async (closing) => {
    const folder = config.dataFolder ?? (await temporaryFolder(closing));
    return play({ config, log, ring, folder, closing });
  });
}

async function play(stage: Stage): Promise<RunningDemo> {
  const { closing, folder, log } = stage;
  const { router: routerIdentity } = await prepareIdentities(folder);
  const joinSecret = new Uint8Array(randomBytes(32));
  const hub = await startHub(stage, joinSecret);
  const http = new HubClient(new URL(hub.url));
  const [{ account, token }, client] = await Promise.all([
    openDemoSession(http, folder),
    createClient({ dataFolder: join(folder, "client") }, log),
    startServers(stage, hub, joinSecret),
  ]);
  closing.add(() => client.close());
  const mac = readMac(routerIdentity.fingerprint);
  await startRouter(stage, { hub, http, token }, mac);
  const report = await connectOnce({ http, token, mac: formatMac(mac), client });
  return { report, url: hub.url, account, close: () => closing.run() };
}

/** RSA keys take the longest of all, so those of all parties are made at the same time. */
async function prepareIdentities(folder: string): Promise<{ readonly router: Identity }> {
  const crypto = createNodeCrypto();
  const others = ["hub", ...SERVERS, "client"].map((part) => join(folder, part));
  const [router] = await Promise.all([
    PartyStore.prepare(join(folder, "router"), crypto),
    PartyStore.prepare(gatewayFolder(join(folder, "hub")), crypto),
    ...others.map((other) => PartyStore.prepare(other, crypto)),
  ]);
  return { router };
}

async function startHub(
  { config, log, folder, closing }: Stage,
  joinSecret: Uint8Array,
): Promise<RunningHub> {
  const hub = await runHub(
    {
      listen: loopback(config, 7400),
      http: loopback(config, 7480),
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

async function startServers(
  { config, log, folder, closing }: Stage,
  hub: RunningHub,
  joinSecret: Uint8Array,
): Promise<void> {
  for (const [index, part] of SERVERS.entries()) {
    const server = await runServer(
      {
        hub: hostPort(hub),
        hubFingerprint: hub.fingerprint,
        listen: loopback(config, 7410 + index),
        advertise: undefined,
        places: PLACES,
        joinSecret,
        telemetryPeriodMs: config.telemetryPeriodMs,
        dataFolder: join(folder, part),
      },
      log,
    );
    closing.add(() => server.close());
  }
}

/** Starts the router, with a claim code unless the account has it already, and waits until it is online. */
async function startRouter(
  { config, log, ring, folder, closing }: Stage,
  { hub, http, token }: Owner,
  mac: number,
): Promise<void> {
  const name = formatMac(mac);
  const isOwned = (await http.request("devices", { token })).devices.some(
    (device) => device.mac === name,
  );
  const body = { label: "this machine" };
  const claim = isOwned ? undefined : (await http.request("createClaim", { body, token })).code;
  const router = await runRouter(
    {
      hub: hostPort(hub),
      hubFingerprint: hub.fingerprint,
      mac,
      claim,
      allowReboot: false,
      telemetryPeriodMs: config.telemetryPeriodMs,
      dataFolder: join(folder, "router"),
    },
    log,
    ring,
  );
  closing.add(() => router.close());
  await until("the router is not online", async () => {
    const { devices } = await http.request("devices", { token });
    return devices.some((device) => device.mac === name && device.online) ? true : undefined;
  });
}

/** The whole job: ask the hub, meet the router on a server, call a method. */
async function connectOnce(parts: {
  readonly http: HubClient;
  readonly token: string;
  readonly mac: string;
  readonly client: Client;
}): Promise<DemoReport> {
  const { connection, router, connectMs } = await until("no server is ready", async () => {
    try {
      return await meet(parts);
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
  return { routerMac: parts.mac, uptimeS, server, connectMs, rpc: { method: METHOD, result } };
}

async function meet({
  http,
  token,
  mac,
  client,
}: {
  readonly http: HubClient;
  readonly token: string;
  readonly mac: string;
  readonly client: Client;
}): Promise<{
  readonly connection: Connection;
  readonly router: RouterConnection;
  readonly connectMs: number;
}> {
  const startMs = performance.now();
  const body = { clientFingerprint: encodeBase64Url(client.fingerprint) };
  const connection = await http.request("connect", { query: { mac }, body, token });
  const router = await client.connect(connection);
  const connectMs = Math.round((performance.now() - startMs) * 10) / 10;
  return { connection, router, connectMs };
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

/** The port that the part's own command takes by default, or any free one. */
function loopback({ freePorts }: DemoConfig, port: number): HostPort {
  return { host: LOOPBACK, port: freePorts ? 0 : port };
}

function hostPort({ endpoint }: RunningHub): HostPort {
  return { host: endpoint.address, port: endpoint.port };
}
