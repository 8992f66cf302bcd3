import type { Endpoint } from "../../../runtime/core/index.ts";
import { serverSubject } from "../../../runtime/roles/reporter/server-subject.ts";
import type { Observation } from "../../world/observation.ts";
import type { ControlChecker, Datagram, Happening, WatchedRun } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** The hub sends a meeting to the least loaded server that it knows of. */
export const leastLoadedServer: ControlChecker = {
  name: "least-loaded-server",
  doc: "The server that the hub tries first is one than which none of the others, by their newest reports, is less loaded.",
  watch: (run) => {
    const observer = new LoadObserver(run);
    return (happening: Happening): void => {
      if (happening.kind === "process") observer.process(happening.host);
      else if (happening.kind === "accepted") observer.accepted(happening);
      else if (happening.kind === "observed") observer.observed(happening.observation);
      else if (happening.kind === "dialled") observer.dialled(happening.host, happening.to);
    };
  },
};

/** What an observer knows of a server: bounds, for it does not see which request the hub counts where. */
interface Load {
  readonly host: string;
  readonly endpoint: Endpoint;
  readonly sequence: number;
  readonly total: number;
  readonly loadPermille: number;
  readonly atMs: number;
  readonly periodMs: number;
  /** Places that the hub counts as taken: at least, and at most. */
  low: number;
  high: number;
}

class LoadObserver {
  readonly #run: WatchedRun;
  readonly #hub: string | undefined;
  readonly #loads = new Map<number, Load>();
  /** Whether the server that is dialled next is the first for its request. */
  #isFirst = false;

  constructor(run: WatchedRun) {
    this.#run = run;
    this.#hub = run.parties.find(({ kind }) => kind === "hub")?.host;
  }

  process(host: string): void {
    if (host === this.#hub) this.#loads.clear();
  }

  observed(observation: Observation): void {
    if (observation.host !== this.#hub) return;
    if (observation.kind === "transition") {
      if (observation.machine !== "HubBrokerage") return;
      if (observation.to === "dialedIn") this.#isFirst = observation.from === "invited";
      if (observation.to !== "failed") return;
      // The place that was counted at dialling is given back, wherever that was.
      for (const load of this.#loads.values()) load.low = Math.max(0, load.low - 1);
      return;
    }
    if (observation.kind !== "received") return;
    // Whoever refused counts as full until its next report.
    if (observation.message !== "ReserveRefused") return;
    for (const load of this.#loads.values()) load.high = load.total;
  }

  dialled(host: string, to: Endpoint): void {
    if (host !== this.#hub) return;
    const chosen = [...this.#loads.values()].find(
      ({ endpoint }) => endpoint.address === to.address && endpoint.port === to.port,
    );
    if (chosen === undefined) return;
    const better = [...this.#loads.values()].find((other) => this.#isBetter(other, chosen));
    if (this.#isFirst && better !== undefined) {
      const [one, other] = [textOf(chosen), textOf(better)];
      this.#run.violate(`the hub chose ${one}, although there is ${other}`);
    }
    chosen.high += 1;
    // What follows may be the same again, retransmitted.
    this.#isFirst = false;
  }

  accepted({ host, bytes }: Datagram): void {
    const received = contentOf(bytes).toHub;
    if (host !== this.#hub || received?.name !== "LoadReport") return;
    const { subject, key, periodMs, placesTaken, placesTotal, loadPermille, endpoint } =
      received.message;
    const before = this.#loads.get(subject);
    if (before !== undefined && before.sequence >= key.sequence) return;
    const party = this.#run.parties.find(
      ({ kind, fingerprint }) => kind === "server" && serverSubject(fingerprint) === subject,
    );
    this.#loads.set(subject, {
      host: party?.host ?? "a stranger",
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

  /** Whether the hub had to take `other` instead: certainly fresh, free, and less loaded. */
  #isBetter(other: Load, chosen: Load): boolean {
    if (other === chosen || this.#run.nowMs - other.atMs > other.periodMs) return false;
    if (other.high >= other.total) return false;
    const [high, low] = [other.high / other.total, chosen.low / chosen.total];
    if (high !== low) return high < low;
    const isCertain = other.low === other.high && chosen.low === chosen.high;
    return isCertain && other.loadPermille < chosen.loadPermille;
  }
}

function textOf({ host, low, high, total, loadPermille }: Load): string {
  const places = low === high ? String(low) : `${String(low)} to ${String(high)}`;
  return `${host} (${places} of ${String(total)} places taken, load ${String(loadPermille)})`;
}
