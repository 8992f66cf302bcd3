import type { MachineRunner } from "../../core/index.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import { defineLiveness } from "../../../generated/system/machines/liveness.ts";
import type {
  LivenessEvent,
  LivenessHandlers,
  LivenessOutput,
  LivenessState,
} from "../../../generated/system/machines/liveness.ts";
import type { MachineSurroundings } from "../kernel/run-machine.ts";
import { runMachine } from "../kernel/run-machine.ts";

/** What a watch does to the channel it belongs to. */
export interface LivenessOptions {
  readonly kernel: MachineSurroundings;
  /** Names the channel. */
  readonly scope: string;
  readonly limits: SystemLimits;
  readonly send: (output: Extract<LivenessOutput, { kind: "send" }>) => void;
  /** The other end is taken for dead. */
  readonly giveUp: () => void;
}

/** Watches whether the other end of an open channel is still there. */
export class LivenessWatch {
  readonly #runner: MachineRunner<LivenessState, LivenessEvent, LivenessOutput>;

  constructor(options: LivenessOptions) {
    this.#runner = runMachine({
      kernel: options.kernel,
      scope: options.scope,
      definition: defineLiveness(TRANSITIONS, options.limits),
      initial: { name: "quiet" },
      perform: (output) => {
        if (output.kind === "send") options.send(output);
        else options.giveUp();
      },
    });
  }

  dispatch(event: LivenessEvent): void {
    this.#runner.dispatch(event);
  }
}

/** One ping is out at a time, so its nonce need not differ. */
const TRANSITIONS: LivenessHandlers = {
  quietOnIdle: () => ({
    state: { name: "probing" },
    outputs: [{ kind: "send", name: "Ping", to: "party", message: { nonce: 0 } }],
  }),
  eitherOnPing: (_state, { message }) => ({
    state: { name: "quiet" },
    outputs: [{ kind: "send", name: "Pong", to: "party", message: { nonce: message.nonce } }],
  }),
};
