import type { Identity } from "../../runtime/core/index.ts";
import { Server } from "../../runtime/roles/server/server.ts";
import type { ServerEvent, ServerOptions } from "../../runtime/roles/server/server.ts";
import type { ReporterState } from "../../runtime/roles/reporter/reporter.ts";
import { HUB_ENDPOINT } from "./hub-party.ts";
import { environmentOf } from "./party.ts";
import type { PartyHost, PartyWorld } from "./party.ts";

/** How many places a server has unless a test says otherwise. */
const PLACES = 4;

/** A server with its store. */
export class ServerParty {
  readonly identity: Identity;
  readonly events: ServerEvent[] = [];
  role!: Server;
  host!: PartyHost;
  state: ReporterState = { key: undefined, hub: undefined };
  /** Whether the store does what it is asked to. */
  saves = true;
  readonly #world: PartyWorld;
  readonly #port: number;
  readonly #options: Partial<ServerOptions>;
  #starts = 0;

  constructor(
    world: PartyWorld,
    place: { readonly identity: Identity; readonly port: number },
    options: Partial<ServerOptions> = {},
  ) {
    this.#world = world;
    this.identity = place.identity;
    this.#port = place.port;
    this.#options = options;
  }

  /** Starts the server, again if it runs, with what it saved. */
  start(options: Partial<ServerOptions> = {}): void {
    if (this.#starts > 0) this.kill();
    this.#starts += 1;
    this.host = this.#world.network.host("203.0.113.1", this.#port);
    this.role = new Server({
      ...environmentOf(this.#world),
      identity: this.identity,
      hub: HUB_ENDPOINT,
      places: PLACES,
      state: this.state,
      starts: this.#starts,
      readings: () => ({ loadPermille: 100, relayedBytes: 0 }),
      ...this.#options,
      ...options,
    });
    this.host.run(this.role, (event: ServerEvent) => {
      this.events.push(event);
      if (event.type !== "save" || !this.saves) return;
      this.state = event.state;
      this.host.command({ type: "saved" });
    });
    this.host.command({ type: "start", endpoint: this.host.endpoint });
  }

  /** Ends the process without a word. */
  kill(): void {
    this.#world.network.remove(this.host);
  }

  count(code: string): number {
    return this.role.counts.get(code) ?? 0;
  }
}
