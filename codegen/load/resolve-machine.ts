import type { Machine, MachineEvent, MachineOutput, State, Timer } from "../model/model.ts";
import type { Report } from "./diagnostic.ts";
import type { RawMachine } from "./raw-documents.ts";
import { MachineNames } from "./machine-names.ts";
import type { Part } from "./machine-names.ts";
import { resolveFields } from "./resolve-fields.ts";
import type { FieldContext } from "./resolve-fields.ts";
import { resolveTransitions } from "./resolve-transitions.ts";
import type { Scope } from "./scope.ts";
import { elementsOf } from "./sound-document.ts";
import type { RawElement, SoundDocument } from "./sound-document.ts";

/** @returns undefined if something the machine names is not there; every problem is reported. */
export function resolveMachine(
  sound: SoundDocument,
  scope: Scope,
  report: Report,
): Machine | undefined {
  const { document } = sound;
  const raw = document.value as RawMachine;
  const context: FieldContext = { document, scope, report };
  const names = new MachineNames(context);
  const roles = resolveRoles(sound, raw.role, scope);
  const timers = resolveTimers(sound, raw, context);
  names.defineTimers(timers);
  const states = elementsOf(sound, ["states"], raw.states).map((element) =>
    resolveState(context, names, element),
  );
  names.defineStates(states);
  names.defineEvents(
    elementsOf(sound, ["events"], raw.events).map((element) => resolveEvent(context, element)),
  );
  names.defineOutputs(
    elementsOf(sound, ["outputs"], raw.outputs).map((element) => resolveOutput(context, element)),
  );
  const initial = names.state(raw.initial, ["initial"]);
  const transitions = resolveTransitions(context, names, raw.transitions);
  checkTimerData(sound, raw, states, report);
  if (roles === undefined || initial === undefined || transitions === undefined || names.hasProblem)
    return undefined;
  return {
    name: raw.machine,
    doc: raw.doc,
    source: document.placeOf(["machine"]),
    protocol: scope.protocol,
    roles,
    initial,
    states: names.states,
    timers: names.timers,
    events: names.events,
    outputs: names.outputs,
    transitions,
    unexpected: raw.unexpected,
  };
}

function resolveRoles(
  { document }: SoundDocument,
  raw: RawMachine["role"],
  scope: Scope,
): readonly string[] | undefined {
  if (typeof raw === "string") return scope.find("role", raw, document.placeOf(["role"])) && [raw];
  const found = raw.map((role, index) =>
    scope.find("role", role, document.placeOf(["role", index])),
  );
  return found.includes(undefined) ? undefined : raw;
}

function resolveTimers(
  sound: SoundDocument,
  raw: RawMachine,
  context: FieldContext,
): readonly Part<Timer>[] {
  return elementsOf(sound, ["timers"], raw.timers).map(({ name, path, place, raw: timer }) => {
    const after = timer?.after ?? 0;
    const head = { name, doc: timer?.doc ?? "", source: place };
    if (typeof after === "number") return { name, value: { ...head, after } };
    if (after.state !== undefined)
      return { name, value: { ...head, after: { stateData: after.state } } };
    const at = context.document.placeOf([...path, "after", "limit"]);
    const limit = context.scope.find("limit", after.limit ?? "", at);
    return { name, value: limit && { ...head, after: limit } };
  });
}

function resolveState(
  context: FieldContext,
  names: MachineNames,
  element: RawElement<RawMachine["states"][string]>,
): Part<State> {
  const { name, path, place, raw } = element;
  const data = resolveFields(context, raw?.data, [...path, "data"]);
  const timers = (raw?.timers ?? []).map((timer, index) =>
    names.timer(timer, [...path, "timers", index]),
  );
  if (raw === undefined || data === undefined || !timers.every((timer) => timer !== undefined)) {
    return { name, value: undefined };
  }
  const value: State = {
    name,
    doc: raw.doc,
    source: place,
    data,
    timers,
    final: raw.final ?? false,
    endless: raw.endless ?? false,
  };
  return { name, value };
}

function resolveEvent(
  context: FieldContext,
  element: RawElement<NonNullable<RawMachine["events"]>[string]>,
): Part<MachineEvent> {
  const { name, path, place, raw } = element;
  const data = resolveFields(context, raw?.data, [...path, "data"]);
  if (raw === undefined || data === undefined) return { name, value: undefined };
  return { name, value: { name, doc: raw.doc, source: place, kind: raw.kind, data } };
}

function resolveOutput(
  context: FieldContext,
  element: RawElement<NonNullable<RawMachine["outputs"]>[string]>,
): Part<MachineOutput> {
  const { name, path, place, raw } = element;
  const data = resolveFields(context, raw?.data, [...path, "data"]);
  if (raw === undefined || data === undefined) return { name, value: undefined };
  return { name, value: { name, doc: raw.doc, source: place, data } };
}

/** A timer that lasts as long as its state says needs that field in each state that lists it. */
function checkTimerData(
  sound: SoundDocument,
  raw: RawMachine,
  states: readonly Part<State>[],
  report: Report,
): void {
  for (const { name, path, raw: timer } of elementsOf(sound, ["timers"], raw.timers)) {
    const field = typeof timer?.after === "object" ? timer.after.state : undefined;
    if (field === undefined) continue;
    for (const { value: state } of states) {
      if (state?.timers.some((listed) => listed.name === name) !== true) continue;
      if (state.data.some((candidate) => candidate.name === field)) continue;
      const message = `The timer ${name} lasts ${field}, and the state ${state.name} that lists it has no such field.`;
      const place = sound.document.placeOf([...path, "after", "state"]);
      report(place, "unknown-field", message, `Add ${field} to the data of ${state.name}.`);
    }
  }
}
