import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { fingerprintText, parseMac } from "../core/index.ts";
import type { Inventory } from "../../generated/control/messages/visits.ts";
import {
  compileRouterValidators,
  dispatchRouter,
  isRouterMethod,
} from "../../generated/control/rpc/router.ts";
import type { RouterHandlers } from "../../generated/control/rpc/router.ts";
import { ClaimOutcome, claimOutcomeName } from "../../generated/control/types.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { LogRing } from "../io/log-ring.ts";
import { readDescription, readFigures, readInterfaces, readMac } from "../io/machine-telemetry.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import { Router } from "../roles/router/router.ts";
import type { RouterCommand, RouterEvent } from "../roles/router/router-events.ts";
import type { RouterConfig, RunningRouter } from "./config-types.ts";
import { PartyStore } from "./party-store.ts";
import { pinnedState } from "./pinned-state.ts";
import { resolveHost } from "./resolve-host.ts";
import { routerHandlers } from "./router-handlers.ts";
import { RouterSettings } from "./router-settings.ts";
import { SOFTWARE } from "./software.ts";

/** How often to look whether the machine's interfaces changed, milliseconds. */
const INVENTORY_MS = 60_000;

const REBOOT = "/sbin/reboot";

/** What the events of a router act on. */
interface RouterParts {
  readonly host: RoleHost<RouterCommand, RouterEvent>;
  readonly party: PartyStore;
  readonly handlers: RouterHandlers<undefined>;
  readonly log: Log;
}

/**
 * Runs a router until it is closed. This machine is what it reports of.
 * @param ring the last lines of `log`, for the method `log.tail`.
 */
export async function runRouter(
  config: RouterConfig,
  log: Log,
  ring: LogRing = new LogRing(),
): Promise<RunningRouter> {
  const crypto = createNodeCrypto();
  const party = await PartyStore.open(config.dataFolder, crypto);
  const mac = config.mac ?? readMac(party.identity.fingerprint);
  const settings = new RouterSettings(config, party);
  const role = new Router({
    crypto,
    unixMs: Date.now,
    identity: party.identity,
    mac,
    hub: await resolveHost(config.hub, { log }),
    state: pinnedState(party.reporter, config.hubFingerprint),
    starts: party.starts,
    periodMs: settings.configuration.telemetryPeriodMs,
    inventory: readInventory(),
    ...(config.claim === undefined ? {} : { claim: config.claim }),
    readings: readFigures,
    validators: compileRouterValidators(new AjvSchemaCompiler()),
  });
  const handlers = routerHandlers({
    mac,
    inventory: readInventory,
    readings: readFigures,
    interfaces: readInterfaces,
    log: ring,
    configuration: () => settings.configuration,
    configure: (change) => {
      settings.change(change);
      const { telemetryPeriodMs } = change;
      if (telemetryPeriodMs !== undefined) {
        host.command({ type: "setPeriod", periodMs: telemetryPeriodMs });
      }
    },
    reboot: (inS) => reboot(inS, log),
  });
  const host: RoleHost<RouterCommand, RouterEvent> = await RoleHost.start({
    role,
    log,
    udp: { port: 0 },
    onEvent: (event) => {
      take(event, { host, party, handlers, log });
    },
  });
  const watch = watchInventory(host);
  host.command({ type: "start" });
  return {
    mac,
    fingerprint: party.identity.fingerprint,
    close: async () => {
      clearInterval(watch);
      host.command({ type: "stop" });
      await host.close();
    },
  };
}

function take(event: RouterEvent, { host, party, handlers, log }: RouterParts): void {
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
    case "reported":
      if (event.claim === ClaimOutcome.refused) log.warn("the hub refused the claim code");
      else log.info({ claimOutcome: claimOutcomeName(event.claim) }, "the hub stored the inventory");
      return;
    case "call":
      void answer(event, { host, handlers });
      return;
    case "fault":
      log.error({ method: event.method, problem: event.problem }, "a handler failed");
      return;
    case "sessionOpen":
      log.info(
        { meeting: event.session, client: fingerprintText(event.client) },
        "a client is connected",
      );
      return;
    case "sessionOver":
      log.info({ meeting: event.session }, "a session is over");
      return;
  }
}

/** Runs the handler of a call; what it throws is told to the role, which knows what the client may see. */
async function answer(
  { session, call, method, params }: Extract<RouterEvent, { type: "call" }>,
  { host, handlers }: Pick<RouterParts, "host" | "handlers">,
): Promise<void> {
  let handled: Extract<RouterCommand, { type: "callEnded" }>["handled"];
  try {
    if (!isRouterMethod(method)) throw new RangeError(`there is no method ${method}`);
    handled = { ok: true, result: await dispatchRouter(handlers, method, params, undefined) };
  } catch (error) {
    handled = { ok: false, error };
  }
  host.command({ type: "callEnded", session, call, handled });
}

function readInventory(): Inventory {
  return {
    ...readDescription(),
    software: SOFTWARE,
    interfaces: readInterfaces()
      .slice(0, 32)
      .map(({ name, mac, addresses }) => ({
        name: name.slice(0, 32),
        mac: parseMac(mac) ?? 0,
        addresses: addresses.slice(0, 16),
      })),
  };
}

/** Reports a changed inventory: an interface that came or went, another address or name. */
function watchInventory(host: RoleHost<RouterCommand, RouterEvent>): NodeJS.Timeout {
  let last = JSON.stringify(readInventory());
  return setInterval(() => {
    const inventory = readInventory();
    const text = JSON.stringify(inventory);
    if (text === last) return;
    last = text;
    host.command({ type: "inventory", inventory });
  }, INVENTORY_MS);
}

/** Restarts this machine by its own command. @throws {Error} if this user may not, or there is none. */
async function reboot(inS: number, log: Log): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("only root may restart the machine");
  await access(REBOOT, constants.X_OK);
  log.warn({ inS }, "a client restarts this machine");
  setTimeout(() => {
    execFile(REBOOT, (error) => {
      if (error !== null) log.error({ err: error }, "the machine did not restart");
    });
  }, inS * 1000);
}
