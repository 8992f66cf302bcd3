import type { Machine, Transition } from "../../model/model.ts";

/** A state, an event or an output of any machine. */
export interface Named {
  readonly name: string;
  readonly [member: string]: unknown;
}

/** Stands for the bodies and guards of an implementer: the same question in the same turn has the same answer. */
export interface Bodies {
  guard(name: string): boolean;
  body(transition: Transition): { readonly state: Named; readonly outputs: readonly Named[] };
}

/** What can be seen of one instance after an event. */
export interface Observed {
  readonly outcome: string;
  readonly state: Named;
  readonly outputs: readonly Named[];
  /** For each running timer the turn in which it was armed, and for how long. */
  readonly running: ReadonlyMap<string, { readonly turn: number; readonly afterMs: number }>;
}

/**
 * Runs a machine straight from the model, by the words of the spec language: a timer runs in the states
 * that list it; entering such a state from one without it arms it; a transition arms those it restarts.
 */
export class MachineInterpreter {
  readonly #machine: Machine;
  #state: Named;
  #running: ReadonlyMap<string, { readonly turn: number; readonly afterMs: number }>;

  constructor(machine: Machine, initial: Named) {
    this.#machine = machine;
    this.#state = initial;
    this.#running = this.#timers(new Map(), [], 0);
  }

  get state(): Named {
    return this.#state;
  }

  get running(): Observed["running"] {
    return this.#running;
  }

  /** Takes one event in the given turn. */
  take(event: Named, bodies: Bodies, turn: number): Observed {
    const chosen = this.#machine.transitions.find(
      ({ from, on, guard }) =>
        on.name === event.name &&
        from.some((state) => state.name === this.#state.name) &&
        (guard === undefined || bodies.guard(guard)),
    );
    if (chosen === undefined) return this.#observed(this.#unmoved(event), []);
    const { state, outputs } = bodies.body(chosen);
    const before = new Map(this.#running);
    before.delete(event.name);
    this.#state = state;
    this.#running = this.#timers(
      before,
      chosen.restarts.map(({ name }) => name),
      turn,
    );
    const always = chosen.always.map(({ name }) => ({ kind: "do", name }));
    return this.#observed("moved", [...outputs, ...always]);
  }

  #unmoved(event: Named): string {
    const isMessage = this.#machine.events.some(
      ({ name, kind }) => name === event.name && kind === "message",
    );
    return isMessage && this.#machine.unexpected === "refuse" ? "refused" : "ignored";
  }

  #observed(outcome: string, outputs: readonly Named[]): Observed {
    return { outcome, state: this.#state, outputs, running: this.#running };
  }

  #timers(
    before: Observed["running"],
    restarts: readonly string[],
    turn: number,
  ): Observed["running"] {
    const timers = this.#machine.states.find(({ name }) => name === this.#state.name)?.timers ?? [];
    return new Map(
      timers.map(({ name, after }) => {
        const kept = restarts.includes(name) ? undefined : before.get(name);
        return [name, kept ?? { turn, afterMs: this.#duration(after) }];
      }),
    );
  }

  #duration(after: Machine["timers"][number]["after"]): number {
    if (typeof after === "number") return after;
    if ("stateData" in after) return Number(this.#state[after.stateData]);
    return Number(after.value);
  }
}
