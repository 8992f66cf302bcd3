import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { OperatorError, encodeHex } from "../core/index.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { AjvSchemaCompiler } from "../io/schema-compiler.ts";
import type {
  MainServerCommand,
  MainServerEvent,
  NodeRow,
} from "../roles/tunnel/main/main-events.ts";
import { MainServer } from "../roles/tunnel/main/main-server.ts";
import { compileTunnelValidators } from "../roles/tunnel/tunnel-validators.ts";
import { tunnelProblemName } from "../../generated/tunnel/types.ts";
import { lockFolder } from "../stores/folder-lock.ts";
import { StateFile } from "../stores/state-file.ts";
import type { StateValue } from "../stores/state-file.ts";
import type { Closing } from "./closing.ts";
import { opened } from "./closing.ts";
import { EventGate } from "./event-gate.ts";
import { logLastWords } from "./last-words.ts";
import { listenAddress } from "./listen-address.ts";
import { PartyStore } from "./party-store.ts";
import type { RunningTunnelMain, TunnelMainConfig } from "./tunnel-types.ts";

/** Connections of nodes behind one address: an office's, or a demonstration's. */
const CONNECTIONS_PER_ADDRESS_MAX = 10_000;

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
  const store = new MainStore(config.dataFolder);
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
    limits: { connectionsPerAddressMax: CONNECTIONS_PER_ADDRESS_MAX },
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
  readonly store: MainStore;
  readonly host: RoleHost<MainServerCommand, MainServerEvent>;
  readonly log: Log;
}

function take(event: MainServerEvent, { store, host, log }: MainParts): void {
  switch (event.type) {
    case "save": {
      const ok = store.save(event.row, log);
      host.command({ type: "saved", save: event.save, ok });
      return;
    }
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

/** What a main server keeps: the secret of its passwords, and one file for each node, so that a change writes little. */
class MainStore {
  readonly secret: Uint8Array;
  readonly rows: readonly NodeRow[];
  readonly #folder: string;
  readonly #index: StateFile;
  readonly #known: Set<string>;

  /** @throws {OperatorError} if a file is damaged or cannot be written. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#index = new StateFile(join(folder, "tunnel-main.json"));
    const { nodes = [], secret } = (this.#index.load() ?? {}) as {
      readonly nodes?: readonly string[];
      readonly secret?: StateValue;
    };
    if (secret !== undefined && !(secret instanceof Uint8Array && secret.length === 32)) {
      throw this.#damaged(this.#index.file);
    }
    this.secret = secret ?? new Uint8Array(randomBytes(32));
    this.#known = new Set(nodes);
    if (secret === undefined) this.#saveIndex();
    this.rows = nodes.flatMap((node) => this.#load(node) ?? []);
  }

  /** Whether it is on disk now. */
  save(row: NodeRow, log: Log): boolean {
    const node = encodeHex(row.fingerprint);
    const { passwords } = row;
    try {
      this.#file(node).save({
        fingerprint: row.fingerprint,
        name: row.name,
        current: passwords?.current,
        previous: passwords?.previous,
      });
      if (!this.#known.has(node)) {
        this.#known.add(node);
        this.#saveIndex();
      }
      return true;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      log.error({ err: error }, "a node could not be saved");
      return false;
    }
  }

  #saveIndex(): void {
    this.#index.save({ secret: this.secret, nodes: [...this.#known] });
  }

  #load(node: string): NodeRow | undefined {
    const file = this.#file(node);
    const row = file.load() as Readonly<Record<string, StateValue | undefined>> | undefined;
    if (row === undefined) return undefined;
    const { current, fingerprint, name, previous } = row as {
      readonly [Name in "current" | "fingerprint" | "name" | "previous"]?: StateValue;
    };
    if (!(fingerprint instanceof Uint8Array)) throw this.#damaged(file.file);
    const before = previous instanceof Uint8Array ? previous : undefined;
    return {
      fingerprint,
      name: typeof name === "string" ? name : undefined,
      passwords: current instanceof Uint8Array ? { current, previous: before } : undefined,
    };
  }

  #file(node: string): StateFile {
    return new StateFile(join(this.#folder, "nodes", `${node}.json`));
  }

  #damaged(place: string): OperatorError {
    return new OperatorError({
      place,
      problem: "is not what a main server keeps there.",
      remedy: "Restore it from a backup.",
    });
  }
}
