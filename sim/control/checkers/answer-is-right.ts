import { encodeHex, formatMac } from "../../../runtime/core/index.ts";
import type { ClientEvent, Meeting } from "../../../runtime/roles/client/client-events.ts";
import type { RouterEvent } from "../../../runtime/roles/router/router-events.ts";
import type { Ask, ControlChecker, Happening, WatchedRun } from "../happening.ts";
import type { Party } from "../parties.ts";

/** Who meets whom is what the owner of the router wanted, and what a call answers is that router's. */
export const answerIsRight: ControlChecker = {
  name: "answer-is-right",
  doc: "A client meets the very router that it asked for and whose owner it speaks for, on a server of the network, by a grant of its own, and the answer is that router's.",
  watch: (run) => {
    const judge = new Judge(run);
    return (happening: Happening): void => {
      if (happening.kind === "asked") judge.asks.set(happening.ask.session, happening.ask);
      else if (happening.kind === "called") judge.methods.set(happening.call, happening.method);
      else if (happening.kind === "answered" && happening.outcome?.kind === "connected") {
        judge.meeting(happening.ask, happening.outcome, "the hub's answer");
      } else if (happening.kind === "event") judge.event(happening.host, happening.event);
    };
  },
};

class Judge {
  readonly asks = new Map<number, Ask>();
  readonly methods = new Map<number, string>();
  readonly #run: WatchedRun;

  constructor(run: WatchedRun) {
    this.#run = run;
  }

  event(host: string, event: ClientEvent | RouterEvent | { readonly type: string }): void {
    const party = this.#run.parties.find((one) => one.host === host);
    if (party?.kind === "client") this.#clientEvent(event as ClientEvent);
    if (party?.kind === "router" && event.type === "sessionOpen") {
      this.#sessionOpen(party, event as Extract<RouterEvent, { type: "sessionOpen" }>);
    }
  }

  meeting(ask: Ask, meeting: Meeting, what: string): void {
    // Several may claim a mac; whichever the hub gave it to is its router.
    const routers = this.#routers().filter(({ mac }) => mac === ask.mac);
    const router = routers.find((one) => isSame(one.fingerprint, meeting.routerFingerprint));
    const server = this.#run.parties.find(
      ({ kind, fingerprint }) =>
        kind === "server" && isSame(fingerprint, meeting.serverFingerprint),
    );
    if (meeting.mac !== ask.mac || router === undefined) {
      this.#run.violate(`${what}: ${formatMac(ask.mac)} is not ${formatMac(meeting.mac)}`);
    } else if (router.account !== ask.account) {
      this.#run.violate(`${what}: ${ask.account} was led to a router that it does not own`);
    } else if (server === undefined) {
      this.#run.violate(`${what}: the server is none of the network's`);
    }
  }

  #clientEvent(event: ClientEvent): void {
    const ask = this.asks.get(event.session);
    if (ask === undefined) return;
    if (event.type === "connected") {
      this.meeting(ask, event.meeting, "a meeting");
      if (ask.grantFor !== undefined) {
        this.#run.violate(`${ask.client} met a router by what was granted to ${ask.grantFor}`);
      }
    }
    if (event.type !== "callEnded" || !event.outcome.ok) return;
    if (this.methods.get(event.call) !== "system.info") return;
    const { mac } = event.outcome.result as { readonly mac: string };
    if (mac !== formatMac(ask.mac)) {
      this.#run.violate(`${formatMac(ask.mac)} was asked, and ${mac} answered`);
    }
  }

  /** A router must not serve anyone but clients of its owner's that asked for it. */
  #sessionOpen(
    { account, host, mac }: Party,
    { client }: Extract<RouterEvent, { type: "sessionOpen" }>,
  ): void {
    const asker = this.#run.parties.find(({ fingerprint }) => isSame(fingerprint, client));
    const isAsked = [...this.asks.values()].some(
      (ask) => ask.client === asker?.host && ask.mac === mac && ask.grantFor === undefined,
    );
    if (asker?.kind !== "client" || asker.account !== account || !isAsked) {
      this.#run.violate(`${host} serves ${asker?.host ?? "a stranger"}, who may not have it`);
    }
  }

  #routers(): readonly Party[] {
    return this.#run.parties.filter(({ kind }) => kind === "router");
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return encodeHex(a) === encodeHex(b);
}
