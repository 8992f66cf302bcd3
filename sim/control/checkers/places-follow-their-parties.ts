import type { ServerEvent } from "../../../runtime/roles/server/server.ts";
import type { Observation } from "../../world/observation.ts";
import type { ControlChecker, Happening, WatchedRun } from "../happening.ts";

/** A place lasts as long as those whose it is, and no shorter. */
export const placesFollowTheirParties: ControlChecker = {
  name: "places-follow-their-parties",
  doc: "A place is given up at once when the router that occupies it leaves, and one that waits for its router when the connection of the hub that reserved it ends, and for no other.",
  watch: (run) => {
    const observer = new PlaceObserver(run);
    return (happening: Happening): void => {
      observer.collect();
      if (happening.kind === "observed") observer.observed(happening.observation);
      else if (happening.kind === "process") observer.process(happening.host);
      else if (happening.kind === "event") {
        observer.event(happening.host, happening.event as ServerEvent);
      }
    };
  },
};

/** A place that was reserved. */
interface Reserved {
  readonly routerMac: number;
  /** The hub's connection that reserved it. */
  readonly visit: string;
}

/** What is known of one server. */
interface Server {
  /** The hub's connection that reserved last. */
  visit: string;
  readonly over: Set<string>;
  readonly reserved: Reserved[];
  /** Places that were given up because a connection of the hub ended, and are not reported free yet. */
  lostHub: number;
  /** Connections of the hub that have reserved a place and are open: each has reserved one. */
  readonly hubs: Set<string>;
  /** Places that wait for their routers. */
  waiting: number;
  changedMs: number;
  /** Since when a place should be free whose router has left, ms. */
  owedSinceMs: number | undefined;
}

class PlaceObserver {
  readonly #run: WatchedRun;
  readonly #servers = new Map<string, Server>();

  constructor(run: WatchedRun) {
    this.#run = run;
    for (const { host, kind } of run.parties) if (kind === "server") this.process(host);
  }

  process(host: string): void {
    const party = this.#run.parties.find((one) => one.host === host);
    if (party?.kind !== "server") return;
    const [visit, lostHub, owedSinceMs] = ["", 0, undefined];
    const counts = { hubs: new Set<string>(), waiting: 0, changedMs: this.#run.nowMs };
    const known = { visit, lostHub, owedSinceMs, over: new Set<string>(), reserved: [] };
    this.#servers.set(host, { ...known, ...counts });
  }

  observed(observation: Observation): void {
    if (observation.kind !== "transition") return;
    const server = this.#servers.get(observation.host);
    if (server === undefined) return;
    const { from, machine, on, scope, to } = observation;
    server.changedMs = this.#run.nowMs;
    if (machine === "ServerPlace" && from === "reserved" && to !== "reserved") server.waiting -= 1;
    if (machine === "ServerVisit") {
      if (to === "hub") {
        server.visit = scope;
        server.hubs.add(scope);
      }
      if (to === "over") {
        server.over.add(scope);
        server.hubs.delete(scope);
      }
      // Only routers rest at places as visits: a client that arrives starts the relay, which takes the streams.
      if (from === "placed" && on === "lost") server.owedSinceMs = this.#run.nowMs;
    } else if (machine === "ServerPlace" && to === "released") {
      server.owedSinceMs = undefined;
      if (on === "hubLost") server.lostHub += 1;
    }
  }

  event(host: string, event: ServerEvent): void {
    const server = this.#servers.get(host);
    if (server === undefined || !("routerMac" in event)) return;
    const { routerMac } = event;
    if (event.type === "placeReserved") {
      server.reserved.push({ routerMac, visit: server.visit });
      server.waiting += 1;
      server.changedMs = this.#run.nowMs;
    }
    if (event.type === "placeFree") this.#freed(host, server, routerMac);
  }

  /** Places of one router are not told apart: whichever may have been meant counts. */
  #freed(host: string, server: Server, routerMac: number): void {
    const own = server.reserved.filter((place) => place.routerMac === routerMac);
    const left = own.find(({ visit }) => server.over.has(visit));
    const isForHub = server.lostHub > 0;
    if (isForHub) server.lostHub -= 1;
    const freed = left ?? own[0];
    if (freed !== undefined) server.reserved.splice(server.reserved.indexOf(freed), 1);
    if (isForHub && left === undefined) {
      this.#run.violate(`${host} gives up a place that the hub has reserved and not left`);
    }
  }

  /** What happens at once is over before the clock moves on. */
  collect(): void {
    for (const [host, server] of this.#servers) {
      if (server.waiting > server.hubs.size && server.changedMs < this.#run.nowMs) {
        server.waiting = server.hubs.size;
        this.#run.violate(`${host} keeps a place for a hub that has left`);
      }
      if (server.owedSinceMs === undefined || server.owedSinceMs === this.#run.nowMs) continue;
      server.owedSinceMs = undefined;
      this.#run.violate(`${host} keeps a place whose router has left`);
    }
  }
}
