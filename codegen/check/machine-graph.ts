import type { Report } from "../load/diagnostic.ts";
import type { Machine, SpecModel, State, Transition } from "../model/model.ts";
import { machinesOf, placeOf } from "./parts.ts";

/** Every state is reached and left, and none waits for others without a way out by time. */
export function checkMachineGraph(model: SpecModel, report: Report): void {
  for (const { machine } of machinesOf(model)) {
    checkReached(machine, report);
    for (const state of machine.states) {
      if (state.final) checkFinal(model, machine, state, report);
      else checkLeft(machine, state, report);
    }
    checkEnds(machine, report);
  }
}

function checkReached(machine: Machine, report: Report): void {
  const reached = reachable(machine, [machine.initial], (transition) => [
    transition.from,
    transition.to,
  ]);
  for (const state of machine.states.filter((candidate) => !reached.has(candidate))) {
    const message = `The state ${state.name} of ${machine.name} is never reached from ${machine.initial.name}.`;
    report(state.source, "state-unreachable", message, "Add a transition to it, or remove it.");
  }
}

function checkFinal(model: SpecModel, machine: Machine, state: State, report: Report): void {
  for (const transition of machine.transitions.filter(({ from }) => from.includes(state))) {
    const message = `A transition on ${transition.on.name} leaves the final state ${state.name}.`;
    const remedy = "Remove it, or the final from the state.";
    report(placeOf(model, transition, "from"), "state-final-left", message, remedy);
  }
  if (state.timers.length > 0 || state.endless) {
    const member = state.endless ? "endless" : "timers";
    const message = `The final state ${state.name} has ${member}, and nothing can happen there.`;
    report(placeOf(model, state, member), "state-final-timer", message, `Remove ${member}.`);
  }
}

function checkLeft(machine: Machine, state: State, report: Report): void {
  const own = machine.transitions.filter(({ from }) => from.includes(state));
  const exits = own.filter(({ to }) => to.some((target) => target !== state));
  const isLeft = state.endless ? own.length > 0 : exits.length > 0;
  if (!isLeft) {
    const message = `Nothing leads out of the state ${state.name} of ${machine.name}.`;
    const remedy =
      'Add a transition to another state, or say "final": true, or "endless": true if it serves for ever.';
    report(state.source, "state-dead-end", message, remedy);
    return;
  }
  if (state.endless || !exits.some(isByOthers)) return;
  // A state that somebody else must end may last for ever, unless time ends it; where its owner can end it by a
  // command, it is enough that time makes it try again.
  const isOwners = exits.some(({ on }) => on.kind === "command" || on.kind === "internal");
  if ((isOwners ? own : exits).some(({ on }) => on.kind === "timer")) return;
  const message = `The state ${state.name} of ${machine.name} waits for ${exits.map(({ on }) => on.name).join(", ")} and, if that never comes, for ever.`;
  const remedy =
    'Give it a timer with a transition to another state, or say "endless": true if it rests on purpose.';
  report(state.source, "state-waits-forever", message, remedy);
}

function isByOthers({ on }: Transition): boolean {
  return on.kind === "message" || on.kind === "stream" || on.kind === "result";
}

/** In a machine that ends at all, every state leads to an end or to a state that rests on purpose. */
function checkEnds(machine: Machine, report: Report): void {
  const ends = machine.states.filter((state) => state.final || state.endless);
  if (!machine.states.some((state) => state.final)) return;
  const ending = reachable(machine, ends, (transition) => [transition.to, transition.from]);
  for (const state of machine.states.filter((candidate) => !ending.has(candidate))) {
    const message = `No path leads from the state ${state.name} of ${machine.name} to a final or endless state.`;
    report(
      state.source,
      "state-trapped",
      message,
      "Add a transition that leads out of the circle.",
    );
  }
}

function reachable(
  machine: Machine,
  start: readonly State[],
  direct: (transition: Transition) => readonly [readonly State[], readonly State[]],
): ReadonlySet<State> {
  const reached = new Set(start);
  let before = -1;
  while (before !== reached.size) {
    before = reached.size;
    for (const transition of machine.transitions) {
      const [from, to] = direct(transition);
      if (from.some((state) => reached.has(state))) for (const state of to) reached.add(state);
    }
  }
  return reached;
}
