import type { MachineRunner } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { defineHoleProbe } from "../../../generated/peer/machines/hole-probe.ts";
import type {
  HoleProbeEvent,
  HoleProbeHandlers,
  HoleProbeIn,
  HoleProbeOut,
  HoleProbeOutput,
  HoleProbeState,
} from "../../../generated/peer/machines/hole-probe.ts";
import type { ProbeHole } from "../../../generated/peer/messages/root.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import { runMachine } from "../kernel/run-machine.ts";

/** What a search asks of its peer. */
export interface HoleOffice {
  readonly kernel: RoleKernel;
  readonly limits: PeerLimits;
  /** Sends to the server whose hole is probed. */
  ask(message: ProbeHole): void;
  /** Sends no keep-alives for so long. */
  hush(forMs: number): void;
  /** Registers again. */
  recover(): void;
  /** Keep-alives are due so often from now on. */
  settle(periodMs: number): void;
}

interface Bounds {
  readonly lowMs: number;
  readonly highMs: number;
}

/** Finds the longest keep-alive period that the NAT bears (REQUIREMENTS E4). */
export class HoleSearch {
  readonly #office: HoleOffice;
  readonly #runner: MachineRunner<HoleProbeState, HoleProbeEvent, HoleProbeOutput>;

  constructor(office: HoleOffice) {
    this.#office = office;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: "hole",
      definition: defineHoleProbe(this.#transitions(), office.limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Whether a probe is under way, so that whatever is sent spoils it. */
  get isProbing(): boolean {
    return this.#runner.state.name === "probing";
  }

  get isIdle(): boolean {
    return this.#runner.state.name === "idle";
  }

  dispatch(event: HoleProbeEvent): void {
    this.#runner.dispatch(event);
  }

  #transitions(): HoleProbeHandlers {
    const { keepAliveAnswerMs, keepAliveMaxMs, keepAliveMinMs, probeFailuresMax } =
      this.#office.limits;
    return {
      idleOnSearch: () => ({
        // The longest first: most NATs bear it, and then the search is over.
        state: {
          name: "pausing",
          lowMs: keepAliveMinMs,
          highMs: keepAliveMaxMs,
          tryMs: keepAliveMaxMs,
          failures: 0,
        },
      }),
      pausingOnPause: ({ lowMs, highMs, tryMs, failures }) => {
        const waitMs = tryMs + keepAliveAnswerMs;
        return {
          state: { name: "probing", lowMs, highMs, tryMs, failures, waitMs },
          outputs: [
            {
              kind: "send",
              name: "ProbeHole",
              to: "peerServer",
              message: { afterMs: tryMs },
            },
            { kind: "do", name: "hush", forMs: waitMs + keepAliveAnswerMs },
          ],
        };
      },
      probingOnHoleOpen: ({ highMs, tryMs }) => this.#narrowed({ lowMs: tryMs, highMs }),
      probingOnSilence: ({ lowMs, highMs, tryMs, failures }) => {
        const recover = { kind: "do", name: "recover" } as const;
        if (failures + 1 < probeFailuresMax) {
          return {
            state: { name: "pausing", lowMs, highMs, tryMs, failures: failures + 1 },
            outputs: [recover],
          };
        }
        const { state, outputs } = this.#narrowed({ lowMs, highMs: tryMs });
        return { state, outputs: [recover, ...outputs] };
      },
      probingOnDisturbed: ({ lowMs, highMs, tryMs, failures }) => ({
        state: { name: "pausing", lowMs, highMs, tryMs, failures },
      }),
    };
  }

  #narrowed({ lowMs, highMs }: Bounds): {
    readonly state: HoleProbeIn<"pausing" | "settled">;
    readonly outputs: readonly HoleProbeOut<"settle">[];
  } {
    const settle = { kind: "do", name: "settle", periodMs: lowMs } as const;
    if (highMs - lowMs <= this.#office.limits.keepAliveResolutionMs) {
      return { state: { name: "settled", lowMs }, outputs: [settle] };
    }
    const tryMs = Math.round((lowMs + highMs) / 2);
    return {
      state: { name: "pausing", lowMs, highMs, tryMs, failures: 0 },
      outputs: [settle],
    };
  }

  #perform(output: HoleProbeOutput): void {
    switch (output.name) {
      case "ProbeHole":
        this.#office.ask(output.message);
        return;
      case "hush":
        this.#office.hush(output.forMs);
        return;
      case "recover":
        this.#office.recover();
        return;
      case "settle":
        this.#office.settle(output.periodMs);
        return;
    }
  }
}
