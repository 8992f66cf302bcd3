import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import type { MainServerCommand, MainServerEvent } from "../roles/tunnel/main/main-events.ts";
import { MainServer } from "../roles/tunnel/main/main-server.ts";
import { compileTunnelValidators } from "../roles/tunnel/tunnel-validators.ts";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import { tunnelProblemName } from "../../generated/tunnel/types.ts";
import { lockFolder } from "../stores/folder-lock.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import { EventGate } from "./event-gate.ts";
import { logLastWords } from "./last-words.ts";
import { listenAddress } from "./listen-address.ts";
import { PartyStore } from "./party-store.ts";
import { TunnelMainStore } from "./tunnel-main-store.ts";
import type { RunningTunnelMain, TunnelMainConfig } from "./tunnel-types.ts";

/** Runs a main server until it is closed. @throws {OperatorError} if a file, an address or a port cannot be had. */
export function runTunnelMain(config: TunnelMainConfig, log: Log): Promise<RunningTunnelMain> {
  return opened((closing) => start(config, log, closing));
}

async function start(
  config: TunnelMainConfig,
  log: Log,
  closing: Closing,
): Promise<RunningTunnelMain> {
  closing.add(lockFolder(config.dataFolder));
  const crypto = createNodeCrypto();
  const party = await PartyStore.open(config.dataFolder, crypto);
  const store = await TunnelMainStore.open(config.dataFolder, log);
  closing.add(() => store.close());
  const role = new MainServer({
    crypto,
    unixMs: Date.now,
    identity: party.identity,
    secret: store.secret,
    rows: store.rows,
    validators: compileTunnelValidators(new AjvSchemaCompiler()),
  });
  const events = new EventGate<MainServerEvent>();
  const host = await RoleHost.start<MainServerCommand, MainServerEvent>({
    role,
    log,
    tcp: await listenAddress(config.listen, log),
    limits: {
      connectionsMax: TUNNEL_LIMITS.connectionsMax,
      connectionsPerAddressMax: TUNNEL_LIMITS.connectionsPerAddressMax,
    },
    onEvent: events.take,
  });
  closing.add(async () => {
    host.command({ type: "stop" });
    await host.close();
    logLastWords(log, { role, host });
  });
  events.open((event) => {
    take(event, { store, host, log });
  });
  const endpoint = host.tcpAddress;
  if (endpoint === undefined) throw new RangeError("the main server does not listen");
  return { endpoint, fingerprint: party.identity.fingerprint, close: () => closing.run() };
}

interface MainParts {
  readonly store: TunnelMainStore;
  readonly host: RoleHost<MainServerCommand, MainServerEvent>;
  readonly log: Log;
}

function take(event: MainServerEvent, { store, host, log }: MainParts): void {
  switch (event.type) {
    case "save": {
      const { row, save } = event;
      void store.save(row).then(() => {
        host.command({ type: "saved", save, ok: true });
      });
      return;
    }
    case "forget":
      store.forget(event.fingerprint);
      return;
    case "nodeJoined":
      log.info({ node: event.name, address: event.address }, "node joined");
      return;
    case "nodeLeft":
      log.info({ node: event.name }, "node left");
      return;
    case "tunnelOpen":
      log.info({ tunnel: event.tunnel, path: event.path, openMs: event.openMs }, "tunnel open");
      return;
    case "pathFailed":
      log.info({ tunnel: event.tunnel, at: event.at }, "a path failed");
      return;
    case "tunnelOver":
      log.info({ tunnel: event.tunnel, problem: tunnelProblemName(event.problem) }, "tunnel over");
      return;
  }
}
