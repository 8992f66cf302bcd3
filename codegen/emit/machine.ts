import type { Machine, Protocol, SpecModel } from "../model/model.ts";
import { printHandlers } from "./machine-handlers.ts";
import { planMachine } from "./machine-plan.ts";
import { printMachineStep } from "./machine-step.ts";
import { printMachineTypes } from "./machine-types.ts";
import type { PrintFields } from "./machine-types.ts";
import { kebabCase } from "./names.ts";
import { GeneratedFile } from "./printer.ts";

/** Where a machine's code goes: `control/machines/server-place.ts`. */
export function machinePath(protocol: Protocol, machine: Machine): string {
  return `${protocol.folder}/machines/${kebabCase(machine.name)}.ts`;
}

/** One file a machine: its unions, the interface of its bodies, the pure step, the runner's definition. */
export function emitMachines(
  protocol: Protocol,
  model: SpecModel,
  printFields: PrintFields,
): readonly GeneratedFile[] {
  return protocol.machines.map((machine) => {
    const plan = planMachine(machine, model);
    const file = new GeneratedFile(machinePath(protocol, machine), [machine.source.file]);
    printMachineTypes(file, machine, printFields);
    printHandlers(file, plan);
    printMachineStep(file, plan);
    return file;
  });
}
