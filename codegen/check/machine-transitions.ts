import { handlerName, hasBody } from "../emit/machine-plan.ts";
import type { Report } from "../load/diagnostic.ts";
import type { Machine, SpecModel, Transition } from "../model/model.ts";
import { duplicatesOf, machinesOf, placeOf, told } from "./parts.ts";

/** Of the transitions of one state and event each is tried at some time, and each body has its own name. */
export function checkMachineTransitions(model: SpecModel, report: Report): void {
  for (const { machine } of machinesOf(model)) {
    for (const state of machine.states) {
      const own = machine.transitions.filter(({ from }) => from.includes(state));
      for (const choices of Map.groupBy(own, ({ on }) => on).values()) {
        checkChoices(model, state.name, choices, report);
      }
    }
    checkMethods(machine, report);
  }
}

function checkChoices(
  model: SpecModel,
  state: string,
  choices: readonly Transition[],
  report: Report,
): void {
  const always = choices.findIndex(({ guard }) => guard === undefined);
  const first = choices[always];
  if (first !== undefined) {
    for (const transition of choices.slice(always + 1)) {
      const message = `In ${state} this transition on ${transition.on.name} is never tried: the one in line ${first.source.line.toString()} has no guard.`;
      const remedy = "Move the one without a guard below it, or give that one a guard.";
      report(placeOf(model, transition, "on"), "transition-shadowed", message, remedy);
    }
  }
  const guarded = choices.filter(({ guard }) => guard !== undefined);
  for (const [transition, earlier] of duplicatesOf(guarded, ({ guard }) => guard)) {
    const message = `In ${state} a transition on ${transition.on.name} before this one (${told(earlier)}) has the same guard ${transition.guard ?? ""}.`;
    report(placeOf(model, transition, "guard"), "guard-twice", message, "Give it another guard.");
  }
}

/** Bodies and guards are methods of one generated interface. */
function checkMethods(machine: Machine, report: Report): void {
  const bodies = machine.transitions.filter(hasBody);
  const named = bodies.map((transition) => ({
    name: handlerName(transition),
    source: transition.source,
  }));
  const guards = new Set(machine.transitions.map(({ guard }) => guard));
  for (const [body, first] of duplicatesOf(named, ({ name }) => name)) {
    const message = `The transition's body would be called ${body.name}, as that of ${told(first)}.`;
    report(
      body.source,
      "generated-name-twice",
      message,
      "Give one of the two another group or guard.",
    );
  }
  for (const body of named.filter(({ name }) => guards.has(name))) {
    const message = `The transition's body would be called ${body.name}, as a guard is.`;
    report(body.source, "generated-name-twice", message, "Rename the guard.");
  }
}
