import type { Identity } from "../../runtime/core/index.ts";
import { AjvSchemaCompiler } from "../../runtime/io/schema-compiler.ts";
import { compileRouterValidators } from "../../generated/control/rpc/router.ts";
import { Router } from "../../runtime/roles/router/router.ts";
import type { RouterOptions } from "../../runtime/roles/router/router.ts";
import type { RouterEvent } from "../../runtime/roles/router/router-events.ts";
import type { ReporterState } from "../../runtime/roles/reporter/reporter.ts";
import { HUB_ENDPOINT } from "./hub-party.ts";
import { environmentOf } from "./party.ts";
import type { PartyHost, PartyWorld } from "./party.ts";

/** Checks of parameters and results, as the spec has them. */
export const VALIDATORS: ReturnType<typeof compileRouterValidators> = compileRouterValidators(
  new AjvSchemaCompiler(),
);

const INVENTORY: RouterOptions["inventory"] = {
  model: "test",
  firmware: "test 1",
  hostname: "router",
  software: "tagwire",
  interfaces: [],
};

const READINGS: ReturnType<RouterOptions["readings"]> = {
  uptimeS: 4711,
  loadPermille: 120,
  memoryTotalKib: 1024,
  memoryFreeKib: 512,
  rxBytes: 10,
  txBytes: 20,
};

/** Who a router is, and where. */
export interface RouterPlace {
  readonly identity: Identity;
  readonly mac: number;
  /** UDP port; it grows by one with each start, as behind a NAT. */
  readonly port: number;
}

/** A router with its store and handlers. */
export class RouterParty {
  readonly identity: Identity;
  readonly mac: number;
  readonly events: RouterEvent[] = [];
  role!: Router;
  host!: PartyHost;
  state: ReporterState = { key: undefined, hub: undefined };
  /** Whether the store does what it is asked to. */
  saves = true;
  /** Answers of the handlers by method; a missing one is never answered. */
  readonly answers: Map<string, unknown> = new Map([["system.uptime", { uptimeS: 4711 }]]);
  readonly #world: PartyWorld;
  readonly #port: number;
  readonly #options: Partial<RouterOptions>;
  #starts = 0;

  constructor(world: PartyWorld, place: RouterPlace, options: Partial<RouterOptions> = {}) {
    this.#world = world;
    this.identity = place.identity;
    this.mac = place.mac;
    this.#port = place.port;
    this.#options = options;
  }

  /** Starts the router, again if it runs, with what it saved. */
  start(options: Partial<RouterOptions> = {}): void {
    if (this.#starts > 0) this.kill();
    this.#starts += 1;
    this.host = this.#world.network.host("198.51.100.7", this.#port + this.#starts);
    this.role = new Router({
      ...environmentOf(this.#world),
      identity: this.identity,
      mac: this.mac,
      hub: HUB_ENDPOINT,
      state: this.state,
      starts: this.#starts,
      inventory: INVENTORY,
      readings: () => READINGS,
      validators: VALIDATORS,
      ...this.#options,
      ...options,
    });
    this.host.run(this.role, (event: RouterEvent) => {
      this.#take(event);
    });
    this.host.command({ type: "start" });
  }

  /** Ends the process without a word. */
  kill(): void {
    this.#world.network.remove(this.host);
  }

  count(code: string): number {
    return this.role.counts.get(code) ?? 0;
  }

  /** Calls that reached the handlers. */
  get calls(): readonly Extract<RouterEvent, { type: "call" }>[] {
    return this.events.filter((event) => event.type === "call");
  }

  #take(event: RouterEvent): void {
    this.events.push(event);
    if (event.type === "save" && this.saves) {
      this.state = event.state;
      this.host.command({ type: "saved" });
    }
    if (event.type === "call" && this.answers.has(event.method)) {
      const { session, call } = event;
      const handled = { ok: true, result: this.answers.get(event.method) };
      this.host.command({ type: "callEnded", session, call, handled });
    }
  }
}
