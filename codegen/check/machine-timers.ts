import type { Report } from "../load/diagnostic.ts";
import type { Machine, SpecModel, State, Timer, Transition } from "../model/model.ts";
import { machinesOf, placeOf } from "./parts.ts";

/** Timers run somewhere, mean milliseconds, and are awaited where and only where they run. */
export function checkMachineTimers(model: SpecModel, report: Report): void {
  for (const { machine } of machinesOf(model)) {
    for (const timer of machine.timers) {
      checkUnit(model, machine, timer, report);
      if (machine.states.some((state) => state.timers.includes(timer))) continue;
      const message = `No state of ${machine.name} lists the timer ${timer.name}, so that it never runs.`;
      report(timer.source, "timer-unused", message, "List it in a state's timers, or remove it.");
    }
    for (const state of machine.states) checkHandled(model, machine, state, report);
    for (const transition of machine.transitions) checkRunning(model, transition, report);
  }
}

function checkHandled(model: SpecModel, machine: Machine, state: State, report: Report): void {
  if (state.final) return;
  for (const [index, timer] of state.timers.entries()) {
    const isHandled = machine.transitions.some(
      ({ from, on, guard }) =>
        // A guard may refuse, and then the state would have a timer that does not run.
        guard === undefined && from.includes(state) && on.kind === "timer" && on.timer === timer,
    );
    if (isHandled) continue;
    const message = `The timer ${timer.name} fires in the state ${state.name}, which has no transition on it without a guard.`;
    const place = placeOf(model, state, `timers/${index.toString()}`);
    report(
      place,
      "timer-unhandled",
      message,
      "Add the transition, or take the timer from the state.",
    );
  }
}

function checkRunning(model: SpecModel, transition: Transition, report: Report): void {
  const { on, from, to, restarts } = transition;
  if (on.kind === "timer") {
    for (const state of from.filter((candidate) => !candidate.timers.includes(on.timer))) {
      const message = `The timer ${on.name} does not run in the state ${state.name}, so that this transition never happens there.`;
      report(
        placeOf(model, transition, "on"),
        "timer-not-running",
        message,
        `List it in the timers of ${state.name}.`,
      );
    }
  }
  for (const [index, timer] of restarts.entries()) {
    if (to.some((state) => state.timers.includes(timer))) continue;
    const message = `The timer ${timer.name} is restarted, and no target of the transition lists it.`;
    const place = placeOf(model, transition, `restarts/${index.toString()}`);
    report(place, "timer-not-running", message, "Remove it from restarts.");
  }
}

function checkUnit(model: SpecModel, machine: Machine, timer: Timer, report: Report): void {
  const { after } = timer;
  if (typeof after === "number") return;
  const place = placeOf(model, timer, "after");
  if ("value" in after) {
    if (after.unit === "ms" && typeof after.value === "number") return;
    const what = typeof after.value === "number" ? `in ${after.unit}` : "a series";
    const message = `The timer ${timer.name} lasts ${after.name}, which is ${what}.`;
    const remedy =
      typeof after.value === "number"
        ? "Give the limit in ms."
        : 'Let the state hold the milliseconds: {"state": …}; the body takes them from the series.';
    report(place, "timer-unit", message, remedy);
    return;
  }
  for (const state of machine.states.filter(({ timers }) => timers.includes(timer))) {
    const field = state.data.find(({ name }) => name === after.stateData);
    const isNumber = field?.type.kind === "integer" && field.type.as === "number";
    if (field === undefined || (isNumber && (field.unit ?? "ms") === "ms")) continue;
    const message = `The timer ${timer.name} lasts ${field.name} of ${state.name}, which is no number of milliseconds.`;
    report(place, "timer-unit", message, "Make the field an integer with the unit ms.");
  }
}
