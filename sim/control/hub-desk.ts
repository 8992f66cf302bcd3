import type { ClientEvent } from "../../runtime/roles/client/client-events.ts";
import type { ConnectOutcome, HubEvent } from "../../runtime/roles/hub/hub-events.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import type { SimulatedWorld } from "../world/simulated-world.ts";
import type { Ask } from "./happening.ts";
import type { Story } from "./story.ts";
import type { Party } from "./parties.ts";

/** What the desk needs. */
export interface HubDeskOptions {
  readonly world: SimulatedWorld;
  readonly story: Story;
  readonly hub: SimulatedProcess;
  readonly clients: readonly Party[];
  /** One way, ms. */
  readonly httpMs: number;
}

/**
 * The hub's HTTP interface, which is no part of the roles: carries what clients ask to the hub and its answers back,
 * each some time later. A client whose hub is down, or goes down before it answers, is refused; a client that goes
 * away has its request cancelled.
 */
export class HubDesk {
  readonly #options: HubDeskOptions;
  readonly #asks = new Map<number, Ask>();
  #lastRequest = 0;

  constructor(options: HubDeskOptions) {
    this.#options = options;
    const { hub, story } = options;
    hub.onEvent((event) => {
      this.#onHubEvent(event as HubEvent);
    });
    story.onHappening((happening) => {
      if (happening.kind !== "process" || happening.what !== "crashed") return;
      if (happening.host === hub.host) this.#refuseAll();
      else this.#cancel(({ client }) => client === happening.host);
    });
  }

  /** Takes what a client reports. @param owner whom its requests are made for; itself unless it is a thief. */
  onClientEvent(client: Party, event: ClientEvent, owner: Party = client): void {
    if (event.type === "askHub") this.#ask(client, event, owner);
    if (event.type !== "ended") return;
    this.#cancel((ask) => ask.client === client.host && ask.session === event.session);
  }

  #ask(
    { host: client }: Party,
    { session, mac }: Extract<ClientEvent, { type: "askHub" }>,
    { account = "", host: owner, fingerprint }: Party,
  ): void {
    const { hub, story } = this.#options;
    this.#lastRequest += 1;
    const asked = { requestId: this.#lastRequest, client, session, mac, account };
    const ask: Ask = owner === client ? asked : { ...asked, grantFor: owner };
    story.tell({ kind: "asked", ask });
    this.#asks.set(ask.requestId, ask);
    this.#later("request", () => {
      if (!this.#asks.has(ask.requestId)) return;
      if (!hub.isRunning) {
        this.#answer(ask, undefined);
        return;
      }
      const { requestId } = ask;
      hub.command({ type: "connect", requestId, account, mac, clientFingerprint: fingerprint });
    });
  }

  #onHubEvent(event: HubEvent): void {
    if (event.type !== "connectEnded") return;
    const ask = this.#asks.get(event.requestId);
    if (ask !== undefined) this.#answer(ask, event.outcome);
  }

  #answer(ask: Ask, outcome: ConnectOutcome | undefined): void {
    const { world, story } = this.#options;
    const { client, session } = ask;
    this.#asks.delete(ask.requestId);
    story.tell({ kind: "answered", ask, outcome });
    this.#later("answer", () => {
      world
        .process(client)
        .command(
          outcome?.kind === "connected"
            ? { type: "invited", session, meeting: outcome }
            : { type: "refused", session },
        );
    });
  }

  #refuseAll(): void {
    for (const ask of [...this.#asks.values()]) this.#answer(ask, undefined);
  }

  #cancel(isGone: (ask: Ask) => boolean): void {
    const { hub } = this.#options;
    for (const ask of [...this.#asks.values()].filter(isGone)) {
      this.#asks.delete(ask.requestId);
      this.#later("cancel", () => {
        hub.command({ type: "cancel", requestId: ask.requestId });
      });
    }
  }

  #later(what: string, run: () => void): void {
    const { world, httpMs } = this.#options;
    world.schedule(world.nowMs + httpMs, `http ${what}`, run);
  }
}
