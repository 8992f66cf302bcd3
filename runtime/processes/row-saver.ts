import type { Log } from "../io/log.ts";
import type { Hub } from "../roles/hub/hub.ts";
import type { HubChange } from "../roles/hub/rows.ts";
import type { HubTables } from "../stores/hub-schema.ts";
import type { SqliteStore } from "../stores/sqlite-store.ts";
import { WriteBehind } from "../stores/write-behind.ts";

/** What rows are taken from and where they go. */
export interface RowSaverOptions {
  readonly hub: Hub;
  readonly store: SqliteStore<HubTables>;
  readonly log: Log;
}

/** Brings what a hub changes to the disk: telemetry now and then, what somebody relies on before they do. */
export class RowSaver {
  readonly #hub: Hub;
  readonly #behind: WriteBehind<HubTables>;

  constructor({ hub, store, log }: RowSaverOptions) {
    this.#hub = hub;
    this.#behind = new WriteBehind<HubTables>({
      store,
      collect: () => hub.takeChanges(),
      onError: (error) => {
        log.error({ err: error }, "the store failed; what changed is kept and saved later");
      },
    });
  }

  start(): void {
    this.#behind.start();
  }

  /** Resolves once the change is on disk, if need be after several tries. */
  saveNow(change: HubChange): Promise<void> {
    return this.#behind.saveNow(change);
  }

  /** Resolves once the claims that changed are on disk, and with them the router that used one. */
  async saveClaims(router?: number): Promise<void> {
    const saves: Promise<void>[] = [];
    for (const change of this.#hub.takeChanges()) {
      const isUrgent =
        change.table === "claims" || (change.table === "routers" && change.key === router);
      if (isUrgent) saves.push(this.#behind.saveNow(change));
      else this.#behind.add([change]);
    }
    await Promise.all(saves);
  }

  /** Saves all that is left. @throws {OperatorError} if it cannot be saved. */
  close(): Promise<void> {
    return this.#behind.close();
  }
}
