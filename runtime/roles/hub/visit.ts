import type { Frame, MachineRunner, PeerIdentity, StreamId } from "../../core/index.ts";
import {
  defineHubVisit,
  isHubVisitMessage,
} from "../../../generated/control/machines/hub-visit.ts";
import type {
  HubVisitEvent,
  HubVisitHandlers,
  HubVisitOutput,
  HubVisitState,
} from "../../../generated/control/machines/hub-visit.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type { Inventory } from "../../../generated/control/messages/visits.ts";
import { decodeHubSecure } from "../../../generated/control/receive.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import { ClaimOutcome } from "../../../generated/control/types.ts";
import { PartyRole } from "../../../generated/system/types.ts";
import type { Hello } from "../../../generated/system/types.ts";
import { Channel } from "../channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings } from "../channel/channel.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { Brokerage, BrokerageLink } from "./brokerage.ts";
import type { RouterEntry } from "./entries.ts";

/** What a visit asks of its hub. */
export interface VisitOffice extends ChannelSurroundings {
  readonly limits: ControlLimits;
  router(mac: number): RouterEntry | undefined;
  /** Whether a brokerage waits for a router with a ticket of this hint. */
  expectsHint(hint: Uint8Array): boolean;
  /** The brokerage that waits for this router with this ticket. */
  brokerageOf(mac: number, ticket: Uint8Array): Brokerage | undefined;
  claim(router: RouterEntry, code: string): ClaimOutcome;
  /** Keeps the inventory, and whatever the visit changed before; `done` is called when it is on disk. */
  storeInventory(router: RouterEntry, inventory: Inventory, done: () => void): void;
  /** The visit is over; called once. */
  visitOver(visit: HubVisit): void;
}

/** One connection from a router to the hub. */
export class HubVisit implements ChannelOwner {
  readonly #office: VisitOffice;
  readonly #channel: Channel;
  #runner: MachineRunner<HubVisitState, HubVisitEvent, HubVisitOutput> | undefined;
  #peer: PeerIdentity | undefined;
  #brokerage: Brokerage | undefined;
  #claim: ClaimOutcome = ClaimOutcome.none;
  /** The inventory came and is being saved. */
  #isStoring = false;

  constructor(office: VisitOffice, stream: StreamId) {
    this.#office = office;
    this.#channel = Channel.accept(office, { owner: this, responder: PartyRole.hub }, stream);
  }

  /** Ends the connection: the hub is shutting down. */
  end(): void {
    if (this.#runner !== undefined) {
      this.#runner.dispatch({ name: "end" });
      return;
    }
    this.#channel.close();
    this.#office.visitOver(this);
  }

  /** Only routers come here; one that follows an invitation must name one that waits. */
  admitHello({ from, ticketHint }: Hello): boolean {
    if (from !== PartyRole.router) return false;
    return ticketHint.length === 0 || this.#office.expectsHint(ticketHint);
  }

  /** Any router may connect; which mac it speaks for is checked with its first message. */
  admitPeer(): boolean {
    return true;
  }

  channelOpen(peer: PeerIdentity): void {
    this.#peer = peer;
    this.#runner = runMachine({
      kernel: this.#office.kernel,
      scope: `visit/${String(this.#channel.stream)}`,
      definition: defineHubVisit(this.#transitions(), this.#office.limits),
      initial: { name: "awaitPurpose" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  channelFrame({ tag, bytes, view, offset, end }: Frame): boolean {
    const received = decodeHubSecure(tag, bytes, view, offset, end);
    if (!isHubVisitMessage(received)) return false;
    this.#channel.noteReceived(tag);
    if (received.name === "Inventory" && this.#store(received)) return true;
    return !this.#isStoring && this.#runner?.dispatch(received) !== "refused";
  }

  channelClosed(): void {
    this.#runner?.dispatch({ name: "lost" });
    this.#office.visitOver(this);
  }

  /**
   * Saves a report before the machine hears of it, and so before the router hears that it is stored: it will not
   * come again. False if this is not the time for one.
   */
  #store(report: Extract<HubVisitEvent, { name: "Inventory" }>): boolean {
    const state = this.#runner?.state;
    const router = state?.name === "awaitReport" ? this.#ownRouter(state.mac) : undefined;
    if (router === undefined || this.#isStoring) return false;
    this.#isStoring = true;
    this.#office.storeInventory(router, report.message, () => {
      this.#isStoring = false;
      if (this.#runner?.state.name === "awaitReport") this.#runner.dispatch(report);
    });
    return true;
  }

  #transitions(): HubVisitHandlers {
    const refused = {
      state: { name: "over" },
      outputs: [{ kind: "do", name: "refuse" }],
    } as const;
    return {
      awaitPurposeOnServerRequest: (_state, { message: { mac, ticket } }) => {
        const isDue =
          this.#ownRouter(mac) !== undefined &&
          this.#office.brokerageOf(mac, ticket)?.inviting === true;
        if (!isDue) return refused;
        return {
          state: { name: "brokered" },
          outputs: [{ kind: "do", name: "join", mac, ticket }],
        };
      },
      awaitPurposeOnRouterHello: (_state, { message: { mac } }) =>
        this.#ownRouter(mac) === undefined ? refused : { state: { name: "awaitReport", mac } },
      awaitReportOnClaimDevice: ({ mac }, { message }) => ({
        state: { name: "awaitReport", mac },
        outputs: [{ kind: "do", name: "claim", mac, code: message.code }],
      }),
      awaitReportOnInventory: () => {
        const stored = { claim: this.#claim };
        return {
          state: { name: "over" },
          outputs: [{ kind: "send", name: "ReportStored", to: "router", message: stored }],
        };
      },
    };
  }

  /** The router of this mac, if it is the identity at the other end of this channel. */
  #ownRouter(mac: number): RouterEntry | undefined {
    const router = this.#office.router(mac);
    if (router === undefined || this.#peer === undefined) return undefined;
    const { crypto } = this.#office.kernel;
    return crypto.equal(router.fingerprint, this.#peer.fingerprint) ? router : undefined;
  }

  #perform(output: HubVisitOutput): void {
    if (output.kind === "send") {
      this.#send(output);
      return;
    }
    switch (output.name) {
      case "join":
        this.#brokerage = this.#office.brokerageOf(output.mac, output.ticket);
        this.#brokerage?.routerDialedIn(this.#link());
        return;
      case "leave":
        this.#brokerage?.routerLeft();
        return;
      case "claim": {
        const router = this.#ownRouter(output.mac);
        if (router !== undefined) this.#claim = this.#office.claim(router, output.code);
        return;
      }
      case "closeChannel":
        this.#channel.close();
        this.#office.visitOver(this);
        return;
      case "refuse":
        this.#office.kernel.count("visit-refused");
        this.#channel.refuse();
        this.#office.visitOver(this);
        return;
    }
  }

  #link(): BrokerageLink {
    return {
      send: (output) => {
        this.#send(output);
      },
      end: () => {
        this.#brokerage = undefined;
        this.end();
      },
    };
  }

  #send(sent: ControlSent): void {
    this.#channel.send((bytes, view, offset) => encodeControl(sent, bytes, view, offset));
  }
}
