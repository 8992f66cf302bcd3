import { CertificateVerifier } from "../../../runtime/core/index.ts";
import type { Effect, Input, Role } from "../../../runtime/core/index.ts";
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
 * the hub that router's inventory, again and again.
 */
export function impostorProgram(options: ImpostorProgramOptions): Program<Begin, never> {
  return {
    createRole: (start) => new Impostor(options, start),
    onStart: (process) => {
      process.command({ type: "begin" });
    },
  };
}

const INVENTORY = {
  model: "an impostor's",
  firmware: "",
  hostname: "",
  software: "",
  interfaces: [],
};

class Impostor implements Role<Begin, never> {
  readonly #kernel: Kernel<never>;
  readonly #report: RouterReport;

  constructor(options: ImpostorProgramOptions, start: ProgramStart) {
    const environment = partyEnvironment(options, start);
    this.#kernel = new Kernel(environment);
    const office: ReportOffice = {
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
    this.#report = new RouterReport(office, INVENTORY, undefined);
  }

  handle(input: Input<Begin>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "command") this.#report.begin();
  }

  poll(): Effect<never> | undefined {
    return this.#kernel.poll();
  }
}
