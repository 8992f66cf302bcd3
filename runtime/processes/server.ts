import { fingerprintText, formatMac } from "../core/index.ts";
import type { Endpoint } from "../core/index.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { readFigures } from "../io/machine-telemetry.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { Server } from "../roles/server/server.ts";
import type { ServerCommand, ServerEvent } from "../roles/server/server.ts";
import type { RunningServer, ServerConfig } from "./config-types.ts";
import { listenAddress } from "./listen-address.ts";
import { PartyStore } from "./party-store.ts";
import { pinnedState } from "./pinned-state.ts";
import { resolveHost } from "./resolve-host.ts";

/** Runs a relay server until it is closed. */
export async function runServer(config: ServerConfig, log: Log): Promise<RunningServer> {
  const crypto = createNodeCrypto();
  const party = await PartyStore.open(config.dataFolder, crypto);
  const role = new Server({
    crypto,
    unixMs: Date.now,
    identity: party.identity,
    hub: await resolveHost(config.hub, { log }),
    places: config.places,
    state: pinnedState(party.reporter, config.hubFingerprint),
    starts: party.starts,
    periodMs: config.telemetryPeriodMs,
    ...(config.joinSecret === undefined ? {} : { joinSecret: config.joinSecret }),
    readings: () => ({
      loadPermille: readFigures().loadPermille,
      relayedBytes: host.counters.streams.relayedBytes,
    }),
  });
  const host: RoleHost<ServerCommand, ServerEvent> = await RoleHost.start({
    role,
    log,
    udp: { port: 0 },
    tcp: listenAddress(config.listen),
    onEvent: (event) => {
      take(event, party, { host, log });
    },
  });
  const tcp = host.tcpAddress;
  if (tcp === undefined) throw new RangeError("the server does not listen");
  host.command({ type: "start", endpoint: await advertised(config, tcp.port, log) });
  return {
    tcp,
    fingerprint: party.identity.fingerprint,
    close: async () => {
      host.command({ type: "stop" });
      await host.close();
    },
  };
}

/** By default others reach the server at the address that the hub sees. */
async function advertised(config: ServerConfig, port: number, log: Log): Promise<Endpoint> {
  if (config.advertise === undefined) return { address: "0.0.0.0", port };
  const { host, port: given } = config.advertise;
  return resolveHost({ host, port: given === 0 ? port : given }, { log });
}

function take(
  event: ServerEvent,
  party: PartyStore,
  around: { readonly host: RoleHost<ServerCommand, ServerEvent>; readonly log: Log },
): void {
  const { host, log } = around;
  switch (event.type) {
    case "save":
      try {
        party.saveReporter(event.state);
        host.command({ type: "saved" });
      } catch (error) {
        log.error({ err: error }, "the key could not be saved; the hub will be asked again");
      }
      return;
    case "enrolled":
      log.info({ hub: fingerprintText(event.hub) }, "enrolled with the hub");
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
