import { MachineRunner } from "../../core/index.ts";
import type { MachineDefinition, MachineHost, TransitionTaken } from "../../core/index.ts";
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
  const host = new KernelHost<State, Event, Output>(options);
  host.runner = new MachineRunner(options.definition, options.initial, host);
  return host.runner;
}

/** A machine's side of its role's kernel. Methods and no closures: a simulated fleet has some hundred thousand machines. */
class KernelHost<
  State extends { readonly name: string },
  Event extends { readonly name: string },
  Output,
> implements MachineHost<Output> {
  runner: MachineRunner<State, Event, Output> | undefined;
  readonly perform: (output: Output) => void;
  readonly #kernel: MachineSurroundings;
  readonly #scope: string;

  constructor({ kernel, perform, scope }: RunMachineOptions<State, Event, Output>) {
    this.perform = perform;
    this.#kernel = kernel;
    this.#scope = scope;
  }

  arm(timer: string, afterMs: number): void {
    this.#kernel.arm(this.#timerName(timer), afterMs, () => {
      // The spec says that a timer which fires is the event of its name, and that it carries nothing.
      this.runner?.dispatch({ name: timer } as Event);
    });
  }

  cancel(timer: string): void {
    this.#kernel.cancel(this.#timerName(timer));
  }

  observe({ machine, from, on, to }: TransitionTaken): void {
    this.#kernel.observe?.({ kind: "transition", scope: this.#scope, machine, from, on, to });
  }

  refuse(): void {
    this.#kernel.count("unexpected-message");
  }

  #timerName(timer: string): string {
    return `${this.#scope}/${timer}`;
  }
}
