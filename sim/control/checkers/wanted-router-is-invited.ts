import { formatMac } from "../../../runtime/core/index.ts";
import type { Endpoint } from "../../../runtime/core/index.ts";
import { Hub } from "../../../runtime/roles/hub/hub.ts";
import type { Observation } from "../../world/observation.ts";
import type { Ask, ControlChecker, Datagram, Happening, WatchedRun } from "../happening.ts";
import { contentOf } from "./datagram-content.ts";

/** The hub looks for a wanted router where it was heard last, and for none that has fallen silent. */
export const wantedRouterIsInvited: ControlChecker = {
  name: "wanted-router-is-invited",
  doc: "While a request waits for a router, the hub invites it where it was heard last: at once, again whenever it reports, and after no longer than the longest wait of the spec; a router that has fallen silent is unknown at once, and no other of the client's account is.",
  watch: (run) => {
    const observer = new InvitationObserver(run);
    return (happening: Happening): void => {
      observer.lookAtClock();
      if (happening.kind === "observed") observer.observed(happening.observation);
      else if (happening.kind === "accepted") observer.accepted(happening);
      else if (happening.kind === "sent") observer.sent(happening);
      else if (happening.kind === "process") observer.process(happening.host);
      else if (happening.kind === "settled") observer.settled(happening.mac);
      else if (happening.kind === "asked") observer.asked(happening.ask);
      else if (happening.kind === "answered" && happening.outcome?.kind === "unknown") {
        observer.unknown(happening.ask);
      }
    };
  },
};

/** When and where a router was heard last. */
interface Heard {
  readonly sequence: number;
  readonly atMs: number;
  readonly periodMs: number;
  readonly from: Endpoint;
}

/** A request that waits for its router. */
interface Waiting {
  readonly mac: number;
  /** Until when an invitation must be sent. */
  dueMs: number;
}

/** Clocks of hosts go wrong by up to 500 ppm. */
const CLOCK_RATIO = 1.002;
const SLACK_MS = 20;
/** What happens at once is over before the clock moves on. */
const AT_ONCE_MS = 1;

class InvitationObserver {
  readonly #run: WatchedRun;
  readonly #hub: string | undefined;
  readonly #pushMsMax: number;
  readonly #asks = new Map<string, Ask>();
  readonly #heard = new Map<number, Heard>();
  readonly #waiting = new Map<string, Waiting>();

  constructor(run: WatchedRun) {
    this.#run = run;
    this.#hub = run.parties.find(({ kind }) => kind === "hub")?.host;
    this.#pushMsMax = Math.max(...run.limits.pushMs);
  }

  asked(ask: Ask): void {
    this.#asks.set(`brokerage/${String(ask.requestId)}`, ask);
  }

  observed(observation: Observation): void {
    if (observation.host !== this.#hub || observation.kind !== "transition") return;
    const { from, machine, scope, to } = observation;
    if (machine !== "HubBrokerage") return;
    if (to !== "invited") {
      this.#waiting.delete(scope);
      return;
    }
    const mac = this.#asks.get(scope)?.mac;
    if (mac === undefined || from === "invited") return;
    this.#waiting.set(scope, { mac, dueMs: this.#run.nowMs + AT_ONCE_MS });
    const heard = this.#heard.get(mac);
    if (heard !== undefined && this.#ageMs(heard) > this.#freshMs(heard) * CLOCK_RATIO + SLACK_MS) {
      const seconds = (this.#ageMs(heard) / 1000).toFixed(1);
      this.#run.violate(`the hub looks for ${formatMac(mac)}, silent for ${seconds} s`);
    }
  }

  accepted({ host, bytes, from }: Datagram): void {
    const received = contentOf(bytes).toHub;
    if (host !== this.#hub || received?.name !== "Telemetry") return;
    const { key, mac, periodMs } = received.message;
    const before = this.#heard.get(mac);
    if (before !== undefined && before.sequence >= key.sequence) return;
    this.#heard.set(mac, { sequence: key.sequence, atMs: this.#run.nowMs, periodMs, from });
    for (const waiting of this.#waiting.values()) {
      if (waiting.mac === mac) waiting.dueMs = this.#run.nowMs + AT_ONCE_MS;
    }
  }

  sent({ host, to, bytes }: Datagram): void {
    if (host !== this.#hub || this.#waiting.size === 0) return;
    if (contentOf(bytes).fromHub?.name !== "ConnectToHub") return;
    const dueMs = this.#run.nowMs + this.#pushMsMax * CLOCK_RATIO + SLACK_MS;
    for (const waiting of this.#waiting.values()) {
      const heard = this.#heard.get(waiting.mac);
      // Where a hub that was started again saw it last, only its disk says.
      if (heard === undefined || isSame(heard.from, to)) waiting.dueMs = dueMs;
    }
  }

  lookAtClock(): void {
    if (this.#waiting.size === 0) return;
    const { nowMs } = this.#run;
    for (const [scope, { mac, dueMs }] of this.#waiting) {
      if (nowMs <= dueMs) continue;
      this.#waiting.delete(scope);
      this.#run.violate(`${formatMac(mac)} is wanted and not invited where it was heard last`);
    }
  }

  unknown({ account, mac }: Ask): void {
    const heard = this.#heard.get(mac);
    const role = this.#hub === undefined ? undefined : this.#run.roleOf(this.#hub);
    if (heard === undefined || !(role instanceof Hub)) return;
    const isOwn = role.routersOf(account).some(({ subject }) => subject === mac);
    if (isOwn && this.#ageMs(heard) < this.#freshMs(heard) / CLOCK_RATIO) {
      this.#run.violate(`the hub does not know ${formatMac(mac)}, which it has just heard`);
    }
  }

  process(host: string): void {
    if (host !== this.#hub) return;
    this.#waiting.clear();
    this.#heard.clear();
  }

  settled(mac: number): void {
    this.#heard.delete(mac);
  }

  #ageMs({ atMs }: Heard): number {
    return this.#run.nowMs - atMs;
  }

  #freshMs({ periodMs }: Heard): number {
    const { freshMarginMs, freshPeriods } = this.#run.limits;
    return periodMs * freshPeriods + freshMarginMs;
  }
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}
