import { PartyRole } from "../../../generated/system/types.ts";
import { CertificateVerifier } from "../../../runtime/core/index.ts";
import type { Effect, Input, Role } from "../../../runtime/core/index.ts";
import { Channel } from "../../../runtime/roles/channel/channel.ts";
import { Kernel } from "../../../runtime/roles/kernel/kernel.ts";
import { Scratch } from "../../../runtime/roles/kernel/scratch.ts";
import { RouterReport } from "../../../runtime/roles/router/report.ts";
import type { ReportOffice } from "../../../runtime/roles/router/report.ts";
import type { Program, ProgramStart } from "../../world/world.ts";
import { partyEnvironment } from "./party-program.ts";
import type { PartyProgramOptions } from "./party-program.ts";

/** What an impostor is made from. */
export interface ImpostorProgramOptions extends PartyProgramOptions {
  /** Name of the hub's host. */
  readonly hub: string;
  /** The mac of a router that it says to be. */
  readonly victimMac: number;
}

interface Begin {
  readonly type: "begin";
}

/**
 * A machine with an identity of its own that speaks the protocol well, and says to be a router that it is not: it brings
 * the hub that router's inventory, again and again. At first it only shakes hands with the hub and goes.
 */
export function impostorProgram(options: ImpostorProgramOptions): Program<Begin, never> {
  return {
    createRole: (start) => new Impostor(options, start),
    onStart: (process) => {
      process.command({ type: "begin" });
    },
  };
}

const NO_HINT = new Uint8Array(0);
const INVENTORY = {
  model: "an impostor's",
  firmware: "",
  hostname: "",
  software: "",
  interfaces: [],
};

class Impostor implements Role<Begin, never> {
  readonly #kernel: Kernel<never>;
  readonly #office: ReportOffice;
  readonly #report: RouterReport;

  constructor(options: ImpostorProgramOptions, start: ProgramStart) {
    const environment = partyEnvironment(options, start);
    this.#kernel = new Kernel(environment);
    this.#office = {
      ...environment,
      kernel: this.#kernel,
      scratch: new Scratch(),
      verifier: new CertificateVerifier(environment.crypto),
      mac: options.victimMac,
      hub: start.endpointOf(options.hub),
      isHub: () => true,
      reported: () => {
        this.#report.begin();
      },
    };
    this.#report = new RouterReport(this.#office, INVENTORY, undefined);
  }

  handle(input: Input<Begin>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type !== "command") return;
    this.#comeForNothing();
    this.#report.begin();
  }

  poll(): Effect<never> | undefined {
    return this.#kernel.poll();
  }

  /** The hub shakes hands with every router, and asks afterwards what it comes for. */
  #comeForNothing(): void {
    const hello = { from: PartyRole.router, to: PartyRole.hub, ticketHint: NO_HINT };
    const owner = {
      admitPeer: () => true,
      channelOpen: () => {
        channel.close();
      },
      channelFrame: () => false,
      channelClosed: () => undefined,
    };
    const options = { owner, responder: PartyRole.hub, hello };
    const channel = Channel.dial(this.#office, options, this.#office.hub);
  }
}
