import { MachineRunner } from "../../core/index.ts";
import type { MachineDefinition } from "../../core/index.ts";
import type { RoleObservation } from "./observation.ts";

/** What a machine uses of a role's kernel. */
export interface MachineSurroundings {
  arm(timer: string, afterMs: number, fire: () => void): void;
  cancel(timer: string): void;
  count(code: string): void;
  readonly observe: ((observation: RoleObservation) => void) | undefined;
}

/** What an instance of a machine needs to run in a role. */
export interface RunMachineOptions<
  State extends { readonly name: string },
  Event extends { readonly name: string },
  Output,
> {
  readonly kernel: MachineSurroundings;
  /** Names the instance; unique among the role's instances. Its timers are named below it. */
  readonly scope: string;
  readonly definition: MachineDefinition<State, Event, Output>;
  readonly initial: State;
  /** Carries out one output. */
  readonly perform: (output: Output) => void;
}

/** Starts a machine whose timers and transitions go through the role's kernel. */
export function runMachine<
  State extends { readonly name: string },
  Event extends { readonly name: string },
  Output,
>(options: RunMachineOptions<State, Event, Output>): MachineRunner<State, Event, Output> {
  const { kernel, scope, definition } = options;
  const { observe } = kernel;
  const runner: MachineRunner<State, Event, Output> = new MachineRunner(
    definition,
    options.initial,
    {
      perform: options.perform,
      arm: (timer, afterMs) => {
        // The spec says that a timer which fires is the event of its name, and that it carries nothing.
        kernel.arm(
          `${scope}/${timer}`,
          afterMs,
          () => void runner.dispatch({ name: timer } as Event),
        );
      },
      cancel: (timer) => {
        kernel.cancel(`${scope}/${timer}`);
      },
      ...(observe !== undefined && {
        observe: ({ machine, from, on, to }) => {
          observe({ kind: "transition", scope, machine, from, on, to });
        },
      }),
      refuse: () => {
        kernel.count("unexpected-message");
      },
    },
  );
  return runner;
}
