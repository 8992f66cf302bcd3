import { join } from "node:path";
import { encodeBase64Url, formatMac } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import { endpointText } from "../io/addresses.ts";
import { RoleHost } from "../io/host.ts";
import { Accounts } from "../io/http/accounts.ts";
import { HttpServer } from "../io/http/http-server.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { Hub } from "../roles/hub/hub.ts";
import type { HubCommand, HubEvent } from "../roles/hub/hub-events.ts";
import { AccountRows } from "../stores/account-rows.ts";
import { HUB_SCHEMA } from "../stores/hub-schema.ts";
import type { HubTables } from "../stores/hub-schema.ts";
import { SqliteStore } from "../stores/sqlite-store.ts";
import { WriteBehind } from "../stores/write-behind.ts";
import { ClientProcess } from "./client.ts";
import { Closing } from "./closing.ts";
import type { HubConfig, RunningHub } from "./config-types.ts";
import { freePort } from "./free-port.ts";
import { callThroughGateway } from "./gateway.ts";
import { HubProcessPort } from "./hub-port.ts";
import { listenAddress } from "./listen-address.ts";
import { PartyStore } from "./party-store.ts";
import { resolveHost } from "./resolve-host.ts";

/** The parts of a running hub. */
interface HubParts {
  readonly config: HubConfig;
  readonly log: Log;
  readonly store: SqliteStore<HubTables>;
  readonly closing: Closing;
}

/** Runs a hub until it is closed. What is open when something fails is closed again. */
export async function runHub(config: HubConfig, log: Log): Promise<RunningHub> {
  const closing = new Closing();
  try {
    const file = join(config.dataFolder, "hub.sqlite");
    const store = await SqliteStore.open<HubTables>({ file, schema: HUB_SCHEMA });
    closing.add(() => store.close());
    return await start({ config, log, store, closing });
  } catch (error) {
    await closing.run();
    throw error;
  }
}

async function start(parts: HubParts): Promise<RunningHub> {
  const { config, log, store, closing } = parts;
  const party = await PartyStore.open(config.dataFolder, createNodeCrypto());
  const hub = await createHub(parts, party);
  const behind = new WriteBehind<HubTables>({
    store,
    collect: () => hub.takeChanges(),
    onError: (error) => {
      log.error({ err: error }, "the store failed; what changed is kept and saved later");
    },
  });
  closing.add(() => behind.close());
  const host: RoleHost<HubCommand, HubEvent> = await RoleHost.start({
    role: hub,
    log,
    ...(await listening(config)),
    onEvent: (event) => {
      take(event, { behind, host, log, port });
    },
  });
  closing.add(async () => {
    host.command({ type: "stop" });
    await host.close();
  });
  const port = await createPort(parts, { hub, host });
  behind.start();
  const { fingerprint } = party.identity;
  const endpoint = host.udpAddress;
  if (endpoint === undefined) throw new RangeError("the hub does not listen");
  const url = await listenHttp(parts, { port, fingerprint, endpoint });
  return { endpoint, url, fingerprint, close: () => closing.run() };
}

async function createHub({ config, store }: HubParts, party: PartyStore): Promise<Hub> {
  const { telemetryPeriodMs } = config;
  const { wantedMs, freshMarginMs } = CONTROL_LIMITS;
  return new Hub({
    crypto: createNodeCrypto(),
    unixMs: Date.now,
    identity: party.identity,
    rows: {
      routers: await store.load("routers"),
      servers: await store.load("servers"),
      claims: await store.load("claims"),
    },
    starts: party.starts,
    nowMs: performance.now(),
    servers: config.serverFingerprints,
    joinSecret: config.joinSecret,
    // A wanted router must have the time to report once.
    limits: {
      ...CONTROL_LIMITS,
      telemetryPeriodMs,
      wantedMs: Math.max(wantedMs, telemetryPeriodMs + freshMarginMs),
    },
  });
}

/** UDP and TCP have one port, because routers know one address of the hub. */
async function listening({ listen }: HubConfig): Promise<{
  udp: { address?: string; port: number };
  tcp: { address?: string; port: number };
}> {
  const address = listenAddress(listen);
  const port = listen.port === 0 ? await freePort(address.address) : listen.port;
  return { udp: { ...address, port }, tcp: { ...address, port } };
}

async function createPort(
  { config, log, closing }: HubParts,
  running: { readonly hub: Hub; readonly host: RoleHost<HubCommand, HubEvent> },
): Promise<HubProcessPort> {
  const folder = join(config.dataFolder, "gateway");
  const party = await PartyStore.open(folder, createNodeCrypto());
  const client = await ClientProcess.start(party, log);
  closing.add(() => client.close());
  const port: HubProcessPort = new HubProcessPort({
    ...running,
    gateway: (request) =>
      callThroughGateway({ client, connect: (wanted) => port.connect(wanted) }, request),
  });
  return port;
}

async function listenHttp(
  { config, log, store, closing }: HubParts,
  hub: {
    readonly port: HubProcessPort;
    readonly fingerprint: Uint8Array;
    readonly endpoint: Endpoint;
  },
): Promise<string> {
  const { registration, gateway, advertise, http } = config;
  const accounts = new Accounts({ store: await AccountRows.load(store), registration });
  const server = await HttpServer.create({
    hub: hub.port,
    accounts,
    log,
    gateway,
    hubAddress: (hostname) => {
      const { host, port } = advertise ?? { host: hostname ?? hub.endpoint.address, port: 0 };
      return endpointText({ address: host, port: port === 0 ? hub.endpoint.port : port });
    },
    hubFingerprint: encodeBase64Url(hub.fingerprint),
    tls: config.httpTls,
    behindTls: config.httpBehindTls,
    trustedProxies: config.trustedProxies,
  });
  closing.add(() => server.close());
  return server.listen(await resolveHost(http, { log }));
}

/** Carries out what the hub reports. */
function take(
  event: HubEvent,
  around: {
    readonly behind: WriteBehind<HubTables>;
    readonly host: RoleHost<HubCommand, HubEvent>;
    readonly log: Log;
    readonly port: HubProcessPort;
  },
): void {
  switch (event.type) {
    case "save":
      void around.behind.saveNow(event.change).then(() => {
        around.host.command({ type: "saved", saveId: event.saveId });
      });
      return;
    case "noted":
      around.log.info({ subject: formatMac(event.subject) }, event.note);
      return;
    default:
      around.port.answered(event);
  }
}
