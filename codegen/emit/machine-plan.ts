import type {
  Limit,
  Machine,
  MachineEvent,
  Protocol,
  SpecModel,
  State,
  Timer,
  Transition,
} from "../model/model.ts";
import { capitalized } from "./names.ts";

/** A machine as its emitter sees it: what each state does with each event, and the methods the bodies go into. */
export interface MachinePlan {
  readonly machine: Machine;
  /** In the spec's order. */
  readonly states: readonly StatePlan[];
  readonly guards: readonly GuardPlan[];
  readonly handlers: readonly HandlerPlan[];
  readonly hasTimers: boolean;
  /** Protocols whose limits the timers use, the machine's own first. */
  readonly limitOwners: readonly Protocol[];
}

export interface StatePlan {
  readonly state: State;
  /** The events that the state has transitions for, in the spec's order. */
  readonly reactions: readonly Reaction[];
  /** Events without a transition here, by what becomes of them. */
  readonly refused: readonly MachineEvent[];
  readonly ignored: readonly MachineEvent[];
}

export interface Reaction {
  readonly event: MachineEvent;
  /** Tried in order; only the last may be without a guard. */
  readonly choices: readonly Transition[];
  /** Timers that run when the body is called: those of the state without the one that fires. */
  readonly running: readonly Timer[];
}

/** A guard: one method, called by each transition that names it. */
export interface GuardPlan {
  readonly name: string;
  readonly states: readonly State[];
  readonly events: readonly MachineEvent[];
  readonly transitions: readonly Transition[];
}

/** A transition with a body, and the name of the method that is the body. */
export interface HandlerPlan {
  readonly name: string;
  readonly transition: Transition;
}

/** Analyses a machine for the emitter. Reads the model only. */
export function planMachine(machine: Machine, model: SpecModel): MachinePlan {
  const handlers = machine.transitions
    .filter((transition) => hasBody(transition))
    .map((transition) => ({ name: handlerName(transition), transition }));
  refuseTwice(machine, handlers);
  refuseDeafTimers(machine);
  return {
    machine,
    states: machine.states.map((state) => planState(machine, state)),
    guards: planGuards(machine),
    handlers,
    hasTimers: machine.states.some((state) => state.timers.length > 0),
    limitOwners: limitOwners(machine, model),
  };
}

/**
 * Whether a transition needs a method. One that only changes to a state without data, and may issue
 * nothing of its own, is done by the generated step alone.
 */
export function hasBody(transition: Transition): boolean {
  const [target] = transition.to;
  const isFixed = transition.to.length === 1 && target?.data.length === 0;
  return !isFixed || transition.sends.length > 0 || transition.does.length > 0;
}

/** `reservedOnRouterAttach`, `waitingOnExpiryWhenCookieValid`. */
export function handlerName(transition: Transition): string {
  const [first] = transition.from;
  const from =
    transition.group ?? (transition.from.length === 1 ? first?.name : undefined) ?? "any";
  const guard = transition.guard === undefined ? "" : `When${capitalized(transition.guard)}`;
  return `${from}On${capitalized(transition.on.name)}${guard}`;
}

/** The timers that a transition from `from` to `to` arms: new ones, and those that start anew. */
export function armedTimers(transition: Transition, from: State, to: State): readonly Timer[] {
  const running = runningTimers(from, transition.on);
  return to.timers.filter(
    (timer) => !running.includes(timer) || transition.restarts.includes(timer),
  );
}

/** The timers that a transition from `from` to `to` cancels. */
export function cancelledTimers(transition: Transition, from: State, to: State): readonly Timer[] {
  return runningTimers(from, transition.on).filter((timer) => !to.timers.includes(timer));
}

function planState(machine: Machine, state: State): StatePlan {
  const own = machine.transitions.filter((transition) => transition.from.includes(state));
  const reactions = [...Map.groupBy(own, (transition) => transition.on.name).values()].flatMap(
    (choices) => {
      const [first] = choices;
      if (first === undefined) return [];
      return [{ event: first.on, choices, running: runningTimers(state, first.on) }];
    },
  );
  const without = machine.events.filter(
    (event) => !own.some((transition) => transition.on.name === event.name),
  );
  const isRefused = (event: MachineEvent): boolean =>
    event.kind === "message" && machine.unexpected === "refuse";
  return {
    state,
    reactions,
    refused: without.filter(isRefused),
    ignored: without.filter((event) => !isRefused(event)),
  };
}

function runningTimers(state: State, event: MachineEvent): readonly Timer[] {
  return state.timers.filter((timer) => event.kind !== "timer" || timer !== event.timer);
}

function planGuards(machine: Machine): readonly GuardPlan[] {
  const guarded = machine.transitions.filter((transition) => transition.guard !== undefined);
  return [...Map.groupBy(guarded, (transition) => transition.guard ?? "")].map(
    ([name, transitions]) => ({
      name,
      transitions,
      states: machine.states.filter((state) =>
        transitions.some((transition) => transition.from.includes(state)),
      ),
      events: machine.events.filter((event) =>
        transitions.some((transition) => transition.on.name === event.name),
      ),
    }),
  );
}

function limitOwners(machine: Machine, model: SpecModel): readonly Protocol[] {
  const limits = new Set<Limit>();
  for (const { after } of machine.states.flatMap((state) => state.timers)) {
    if (typeof after === "object" && "value" in after) limits.add(after);
  }
  return model.protocols
    .filter((protocol) => protocol.limits.some((limit) => limits.has(limit)))
    .sort((a, b) => Number(b.name === machine.protocol) - Number(a.name === machine.protocol));
}

function refuseTwice(machine: Machine, handlers: readonly HandlerPlan[]): void {
  const names = new Set<string>();
  for (const { name, transition } of handlers) {
    if (names.has(name)) {
      const { file, line } = transition.source;
      throw new Error(
        `${file}:${String(line)}: two transitions of ${machine.name} need a body called ${name}; give one a group or a guard`,
      );
    }
    names.add(name);
  }
}

/**
 * In each state exactly its timers run. A timer whose firing changed nothing would be listed and not
 * run, so each must have a transition that is always taken.
 */
function refuseDeafTimers(machine: Machine): void {
  for (const state of machine.states) {
    for (const timer of state.timers) {
      const isHeard = machine.transitions.some(
        ({ from, on, guard }) =>
          on.name === timer.name && from.includes(state) && guard === undefined,
      );
      if (isHeard) continue;
      const { file, line } = state.source;
      throw new Error(
        `${file}:${String(line)}: timer ${timer.name} may fire in state ${state.name} of ${machine.name} and change nothing; add a transition without a guard`,
      );
    }
  }
}

/** Every output that a body may issue, by name: messages that transitions send, then declared outputs. */
export function issuedNames(transition: Transition): readonly string[] {
  return [...transition.sends, ...transition.does].map((output) => output.name);
}
