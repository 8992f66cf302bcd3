import { Hub } from "../../../runtime/roles/hub/hub.ts";
import type { HubCommand, HubEvent } from "../../../runtime/roles/hub/hub-events.ts";
import type {
  ClaimRow,
  HubChange,
  HubRows,
  RouterRow,
  ServerRow,
} from "../../../runtime/roles/hub/rows.ts";
import type { Program, ProgramDisk, ProgramProcess, ProgramStart } from "../../world/world.ts";
import { partyIdentity } from "../identities.ts";
import { readJson, writeJson } from "./disk-json.ts";
import { countStart, partyEnvironment, syncThen } from "./party-program.ts";
import type { PartyProgramOptions } from "./party-program.ts";

/** What a hub is made from. */
export interface HubProgramOptions extends PartyProgramOptions {
  /** Names of the identities of servers that may join. */
  readonly servers: readonly string[];
  /** Servers that show this secret may join too. Default none. */
  readonly joinSecret?: Uint8Array;
  /** How often rows that may be saved at leisure are written, ms. Default 10,000, as `runtime/stores/write-behind.ts`. */
  readonly flushMs?: number;
}

const FLUSH_MS = 10_000;
const INDEX_FILE = "index";

type HubProcess = ProgramProcess<HubCommand>;

/**
 * A hub with its store: one file a row, and an index of them. What the hub asks to be saved at once is synced before
 * it hears so, and so is what a claim changed; all other rows are written now and then.
 */
export function hubProgram(options: HubProgramOptions): Program<HubCommand, HubEvent> {
  let started: { readonly hub: Hub; readonly start: ProgramStart; readonly store: RowFiles };
  const flush = (): void => {
    for (const change of started.hub.takeChanges()) started.store.write(change);
  };
  const flushLater = (process: HubProcess): void => {
    process.after(options.flushMs ?? FLUSH_MS, () => {
      flush();
      flushLater(process);
    });
  };
  return {
    createRole: (start) => {
      const store = new RowFiles(start.disk);
      const hub = new Hub({
        ...partyEnvironment(options, start),
        starts: countStart(start.disk),
        nowMs: start.nowMs(),
        rows: store.read(),
        servers: options.servers.map((name) => partyIdentity(start.crypto, name).fingerprint),
        ...(options.joinSecret && { joinSecret: options.joinSecret }),
      });
      started = { hub, start, store };
      return hub;
    },
    onStart: flushLater,
    onEvent: (event, process) => {
      if (event.type === "save") {
        started.store.write(event.change);
        syncThen(options, { process, nowMs: started.start.nowMs() }, () => {
          process.command({ type: "saved", saveId: event.saveId });
        });
        return;
      }
      const isOwnership = event.type === "noted" && event.note === "claimed";
      if (!isOwnership && event.type !== "claimCreated" && event.type !== "claimRevoked") return;
      flush();
      if (isOwnership)
        syncThen(options, { process, nowMs: started.start.nowMs() }, () => undefined);
      // The account hears of a code, and that it is revoked, when that is on disk: here, at once.
      else process.disk.sync();
    },
  };
}

/** Rows in files. */
class RowFiles {
  readonly #disk: ProgramDisk;
  readonly #files: Set<string>;

  constructor(disk: ProgramDisk) {
    this.#disk = disk;
    this.#files = new Set(readJson(disk, INDEX_FILE) as readonly string[] | undefined);
  }

  read(): HubRows {
    const routers: RouterRow[] = [];
    const servers: ServerRow[] = [];
    const claims: ClaimRow[] = [];
    for (const file of this.#files) {
      const row = readJson(this.#disk, file);
      // The index is written before the row, so a crash in between leaves it without one.
      if (row === undefined) continue;
      if (file.startsWith("routers/")) routers.push(row as RouterRow);
      else if (file.startsWith("servers/")) servers.push(row as ServerRow);
      else claims.push(row as ClaimRow);
    }
    return { routers, servers, claims };
  }

  write({ table, key, row }: HubChange): void {
    const file = `${table}/${String(key)}`;
    if (row === undefined) {
      this.#disk.remove(file);
      return;
    }
    if (!this.#files.has(file)) {
      this.#files.add(file);
      writeJson(this.#disk, INDEX_FILE, [...this.#files]);
    }
    writeJson(this.#disk, file, row);
  }
}
