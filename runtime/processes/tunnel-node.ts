import { randomBytes } from "node:crypto";
import { OperatorError, fingerprintText } from "../core/index.ts";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { readFigures } from "../io/machine-telemetry.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import type { ProcessLoopback } from "../io/process-loopback.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import type { TunnelNodeCommand, TunnelNodeEvent } from "../roles/tunnel/node/node-events.ts";
import { TunnelNode } from "../roles/tunnel/node/tunnel-node.ts";
import { compileTunnelValidators } from "../roles/tunnel/tunnel-validators.ts";
import { lockFolder } from "../stores/folder-lock.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import { EventGate } from "./event-gate.ts";
import { frontDoor } from "./front-door.ts";
import { logLastWords } from "./last-words.ts";
import { PartyStore } from "./party-store.ts";
import { resolveHost } from "./resolve-host.ts";
import { TunnelNodeStore } from "./tunnel-node-store.ts";
import type { RunningTunnelNode, TunnelNodeConfig } from "./tunnel-types.ts";

/** Fronts are programs of this machine's user. */
const FRONT_ADDRESS = "127.0.0.1";
const TUNNELS_MAX = 64;
/** Whoever starts a node is told if it is not connected by then. */
const PATIENCE_MS = 3000;

/**
 * Runs a node until it is closed.
 * @param loopback what fronts in this process are given as well. Default: they come by the kernel, as others do.
 * @throws {OperatorError} if a file or a port cannot be had.
 */
export function runTunnelNode(
  config: TunnelNodeConfig,
  log: Log,
  loopback?: ProcessLoopback,
): Promise<RunningTunnelNode> {
  return opened((closing) => start(config, { log, loopback, closing }));
}

async function start(
  config: TunnelNodeConfig,
  {
    log,
    loopback,
    closing,
  }: {
    readonly log: Log;
    readonly loopback: ProcessLoopback | undefined;
    readonly closing: Closing;
  },
): Promise<RunningTunnelNode> {
  closing.add(lockFolder(config.dataFolder));
  const party = await PartyStore.open(config.dataFolder, createNodeCrypto());
  const store = new TunnelNodeStore(config.dataFolder);
  const token = new Uint8Array(randomBytes(32));
  const role = await createRole(config, { log, party, store, token });
  const events = new EventGate<TunnelNodeEvent>();
  const host = await RoleHost.start<TunnelNodeCommand, TunnelNodeEvent>({
    role,
    log,
    loopback,
    limits: { relayIdleMs: TUNNEL_LIMITS.idleMs },
    onEvent: events.take,
  });
  const session = new SessionWatch(() => {
    log.warn(config.main, "no connection to the main server yet; it is tried until there is one");
  });
  closing.add(async () => {
    await session.end(() => {
      host.command({ type: "logout" });
    });
    host.command({ type: "stop" });
    await host.close();
    logLastWords(log, { role, host });
  });
  const fronts = Promise.withResolvers<number>();
  events.open((event) => {
    if (event.type === "frontsAt") {
      if (event.port === undefined) fronts.reject(noFrontPort());
      else fronts.resolve(event.port);
    }
    // The role says it also when there was nothing to lose.
    if (event.type === "offline" && !session.isOnline) return;
    session.take(event);
    take(event, { store, host, log });
  });
  host.command({ type: "start" });
  const frontPort = await fronts.promise;
  frontDoor(config.dataFolder).save({ address: FRONT_ADDRESS, port: frontPort, token });
  const { fingerprint } = party.identity;
  const { online, refused } = session;
  return { frontPort, fingerprint, online, refused, close: () => closing.run() };
}

/** Whether there is a session to log out from. */
class SessionWatch {
  readonly #online = Promise.withResolvers<undefined>();
  readonly #refused = Promise.withResolvers<string>();
  readonly #loggedOut = Promise.withResolvers<undefined>();
  readonly #patience: NodeJS.Timeout;
  #isOnline = false;

  /** @param late called if there is no session in time. */
  constructor(late: () => void) {
    this.#patience = setTimeout(late, PATIENCE_MS);
  }

  /** Whether there is a session that somebody wants. */
  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** Settles when the node is connected for the first time. */
  get online(): Promise<void> {
    return this.#online.promise;
  }

  /** Settles when the main server refuses the node for the first time, with its reason. */
  get refused(): Promise<string> {
    return this.#refused.promise;
  }

  take(event: TunnelNodeEvent): void {
    const { type } = event;
    if (event.type === "refused") this.#refused.resolve(event.message);
    if (type === "online" || type === "refused") clearTimeout(this.#patience);
    if (type === "online") this.#online.resolve(undefined);
    if (type === "online" || type === "offline") this.#isOnline = type === "online";
    if (type === "loggedOut") this.#loggedOut.resolve(undefined);
  }

  /** Has the session ended, if there is one, and waits for that; the role bounds the wait. */
  async end(logOut: () => void): Promise<void> {
    clearTimeout(this.#patience);
    if (!this.#isOnline) return;
    this.#isOnline = false;
    logOut();
    await this.#loggedOut.promise;
  }
}

async function createRole(
  config: TunnelNodeConfig,
  {
    log,
    party,
    store,
    token,
  }: {
    readonly log: Log;
    readonly party: PartyStore;
    readonly store: TunnelNodeStore;
    readonly token: Uint8Array;
  },
): Promise<TunnelNode> {
  return new TunnelNode({
    crypto: createNodeCrypto(),
    unixMs: Date.now,
    identity: party.identity,
    main: await resolveHost(config.main, { log }),
    mainFingerprint: config.mainFingerprint ?? store.main,
    password: store.password,
    description: {
      name: config.name,
      operator: config.operator,
      relays: config.relays ?? false,
      relay_for: [...(config.relayFor ?? [])],
      tunnels_max: config.tunnelsMax ?? TUNNELS_MAX,
      address: config.advertise ?? null,
    },
    fronts: { address: FRONT_ADDRESS, port: 0 },
    token,
    hops: { address: config.hopAddress, ports: config.hopPorts },
    allowPrivate: config.allowPrivate,
    bytesPerS: config.bytesPerS,
    loadPermille: () => readFigures().loadPermille,
    validators: compileTunnelValidators(new AjvSchemaCompiler()),
  });
}

function noFrontPort(): OperatorError {
  return new OperatorError({
    place: FRONT_ADDRESS,
    problem: "no port for the programs of this machine could be opened.",
    remedy: "End programs that hold many ports.",
  });
}

interface NodeParts {
  readonly store: TunnelNodeStore;
  readonly host: RoleHost<TunnelNodeCommand, TunnelNodeEvent>;
  readonly log: Log;
}

function take(event: TunnelNodeEvent, { store, host, log }: NodeParts): void {
  switch (event.type) {
    case "savePassword":
      // What is not on disk must not be used: the role tries again later.
      if (
        isSaved(log, () => {
          store.savePassword(event.password);
        })
      )
        host.command({ type: "saved" });
      return;
    case "mainLearnt":
      isSaved(log, () => {
        store.saveMain(event.fingerprint);
      });
      return;
    case "mainChanged":
      log.error(
        { found: fingerprintText(event.found) },
        "another identity answers at the main server's address and is refused: compare it with what `tagwire tunnel main` prints, and give it as --main-fingerprint if it is right",
      );
      return;
    case "frontsAt":
      return;
    case "online":
      log.info("connected to the main server");
      return;
    case "offline":
      log.warn("not connected to the main server; its tunnels have ended");
      return;
    case "loggedOut":
      log.info("logged out from the main server");
      return;
    case "refused":
      log.error(
        { reason: event.message },
        "the main server refused; nobody can use this node until that is mended",
      );
      return;
    case "tunnelOver":
      log.info({ tunnel: event.tunnel, clean: event.isClean }, "tunnel over");
      return;
  }
}

function isSaved(log: Log, save: () => void): boolean {
  try {
    save();
    return true;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    log.error({ err: error }, "what the node must keep could not be saved");
    return false;
  }
}
