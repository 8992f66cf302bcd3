import type { Report } from "../load/diagnostic.ts";
import type { Element, Field, Machine, SpecModel } from "../model/model.ts";
import { machinesOf, placeOf } from "./parts.ts";

/** Members that tell the members of a generated union apart; data stands beside them. */
const TAGS = {
  state: new Set(["name"]),
  event: new Set(["name"]),
  output: new Set(["kind", "name"]),
} as const;

/** What a machine declares is used, and its data stands beside what the generated types need. */
export function checkMachineParts(model: SpecModel, report: Report): void {
  for (const { machine } of machinesOf(model)) {
    checkUsed(machine, report);
    checkAlways(model, machine, report);
    for (const state of machine.states)
      checkData(model, { kind: "state", owner: state, data: state.data }, report);
    for (const event of machine.events) {
      if ("data" in event)
        checkData(model, { kind: "event", owner: event, data: event.data }, report);
    }
    for (const output of machine.outputs)
      checkData(model, { kind: "output", owner: output, data: output.data }, report);
  }
}

function checkUsed(machine: Machine, report: Report): void {
  for (const event of machine.events) {
    if (machine.transitions.some(({ on }) => on === event)) continue;
    const message = `No transition of ${machine.name} is on the event ${event.name}.`;
    report(event.source, "event-unused", message, "Add the transition, or remove the event.");
  }
  for (const output of machine.outputs) {
    if (
      machine.transitions.some(
        ({ does, always }) => does.includes(output) || always.includes(output),
      )
    )
      continue;
    const message = `No transition of ${machine.name} does ${output.name}.`;
    report(output.source, "output-unused", message, "Name it in does or always, or remove it.");
  }
}

function checkAlways(model: SpecModel, machine: Machine, report: Report): void {
  for (const transition of machine.transitions) {
    for (const [index, output] of transition.always.entries()) {
      if (output.data.length === 0) continue;
      const message = `${output.name} has data, which the generated step does not know; only a body can issue it.`;
      const place = placeOf(model, transition, `always/${index.toString()}`);
      report(place, "output-always-data", message, "Move it to does.");
    }
  }
}

interface Data {
  readonly kind: keyof typeof TAGS;
  readonly owner: Element;
  readonly data: readonly Field[];
}

function checkData(model: SpecModel, { kind, owner, data }: Data, report: Report): void {
  for (const field of data.filter(({ name }) => TAGS[kind].has(name))) {
    const message = `The ${kind} ${owner.name} cannot have a field ${field.name}: it tells ${kind}s apart.`;
    report(placeOf(model, field, "name"), "data-name-reserved", message, "Rename the field.");
  }
}
