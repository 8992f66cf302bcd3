import type { Endpoint } from "../../../runtime/core/index.ts";
import { serverSubject } from "../../../runtime/roles/reporter/server-subject.ts";
import type { Observation } from "../../world/observation.ts";
import type { Datagram, Happening, WatchedRun } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** What an observer knows of a server. */
export interface Load {
  readonly host: string;
  readonly subject: number;
  readonly endpoint: Endpoint;
  readonly sequence: number;
  readonly total: number;
  readonly loadPermille: number;
  readonly atMs: number;
  readonly periodMs: number;
  /** Places that the hub counts as taken: at least, and at most. They differ while it is not known why a server refused. */
  low: number;
  high: number;
}

/** A request that looks for a server. */
export interface Search {
  /** Servers that it was sent to, by their endpoints; the last one is where it is now. */
  readonly tried: string[];
}

/** What is heard of the hub's choices. */
export interface LoadListener {
  /** The hub sends a request to a server; what it counts there is as it was before. `chosen` is undefined if that server has not reported to this hub. */
  chose?(search: Search, chosen: Load | undefined, to: Endpoint): void;
  /** The hub finds no server for a request. */
  gaveUp?(search: Search): void;
  /** The observer learnt something. */
  learnt?(): void;
}

/** Clocks of hosts go wrong by up to 500 ppm. */
const CLOCK_RATIO = 1.002;
const SLACK_MS = 20;
/** Events upon which a request that has no place looks for the next server. */
const SEEKING = new Set(["dialIn", "ReserveRefused", "serverLost", "reserve"]);
const SEEKERS = new Set(["invited", "dialedIn", "reserving"]);

/** Counts along with the hub, from what it takes in and what it does. */
export class LoadObserver {
  readonly #run: WatchedRun;
  readonly #hub: string | undefined;
  readonly #listener: LoadListener;
  readonly #loads = new Map<number, Load>();
  readonly #searches = new Map<string, Search>();
  /** Requests whose server is dialled next, and since when. */
  #dialling: { readonly search: Search; readonly atMs: number }[] = [];

  constructor(run: WatchedRun, listener: LoadListener) {
    this.#run = run;
    this.#listener = listener;
    this.#hub = run.parties.find(({ kind }) => kind === "hub")?.host;
  }

  /** Host of the hub. */
  get hub(): string | undefined {
    return this.#hub;
  }

  /** Of all servers that reported since this hub was started. */
  get loads(): Iterable<Load> {
    return this.#loads.values();
  }

  take(happening: Happening): void {
    if (happening.kind === "accepted") this.#accepted(happening);
    else if (happening.kind === "observed") this.#observed(happening.observation);
    else if (happening.kind === "dialled") this.#dialled(happening.host, happening.to);
    else if (happening.kind === "process" && happening.host === this.#hub) {
      this.#loads.clear();
      this.#searches.clear();
      this.#dialling = [];
    }
  }

  /** Whether the hub certainly takes it for fresh. */
  isFresh(load: Load): boolean {
    return this.#ageMs(load) < this.#freshMs(load) / CLOCK_RATIO;
  }

  /** Whether the hub certainly takes it for gone. */
  isStale(load: Load): boolean {
    return this.#ageMs(load) > this.#freshMs(load) * CLOCK_RATIO + SLACK_MS;
  }

  #accepted({ host, bytes }: Datagram): void {
    const received = contentOf(bytes).toHub;
    if (host !== this.#hub || received?.name !== "LoadReport") return;
    const { subject, key, periodMs, placesTaken, placesTotal, loadPermille, endpoint } =
      received.message;
    const before = this.#loads.get(subject);
    if (before === undefined || before.sequence < key.sequence) {
      const party = this.#run.parties.find(
        ({ kind, fingerprint }) => kind === "server" && serverSubject(fingerprint) === subject,
      );
      this.#loads.set(subject, {
        host: party?.host ?? "a stranger",
        subject,
        endpoint,
        sequence: key.sequence,
        total: placesTotal,
        loadPermille,
        atMs: this.#run.nowMs,
        periodMs,
        low: placesTaken,
        high: placesTaken,
      });
    }
    this.#listener.learnt?.();
  }

  #observed(observation: Observation): void {
    if (observation.host !== this.#hub || observation.kind !== "transition") return;
    const { from, machine, on, scope, to } = observation;
    if (machine !== "HubBrokerage") return;
    const search = this.#searches.get(scope) ?? { tried: [] };
    this.#searches.set(scope, search);
    const current = this.#at(search.tried.at(-1));
    // If it refused because it is full, it counts as full until its next report.
    if (on === "ReserveRefused" && current !== undefined) current.high = current.total;
    if (to === "dialedIn") this.#dialling.push({ search, atMs: this.#run.nowMs });
    if (to === "failed") this.#failed(search, SEEKERS.has(from) && SEEKING.has(on));
    if (to === "failed" || to === "verified") this.#searches.delete(scope);
  }

  /** The place that was counted when the last server was dialled is given back; servers before it stay as counted. */
  #failed(search: Search, isForNoServer: boolean): void {
    if (isForNoServer) {
      this.#listener.gaveUp?.(search);
      return;
    }
    const current = this.#at(search.tried.at(-1));
    if (current === undefined) return;
    current.low = Math.max(0, current.low - 1);
    current.high = Math.max(0, current.high - 1);
  }

  #dialled(host: string, to: Endpoint): void {
    if (host !== this.#hub) return;
    // What was chosen is dialled at once; later segments are the same, sent again.
    const dialling = this.#dialling.find(({ atMs }) => atMs === this.#run.nowMs);
    this.#dialling = this.#dialling.filter(
      (one) => one !== dialling && one.atMs === this.#run.nowMs,
    );
    if (dialling === undefined) return;
    const { search } = dialling;
    const chosen = this.#at(nameOf(to));
    this.#listener.chose?.(search, chosen, to);
    search.tried.push(nameOf(to));
    if (chosen === undefined) return;
    chosen.low += 1;
    chosen.high += 1;
    this.#listener.learnt?.();
  }

  #at(endpoint: string | undefined): Load | undefined {
    return [...this.#loads.values()].find((load) => nameOf(load.endpoint) === endpoint);
  }

  #ageMs({ atMs }: Load): number {
    return this.#run.nowMs - atMs;
  }

  #freshMs({ periodMs }: Load): number {
    const { freshMarginMs, freshPeriods } = this.#run.limits;
    return periodMs * freshPeriods + freshMarginMs;
  }
}

/** A server's endpoint as searches note it. */
export function nameOf({ address, port }: Endpoint): string {
  return `${address}:${String(port)}`;
}
