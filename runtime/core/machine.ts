/** What a transition's body returns: the next state and what to issue, in order. */
export interface Step<State, Output = never> {
  readonly state: State;
  readonly outputs?: readonly Output[];
}

/** A timer and the time after which it fires, in milliseconds from now. */
export interface TimerArm {
  readonly timer: string;
  readonly afterMs: number;
}

/**
 * What became of an event. `moved`: a transition was taken. `ignored`: the state has no transition for
 * the event. `refused`: the event is a message that the state forbids.
 */
export type StepOutcome = "moved" | "ignored" | "refused";

/** What a generated `stepX` returns: data only, to be carried out by the machine's owner. */
export interface Stepped<State, Output> {
  readonly outcome: StepOutcome;
  readonly state: State;
  readonly outputs: readonly Output[];
  readonly cancel: readonly string[];
  readonly arm: readonly TimerArm[];
}

/** A way from one state to another that the spec allows. */
export interface MachineTransition {
  readonly from: string;
  readonly on: string;
  readonly to: string;
}

/** One transition that was taken, for traces and coverage. */
export interface TransitionTaken extends MachineTransition {
  readonly machine: string;
}

/** What a machine's owner does for it. */
export interface MachineHost<Output> {
  /** Carries out one output; it may dispatch further events, which wait until the step is complete. */
  perform(output: Output): void;
  /** Arms a timer, replacing one of the same name. Its firing is the event of the same name. */
  arm(timer: string, afterMs: number): void;
  cancel(timer: string): void;
  /** Hears of each transition that is taken, before its outputs are performed. */
  observe?(taken: TransitionTaken): void;
  /** Hears of each message that was refused, also of those that had to wait. */
  refuse?(event: string, state: string): void;
}

/** The generated description of a machine that a runner needs. */
export interface MachineDefinition<
  State extends { readonly name: string },
  Event extends { readonly name: string },
  Output,
> {
  readonly machine: string;
  readonly step: (state: State, event: Event) => Stepped<State, Output>;
  /** Arms the timers of the state that an instance starts (or resumes) in. */
  readonly start: (state: State) => Stepped<State, Output>;
}

const NOTHING: readonly never[] = [];

/** The result of an event that changes nothing. */
export function unmoved<State>(
  outcome: "ignored" | "refused",
  state: State,
): Stepped<State, never> {
  return { outcome, state, outputs: NOTHING, cancel: NOTHING, arm: NOTHING };
}

/** How a step completes: which timers the states before and after have, and what the spec adds to the body. */
export interface StepCompletion<State, Output> {
  /** What the body returned. */
  readonly step: Step<State, Output>;
  /** The timers that run before the step: those of the old state, without the one that fires now. Default none. */
  readonly running?: readonly string[];
  /** The timers that the new state has. Default none. */
  readonly wanted?: readonly TimerArm[];
  /** Timers that start anew even if they run already. Default none. */
  readonly restarts?: readonly string[];
  /** Outputs the spec issues after those of the body. Default none. */
  readonly always?: readonly Output[];
}

/**
 * Completes a transition. Afterwards exactly the timers of the new state run: those it lacks are
 * cancelled, those that do not run yet, or that restart, are armed.
 */
export function completeStep<State, Output>(
  completion: StepCompletion<State, Output>,
): Stepped<State, Output> {
  const { step, running = NOTHING, wanted = NOTHING } = completion;
  const { restarts = NOTHING, always = NOTHING } = completion;
  const outputs = step.outputs ?? NOTHING;
  return {
    outcome: "moved",
    state: step.state,
    outputs: always.length === 0 ? outputs : [...outputs, ...always],
    cancel: running.filter((timer) => !wanted.some((arm) => arm.timer === timer)),
    arm: wanted.filter(({ timer }) => !running.includes(timer) || restarts.includes(timer)),
  };
}

/** The largest number of events that may wait while a machine performs the outputs of a step. */
export const EVENTS_WAITING_MAX = 64;

/** The largest number of events that one call of `dispatch` takes, so that a machine cannot feed itself for ever. */
export const EVENTS_CHAINED_MAX = 1024;

/**
 * Runs one instance of a generated machine. Events that arise while outputs are performed wait until
 * the step is complete; at most 64 may wait.
 */
export class MachineRunner<
  State extends { readonly name: string },
  Event extends { readonly name: string },
  Output,
> {
  #state: State;
  #busy = false;
  /** While events wait. */
  #waiting: Event[] | undefined;
  readonly #definition: MachineDefinition<State, Event, Output>;
  readonly #host: MachineHost<Output>;

  /** Starts in `initial` and arms its timers. */
  constructor(
    definition: MachineDefinition<State, Event, Output>,
    initial: State,
    host: MachineHost<Output>,
  ) {
    this.#definition = definition;
    this.#state = initial;
    this.#host = host;
    this.#apply(definition.start(initial));
  }

  /** The state now; during `perform` already the one that the step leads to. */
  get state(): State {
    return this.#state;
  }

  /**
   * Takes one event. `waiting` says that another step is not complete yet: the event follows it, and a
   * refusal of it is told to the host.
   * @throws {RangeError} if more than 64 events wait, or events beget events without end: a bug of ours.
   */
  dispatch(event: Event): StepOutcome | "waiting" {
    if (this.#busy) {
      this.#waiting ??= [];
      if (this.#waiting.length >= EVENTS_WAITING_MAX)
        this.#overflow("events wait", EVENTS_WAITING_MAX);
      this.#waiting.push(event);
      return "waiting";
    }
    this.#busy = true;
    try {
      const outcome = this.#take(event);
      let taken = 1;
      for (let next = this.#waiting?.shift(); next !== undefined; next = this.#waiting?.shift()) {
        taken += 1;
        if (taken > EVENTS_CHAINED_MAX)
          this.#overflow("events in one dispatch", EVENTS_CHAINED_MAX);
        this.#take(next);
      }
      return outcome;
    } finally {
      this.#busy = false;
      // Only after an exception is anything left, and then it must not reach the next dispatch.
      this.#waiting = undefined;
    }
  }

  #take(event: Event): StepOutcome {
    const from = this.#state.name;
    const { machine, step } = this.#definition;
    const stepped = step(this.#state, event);
    if (stepped.outcome === "moved") {
      this.#host.observe?.({ machine, from, on: event.name, to: stepped.state.name });
      this.#apply(stepped);
    } else if (stepped.outcome === "refused") {
      this.#host.refuse?.(event.name, from);
    }
    return stepped.outcome;
  }

  #apply(stepped: Stepped<State, Output>): void {
    this.#state = stepped.state;
    for (const timer of stepped.cancel) this.#host.cancel(timer);
    for (const { timer, afterMs } of stepped.arm) this.#host.arm(timer, afterMs);
    for (const output of stepped.outputs) this.#host.perform(output);
  }

  #overflow(what: string, max: number): never {
    throw new RangeError(`${this.#definition.machine}: more than ${String(max)} ${what}`);
  }
}
