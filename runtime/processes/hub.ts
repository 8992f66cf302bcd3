import { join } from "node:path";
import { formatMac } from "../core/index.ts";
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
import { ClientProcess } from "./client.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import type { HubConfig, RunningHub } from "./config-types.ts";
import { EventGate } from "./event-gate.ts";
import { callThroughGateway } from "./gateway.ts";
import { HubProcessPort } from "./hub-port.ts";
import { logLastWords } from "./last-words.ts";
import { listenTwice } from "./listen-address.ts";
import { PartyStore } from "./party-store.ts";
import { resolveHost } from "./resolve-host.ts";
import { RowSaver } from "./row-saver.ts";

/** The parts of a running hub. */
interface HubParts {
  readonly config: HubConfig;
  readonly log: Log;
  readonly store: SqliteStore<HubTables>;
  readonly closing: Closing;
}

/** Where the gateway's identity is, for it is a client like any other. */
export function gatewayFolder(dataFolder: string): string {
  return join(dataFolder, "gateway");
}

/** Runs a hub until it is closed. @throws {OperatorError} if a file, an address or a port cannot be had. */
export function runHub(config: HubConfig, log: Log): Promise<RunningHub> {
  return opened(async (closing) => {
    const file = join(config.dataFolder, "hub.sqlite");
    const store = await SqliteStore.open<HubTables>({ file, schema: HUB_SCHEMA });
    closing.add(() => store.close());
    return start({ config, log, store, closing });
  });
}

async function start(parts: HubParts): Promise<RunningHub> {
  const { config, log, store, closing } = parts;
  const [party, gateway] = await openParties(parts);
  const hub = await createHub(parts, party);
  const saver = new RowSaver({ hub, store, log });
  closing.add(() => saver.close());
  const events = new EventGate<HubEvent>();
  const host: RoleHost<HubCommand, HubEvent> = await RoleHost.start({
    role: hub,
    log,
    ...(await listenTwice(config.listen, log)),
    onEvent: events.take,
  });
  closing.add(async () => {
    await host.close();
    logLastWords(log, { role: hub, host });
  });
  const port: HubProcessPort = new HubProcessPort({
    hub,
    host,
    saver,
    gateway: gateway && {
      call: (request) =>
        callThroughGateway({ client: gateway, connect: (wanted) => port.connect(wanted) }, request),
    },
  });
  events.open((event) => {
    take(event, { saver, host, log, port });
  });
  saver.start();
  const { fingerprint } = party.identity;
  const endpoint = host.udpAddress;
  if (endpoint === undefined) throw new RangeError("the hub does not listen");
  const url = await listenHttp(parts, { port, fingerprint, endpoint });
  // First of all, so that whoever waits for an answer gets one.
  closing.add(() => {
    host.command({ type: "stop" });
    return Promise.resolve();
  });
  return { endpoint, url, fingerprint, close: () => closing.run() };
}

/** The hub itself and, unless it is refused, the client that calls routers for browsers. */
async function openParties({
  config,
  log,
  closing,
}: HubParts): Promise<readonly [PartyStore, ClientProcess | undefined]> {
  const { dataFolder } = config;
  const crypto = createNodeCrypto();
  const [party, gatewayParty] = await Promise.all([
    PartyStore.open(dataFolder, crypto),
    config.gateway ? PartyStore.open(gatewayFolder(dataFolder), crypto) : undefined,
  ]);
  if (gatewayParty === undefined) return [party, undefined];
  const gateway = await ClientProcess.start(gatewayParty, log);
  closing.add(() => gateway.close());
  return [party, gateway];
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
    hubFingerprint: hub.fingerprint,
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
    readonly saver: RowSaver;
    readonly host: RoleHost<HubCommand, HubEvent>;
    readonly log: Log;
    readonly port: HubProcessPort;
  },
): void {
  const { saver, host, log, port } = around;
  switch (event.type) {
    case "save":
      void saver.saveNow(event.change).then(() => {
        host.command({ type: "saved", saveId: event.saveId });
      });
      return;
    case "noted":
      log.info({ subject: formatMac(event.subject) }, event.note);
      // The router does not show its code again, so this must outlive a crash.
      if (event.note === "claimed") void saver.saveClaims(event.subject);
      return;
    default:
      port.answered(event);
  }
}
