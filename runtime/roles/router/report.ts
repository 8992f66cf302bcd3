import type { Endpoint, Frame, MachineRunner, PeerIdentity } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import {
  defineRouterReport,
  isRouterReportMessage,
} from "../../../generated/control/machines/router-report.ts";
import type {
  RouterReportEvent,
  RouterReportHandlers,
  RouterReportIn,
  RouterReportOn,
  RouterReportOut,
  RouterReportOutput,
  RouterReportState,
} from "../../../generated/control/machines/router-report.ts";
import type { Inventory } from "../../../generated/control/messages/visits.ts";
import { decodeRouterSecure } from "../../../generated/control/receive.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import { ClaimOutcome } from "../../../generated/control/types.ts";
import { PartyRole } from "../../../generated/system/types.ts";
import { Channel } from "../channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings } from "../channel/channel.ts";
import { jitteredMs } from "../kernel/backoff.ts";
import { runMachine } from "../kernel/run-machine.ts";

/** What a report asks of its router. */
export interface ReportOffice extends ChannelSurroundings {
  readonly limits: ControlLimits;
  readonly mac: number;
  readonly hub: Endpoint;
  /** Whether this identity is the hub's. */
  isHub(peer: PeerIdentity): boolean;
  /** The hub stored the report. */
  reported(claim: ClaimOutcome): void;
}

const NO_HINT = new Uint8Array(0);

/** What the body of a transition returns. */
type Does<Name extends keyof RouterReportHandlers> = ReturnType<RouterReportHandlers[Name]>;

/** Brings inventory and claim code to the hub, as often as they change. Holds the bodies of the machine `RouterReport`. */
export class RouterReport implements ChannelOwner, RouterReportHandlers {
  readonly #office: ReportOffice;
  readonly #runner: MachineRunner<RouterReportState, RouterReportEvent, RouterReportOutput>;
  #channel: Channel | undefined;
  #inventory: Inventory;
  #code: string | undefined;
  /** Counts changes, so that one which comes while a report is under way is reported too. */
  #changes = 0;
  #sentChanges = 0;

  constructor(office: ReportOffice, inventory: Inventory, code: string | undefined) {
    this.#office = office;
    this.#inventory = inventory;
    this.#code = code;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: "report",
      definition: defineRouterReport(this, office.limits),
      initial: { name: "resting" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  setInventory(inventory: Inventory): void {
    this.#inventory = inventory;
    this.#changes += 1;
  }

  setCode(code: string): void {
    this.#code = code;
    this.#changes += 1;
  }

  /** Reports now; a report that is under way is followed by another if something changed since. */
  begin(): void {
    this.#runner.dispatch({ name: "report" });
  }

  stop(): void {
    this.#runner.dispatch({ name: "stop" });
  }

  admitPeer(peer: PeerIdentity): boolean {
    return this.#office.isHub(peer);
  }

  channelOpen(): void {
    this.#runner.dispatch({ name: "channelOpen" });
  }

  channelFrame({ tag, bytes, view, offset, end }: Frame): boolean {
    const received = decodeRouterSecure(tag, bytes, view, offset, end);
    if (!isRouterReportMessage(received)) return false;
    this.#channel?.noteReceived(tag);
    return this.#runner.dispatch(received) !== "refused";
  }

  channelClosed(): void {
    this.#channel = undefined;
    this.#runner.dispatch({ name: "lost" });
  }

  restingOnReport(): Does<"restingOnReport"> {
    return this.#dial(0);
  }

  pausingOnReport({ attempt }: RouterReportIn<"pausing">): Does<"pausingOnReport"> {
    return this.#dial(attempt);
  }

  pausingOnRetry({ attempt }: RouterReportIn<"pausing">): Does<"pausingOnRetry"> {
    return this.#dial(attempt);
  }

  dialingOnChannelOpen(state: RouterReportIn<"dialing">): Does<"dialingOnChannelOpen"> {
    const { attempt, waitMs } = state;
    return { state: { name: "reporting", attempt, waitMs }, outputs: this.#messages() };
  }

  reportingOnReportStored(
    _state: RouterReportIn<"reporting">,
    { message }: RouterReportOn<"ReportStored">,
  ): Does<"reportingOnReportStored"> {
    return {
      state: { name: "resting" },
      outputs: [{ kind: "do", name: "settle", claim: message.claim }],
    };
  }

  tryingOnLost(state: RouterReportIn<"dialing" | "reporting">): Does<"tryingOnLost"> {
    return this.#pause(state);
  }

  dialingOnDial(state: RouterReportIn<"dialing">): Does<"dialingOnDial"> {
    return this.#pause(state);
  }

  reportingOnAnswer(state: RouterReportIn<"reporting">): Does<"reportingOnAnswer"> {
    return this.#pause(state);
  }

  #pause({ attempt }: RouterReportIn<"dialing" | "reporting">): {
    readonly state: RouterReportIn<"pausing">;
  } {
    return { state: { name: "pausing", attempt, waitMs: this.#waitMs(attempt) } };
  }

  #dial(attempt: number): {
    readonly state: RouterReportIn<"dialing">;
    readonly outputs: readonly [RouterReportOut<"dialHub">];
  } {
    return {
      state: { name: "dialing", attempt: attempt + 1, waitMs: 0 },
      outputs: [{ kind: "do", name: "dialHub" }],
    };
  }

  #waitMs(attempt: number): number {
    const { kernel, limits } = this.#office;
    return jitteredMs(limits.reportRetryMs, Math.max(0, attempt - 1), kernel.crypto);
  }

  #messages(): readonly RouterReportOut<"RouterHello" | "ClaimDevice" | "Inventory">[] {
    const code = this.#code;
    const claim: readonly RouterReportOut<"ClaimDevice">[] =
      code === undefined
        ? []
        : [{ kind: "send", name: "ClaimDevice", to: "hub", message: { code } }];
    this.#sentChanges = this.#changes;
    return [
      { kind: "send", name: "RouterHello", to: "hub", message: { mac: this.#office.mac } },
      ...claim,
      { kind: "send", name: "Inventory", to: "hub", message: this.#inventory },
    ];
  }

  #perform(output: RouterReportOutput): void {
    if (output.kind === "send") {
      this.#channel?.send((bytes, view, offset) => encodeControl(output, bytes, view, offset));
      return;
    }
    switch (output.name) {
      case "dialHub": {
        const hello = { from: PartyRole.router, to: PartyRole.hub, ticketHint: NO_HINT };
        const options = { owner: this, responder: PartyRole.hub, hello };
        this.#channel = Channel.dial(this.#office, options, this.#office.hub);
        return;
      }
      case "hangUp":
        this.#channel?.close();
        this.#channel = undefined;
        return;
      case "settle":
        this.#settle(output.claim);
        return;
    }
  }

  /** A code that was accepted or refused is not shown again; a change meanwhile is reported at once. */
  #settle(claim: ClaimOutcome): void {
    if (claim !== ClaimOutcome.none) this.#code = undefined;
    this.#office.reported(claim);
    if (this.#changes !== this.#sentChanges) this.begin();
  }
}
