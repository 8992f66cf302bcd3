import type { Endpoint } from "../../runtime/core/index.ts";
import { Hub } from "../../runtime/roles/hub/hub.ts";
import type { HubOptions } from "../../runtime/roles/hub/hub.ts";
import type { HubEvent } from "../../runtime/roles/hub/hub-events.ts";
import type { HubChange, HubRows } from "../../runtime/roles/hub/rows.ts";
import { environmentOf } from "./party.ts";
import type { PartyHost, PartyWorld } from "./party.ts";

/** Where the hub is. */
export const HUB_ENDPOINT: Endpoint = { address: "192.0.2.1", port: 7400 };

/** A hub with its store. */
export class HubParty {
  readonly events: HubEvent[] = [];
  role!: Hub;
  host!: PartyHost;
  /** Whether the store does what it is asked to. */
  saves = true;
  /** Hears each event. */
  onEvent: (event: HubEvent) => void = () => undefined;
  readonly #world: PartyWorld;
  readonly #options: Pick<HubOptions, "identity"> & Partial<HubOptions>;
  readonly #rows = new Map<string, HubChange>();
  #starts = 0;

  constructor(world: PartyWorld, options: Pick<HubOptions, "identity"> & Partial<HubOptions>) {
    this.#world = world;
    this.#options = options;
  }

  /** Starts the hub, again if it runs, on what its store holds. `options` are added to those it was made with. */
  start(options: Partial<HubOptions> = {}): void {
    const { network } = this.#world;
    if (this.#starts > 0) this.kill();
    this.#starts += 1;
    this.host = network.host(HUB_ENDPOINT.address, HUB_ENDPOINT.port);
    this.role = new Hub({
      ...environmentOf(this.#world),
      rows: this.#storedRows(),
      starts: this.#starts,
      nowMs: network.nowMs,
      servers: [],
      ...this.#options,
      ...options,
    });
    this.host.run(this.role, (event: HubEvent) => {
      this.#take(event);
    });
  }

  /** Ends the process without a word. */
  kill(): void {
    this.#world.network.remove(this.host);
  }

  /** Puts everything the hub has changed into its store, as its process does every few seconds. */
  flush(): void {
    for (const change of this.role.takeChanges()) this.#store(change);
  }

  loseStore(): void {
    this.#rows.clear();
  }

  count(code: string): number {
    return this.role.counts.get(code) ?? 0;
  }

  #take(event: HubEvent): void {
    this.events.push(event);
    if (event.type === "save" && this.saves) {
      this.#store(event.change);
      this.host.command({ type: "saved", saveId: event.saveId });
    }
    this.onEvent(event);
  }

  #store(change: HubChange): void {
    this.#rows.set(`${change.table}/${String(change.key)}`, change);
  }

  #storedRows(): HubRows {
    const changes = [...this.#rows.values()];
    return {
      routers: changes.flatMap((one) => (one.table === "routers" && one.row ? [one.row] : [])),
      servers: changes.flatMap((one) => (one.table === "servers" && one.row ? [one.row] : [])),
      claims: changes.flatMap((one) => (one.table === "claims" && one.row ? [one.row] : [])),
    };
  }
}
