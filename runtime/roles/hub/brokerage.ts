import type { MachineRunner } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import { defineHubBrokerage } from "../../../generated/control/machines/hub-brokerage.ts";
import type {
  HubBrokerageEvent,
  HubBrokerageHandlers,
  HubBrokerageIn,
  HubBrokerageOut,
  HubBrokerageOutput,
  HubBrokerageState,
} from "../../../generated/control/machines/hub-brokerage.ts";
import { FailReason, RefuseReason } from "../../../generated/control/types.ts";
import { stepMs } from "../kernel/backoff.ts";
import { runMachine } from "../kernel/run-machine.ts";
import type { MachineSurroundings } from "../kernel/run-machine.ts";
import type { RouterEntry, ServerEntry } from "./entries.ts";

/** A connect request of a client, as the hub works on it. */
export interface BrokerageRequest {
  /** Names the request to whoever asked. */
  readonly requestId: number;
  readonly router: RouterEntry;
  /** Identity of the client, 32 bytes. */
  readonly clientFingerprint: Uint8Array;
  /** 16 random bytes that name the meeting. */
  readonly sessionId: Uint8Array;
  /** What the router presents to the hub, 32 random bytes; then what router and client present to the server. */
  readonly invitationTicket: Uint8Array;
  readonly routerTicket: Uint8Array;
  readonly clientTicket: Uint8Array;
}

type SendOutput = Extract<HubBrokerageOutput, { kind: "send" }>;

/** One of the two connections that a brokerage holds. */
export interface BrokerageLink {
  send(message: SendOutput): void;
  /** Ends the connection cleanly. The brokerage hears nothing more of it. */
  end(): void;
}

/** What a brokerage asks of its hub. */
export interface BrokerageOffice {
  readonly limits: ControlLimits;
  /** The least loaded fresh server with a free place that is not among those tried. */
  chooseServer(tried: ReadonlySet<ServerEntry>): ServerEntry | undefined;
  /** Dials the server; the brokerage hears `serverReady`, the server's messages and `serverLost`. */
  dialServer(server: ServerEntry, brokerage: Brokerage): BrokerageLink;
  pushInvitation(brokerage: Brokerage): void;
  succeed(brokerage: Brokerage, server: ServerEntry): void;
  fail(brokerage: Brokerage, reason: number): void;
}

/** Brings one client together with one wanted router. */
export class Brokerage {
  readonly request: BrokerageRequest;
  readonly #office: BrokerageOffice;
  readonly #runner: MachineRunner<HubBrokerageState, HubBrokerageEvent, HubBrokerageOutput>;
  readonly #tried = new Set<ServerEntry>();
  #server: ServerEntry | undefined;
  #serverLink: BrokerageLink | undefined;
  #routerLink: BrokerageLink | undefined;

  constructor(request: BrokerageRequest, office: BrokerageOffice, kernel: MachineSurroundings) {
    this.request = request;
    this.#office = office;
    this.#runner = runMachine({
      kernel,
      scope: `brokerage/${String(request.requestId)}`,
      definition: defineHubBrokerage(this.#transitions(), office.limits),
      initial: { name: "wanted" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Whether an invitation is out and the router has not come yet. */
  get inviting(): boolean {
    return this.#runner.state.name === "invited";
  }

  /** The server that was chosen last. */
  get server(): ServerEntry | undefined {
    return this.#server;
  }

  /** Takes an event; says whether the state admits it. */
  dispatch(event: HubBrokerageEvent): boolean {
    return this.#runner.dispatch(event) !== "refused";
  }

  /** The router connected and presented the ticket of this invitation. */
  routerDialedIn(link: BrokerageLink): void {
    this.#routerLink = link;
    this.dispatch({ name: "dialIn" });
  }

  routerLeft(): void {
    this.#routerLink = undefined;
    this.dispatch({ name: "routerLeft" });
  }

  serverLost(): void {
    this.#serverLink = undefined;
    this.dispatch({ name: "serverLost" });
  }

  #transitions(): HubBrokerageHandlers {
    const { request } = this;
    return {
      wantedOnInvite: () => this.#invite(0),
      invitedOnPush: ({ attempt }) => this.#invite(attempt),
      invitedOnTelemetry: ({ attempt }) => this.#invite(attempt),
      invitedOnDialIn: () => this.#tryServer<never>(0),
      dialedInOnServerReady: ({ tried }) => ({
        state: { name: "reserving", tried },
        outputs: [
          { kind: "send", name: "Reserve", to: "server", message: reserveMessage(request) },
        ],
      }),
      reservingOnReserved: () => ({
        state: { name: "serverReserved" },
        outputs: [
          { kind: "send", name: "ServerAddress", to: "router", message: this.#serverAddress() },
        ],
      }),
      reservingOnReserveRefused: ({ tried }, { message }) => {
        if (message.reason === RefuseReason.full) this.#noteFull();
        return this.#tryServer(tried, { kind: "do", name: "leaveServer" });
      },
      choosingOnServerLost: ({ tried }) => this.#tryServer<never>(tried),
      choosingOnReserve: ({ tried }) => this.#tryServer(tried, { kind: "do", name: "leaveServer" }),
      choosingOnRouterLeft: () => failed(FailReason.routerLost),
      placedOnRouterVerified: (_state, { message }) => {
        if (message.reason !== FailReason.none) return failed(message.reason);
        return { state: { name: "verified" }, outputs: [{ kind: "do", name: "succeed" }] };
      },
      placedOnVerify: () => failed(FailReason.notVerified),
      placedOnServerLost: () => failed(FailReason.serverLost),
      callingOnDeadline: () => failed(FailReason.notComing),
      anyOnCancel: (_state, { reason }) => failed(reason),
    };
  }

  #invite(attempt: number): Invited {
    const waitMs = stepMs(this.#office.limits.pushMs, attempt);
    return {
      state: { name: "invited", attempt: attempt + 1, waitMs },
      outputs: [{ kind: "do", name: "push" }],
    };
  }

  /** Chooses the next server; `first` is done before it is dialled or the client hears that there is none. */
  #tryServer<First extends Doing<"leaveServer">>(
    tried: number,
    ...first: readonly First[]
  ): Chosen<First> {
    const { limits } = this.#office;
    this.#server =
      tried < limits.serversTriedMax ? this.#office.chooseServer(this.#tried) : undefined;
    if (this.#server !== undefined) {
      this.#tried.add(this.#server);
      return {
        state: { name: "dialedIn", tried: tried + 1 },
        outputs: [...first, { kind: "do", name: "dialServer" }],
      };
    }
    const { state, outputs } = failed(FailReason.noServer);
    return { state, outputs: [...first, { kind: "do", name: "dismissRouter" }, ...outputs] };
  }

  /** Until its next report the server counts as full. */
  #noteFull(): void {
    if (this.#server !== undefined) this.#server.placesTaken = this.#server.placesTotal;
  }

  #serverAddress(): Extract<SendOutput, { name: "ServerAddress" }>["message"] {
    const server = this.#server;
    if (server?.endpoint === undefined) throw new RangeError("a place is reserved on no server");
    return {
      sessionId: this.request.sessionId,
      server: server.endpoint,
      serverFingerprint: server.fingerprint,
      ticket: this.request.routerTicket,
      grantLifeS: this.#office.limits.grantLifeS,
    };
  }

  #perform(output: HubBrokerageOutput): void {
    if (output.kind === "send") {
      (output.to === "server" ? this.#serverLink : this.#routerLink)?.send(output);
      return;
    }
    switch (output.name) {
      case "push":
        this.#office.pushInvitation(this);
        return;
      case "dialServer":
        if (this.#server !== undefined)
          this.#serverLink = this.#office.dialServer(this.#server, this);
        return;
      case "leaveServer":
        this.#serverLink?.end();
        this.#serverLink = undefined;
        return;
      case "dismissRouter":
        this.#routerLink?.end();
        this.#routerLink = undefined;
        return;
      case "succeed":
        if (this.#server !== undefined) this.#office.succeed(this, this.#server);
        return;
      case "fail":
        this.#office.fail(this, output.reason);
        return;
    }
  }
}

interface Invited {
  readonly state: HubBrokerageIn<"invited">;
  readonly outputs: readonly Doing<"push">[];
}

interface Chosen<First> {
  readonly state: HubBrokerageIn<"dialedIn" | "failed">;
  readonly outputs: readonly (First | Doing<"dialServer" | "dismissRouter" | "fail">)[];
}

type Doing<Name extends HubBrokerageOutput["name"]> = HubBrokerageOut<Name>;

function failed(reason: number): {
  readonly state: HubBrokerageIn<"failed">;
  readonly outputs: readonly [Doing<"fail">];
} {
  return { state: { name: "failed", reason }, outputs: [{ kind: "do", name: "fail", reason }] };
}

function reserveMessage(
  request: BrokerageRequest,
): Extract<SendOutput, { name: "Reserve" }>["message"] {
  const { sessionId, router, routerTicket, clientFingerprint, clientTicket } = request;
  return {
    sessionId,
    routerMac: router.subject,
    routerFingerprint: router.fingerprint,
    routerTicket,
    clientFingerprint,
    clientTicket,
  };
}
