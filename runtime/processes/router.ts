import { fingerprintText } from "../core/index.ts";
import {
  compileRouterValidators,
  dispatchRouter,
  isRouterMethod,
} from "../../generated/control/rpc/router.ts";
import type { RouterHandlers } from "../../generated/control/rpc/router.ts";
import { ClaimOutcome, claimOutcomeName } from "../../generated/control/types.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import type { LogRing } from "../io/log-ring.ts";
import { readFigures, readInterfaces, readMac } from "../io/machine-telemetry.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import { Router } from "../roles/router/router.ts";
import type { RouterCommand, RouterEvent } from "../roles/router/router-events.ts";
import { lockFolder } from "../stores/folder-lock.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import type { RouterConfig, RunningRouter } from "./config-types.ts";
import { EventGate } from "./event-gate.ts";
import { readInventory, watchInventory } from "./inventory.ts";
import { logLastWords } from "./last-words.ts";
import { PartyStore } from "./party-store.ts";
import { pinnedState } from "./pinned-state.ts";
import { reboot } from "./reboot.ts";
import { takeReporterEvent } from "./reporter-events.ts";
import { resolveHost } from "./resolve-host.ts";
import { routerHandlers } from "./router-handlers.ts";
import { RouterSettings } from "./router-settings.ts";

/** What a router is made of before its sockets are open. */
interface RouterBase {
  readonly config: RouterConfig;
  readonly log: Log;
  readonly party: PartyStore;
  readonly mac: number;
  readonly settings: RouterSettings;
}

/** What the events of a router act on. */
interface RouterParts extends RouterBase {
  readonly host: RoleHost<RouterCommand, RouterEvent>;
  readonly handlers: RouterHandlers<undefined>;
}

/**
 * Runs a router until it is closed. This machine is what it reports of.
 * @param ring the last lines of `log`, for the method `log.tail`.
 * @throws {OperatorError} if a file cannot be had, or the hub is not the one that is known.
 */
export function runRouter(config: RouterConfig, log: Log, ring: LogRing): Promise<RunningRouter> {
  return opened(async (closing) => {
    closing.add(lockFolder(config.dataFolder));
    const party = await PartyStore.open(config.dataFolder, createNodeCrypto());
    const mac = config.mac ?? readMac(party.identity.fingerprint);
    const settings = new RouterSettings(config, party);
    return start({ config, log, party, mac, settings }, ring, closing);
  });
}

async function start(base: RouterBase, ring: LogRing, closing: Closing): Promise<RunningRouter> {
  const { log, mac, party } = base;
  const role = await createRouter(base);
  const events = new EventGate<RouterEvent>();
  const host = await RoleHost.start<RouterCommand, RouterEvent>({
    role,
    log,
    udp: { port: 0 },
    onEvent: events.take,
  });
  closing.add(async () => {
    host.command({ type: "stop" });
    await host.close();
    logLastWords(log, { role, host });
  });
  const parts = { ...base, host, handlers: handlersOf(base, ring, host) };
  events.open((event) => {
    take(event, parts);
  });
  const stopWatching = watchInventory((inventory) => {
    host.command({ type: "inventory", inventory });
  });
  closing.add(() => {
    stopWatching();
    return Promise.resolve();
  });
  host.command({ type: "start" });
  return { mac, fingerprint: party.identity.fingerprint, close: () => closing.run() };
}

async function createRouter({ config, log, party, mac, settings }: RouterBase): Promise<Router> {
  const { hub, hubFingerprint, claim } = config;
  return new Router({
    crypto: createNodeCrypto(),
    unixMs: Date.now,
    identity: party.identity,
    mac,
    hub: await resolveHost(hub, { log }),
    state: pinnedState(party.reporter, hubFingerprint),
    starts: party.starts,
    periodMs: settings.configuration.telemetryPeriodMs,
    inventory: readInventory(),
    ...(claim === undefined ? {} : { claim }),
    readings: readFigures,
    validators: compileRouterValidators(new AjvSchemaCompiler()),
  });
}

function handlersOf(
  { log, mac, settings }: RouterBase,
  ring: LogRing,
  host: RoleHost<RouterCommand, RouterEvent>,
): RouterHandlers<undefined> {
  return routerHandlers({
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
}

function take(event: RouterEvent, { host, party, handlers, log }: RouterParts): void {
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
    case "reported":
      if (event.claim === ClaimOutcome.refused) log.warn("the hub refused the claim code");
      else log.info({ ownership: claimOutcomeName(event.claim) }, "the hub stored the inventory");
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
