import { formatMac } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { CONTROL_LIMITS } from "../../generated/control/limits.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { readFigures } from "../io/machine-telemetry.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { Server } from "../roles/server/server.ts";
import type { ServerCommand, ServerEvent, ServerReadings } from "../roles/server/server.ts";
import { lockFolder } from "../stores/folder-lock.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import type { RunningServer, ServerConfig } from "./config-types.ts";
import { EventGate } from "./event-gate.ts";
import { logLastWords } from "./last-words.ts";
import { listenAddress } from "./listen-address.ts";
import { PartyStore } from "./party-store.ts";
import { pinnedState } from "./pinned-state.ts";
import { takeReporterEvent } from "./reporter-events.ts";
import { resolveHost } from "./resolve-host.ts";

/** What the events of a server act on. */
interface ServerParts {
  readonly party: PartyStore;
  readonly host: RoleHost<ServerCommand, ServerEvent>;
  readonly log: Log;
}

/** Runs a relay server until it is closed. @throws {OperatorError} if a file, an address or a port cannot be had. */
export function runServer(config: ServerConfig, log: Log): Promise<RunningServer> {
  return opened((closing) => start(config, log, closing));
}

async function start(config: ServerConfig, log: Log, closing: Closing): Promise<RunningServer> {
  closing.add(lockFolder(config.dataFolder));
  const party = await PartyStore.open(config.dataFolder, createNodeCrypto());
  const readings = (): ServerReadings => ({
    loadPermille: readFigures().loadPermille,
    relayedBytes: host.counters.streams.relayedBytes,
  });
  const role = await createServer({ config, log, party, readings });
  const events = new EventGate<ServerEvent>();
  const host: RoleHost<ServerCommand, ServerEvent> = await RoleHost.start({
    role,
    log,
    udp: { port: 0 },
    tcp: await listenAddress(config.listen, log),
    limits: { relayIdleMs: CONTROL_LIMITS.relayIdleMs },
    onEvent: events.take,
  });
  closing.add(async () => {
    host.command({ type: "stop" });
    await host.close();
    logLastWords(log, { role, host });
  });
  events.open((event) => {
    take(event, { party, host, log });
  });
  const tcp = host.tcpAddress;
  if (tcp === undefined) throw new RangeError("the server does not listen");
  host.command({ type: "start", endpoint: await advertised(config, tcp.port, log) });
  return { tcp, fingerprint: party.identity.fingerprint, close: () => closing.run() };
}

async function createServer({
  config,
  log,
  party,
  readings,
}: {
  readonly config: ServerConfig;
  readonly log: Log;
  readonly party: PartyStore;
  readonly readings: () => ServerReadings;
}): Promise<Server> {
  return new Server({
    crypto: createNodeCrypto(),
    unixMs: Date.now,
    identity: party.identity,
    hub: await resolveHost(config.hub, { log }),
    places: config.places,
    state: pinnedState(party.reporter, config.hubFingerprint),
    starts: party.starts,
    periodMs: config.telemetryPeriodMs,
    ...(config.joinSecret === undefined ? {} : { joinSecret: config.joinSecret }),
    readings,
  });
}

/** By default others reach the server at the address that the hub sees. */
async function advertised(config: ServerConfig, port: number, log: Log): Promise<Endpoint> {
  if (config.advertise === undefined) return { address: "0.0.0.0", port };
  const { host, port: given } = config.advertise;
  return resolveHost({ host, port: given === 0 ? port : given }, { log });
}

function take(event: ServerEvent, { party, host, log }: ServerParts): void {
  switch (event.type) {
    case "save":
    case "enrolled":
    case "hubChanged":
    case "hubAnswers":
      takeReporterEvent(event, {
        party,
        log,
        saved: () => {
          host.command({ type: "saved" });
        },
      });
      return;
    case "placeReserved":
      log.info({ router: formatMac(event.routerMac) }, "place reserved");
      return;
    case "relayStarted":
      log.info({ router: formatMac(event.routerMac) }, "relay started");
      return;
    case "placeFree":
      log.info({ router: formatMac(event.routerMac) }, "place free");
      return;
  }
}
