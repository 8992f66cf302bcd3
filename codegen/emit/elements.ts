import type { Machine, Message, Protocol } from "../model/model.ts";
import { machinePath } from "./machine.ts";
import { constantCase } from "./names.ts";
import { GeneratedFile, code, coreType, generatedValue, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** Writes, for a protocol, its machines and messages as data: what a campaign of the simulator should exercise. */
export function emitElements(protocol: Protocol): readonly GeneratedFile[] {
  const { machines, messages } = protocol;
  if (machines.length + messages.length === 0) return [];
  const documents = [...machines, ...messages].map((element) => element.source.file);
  const file = new GeneratedFile(`${protocol.folder}/elements.ts`, [...new Set(documents)].sort());
  file.print(
    jsdoc(
      `The machines and messages of the protocol \`${protocol.name}\`, against which coverage is measured.`,
    ),
    code`export const ${constantCase(protocol.name)}_ELEMENTS: ${coreType("ProtocolElements")} = {
protocol: "${protocol.name}",
machines: [${machines.map((machine) => machineText(protocol, machine))}],
messages: [${messages.map(messageText)}],
};`,
  );
  return [file];
}

function machineText(protocol: Protocol, machine: Machine): Fragment {
  const { name, roles, events } = machine;
  const path = machinePath(protocol, machine);
  const constant = constantCase(name);
  const hasTimers = events.some(({ kind }) => kind === "timer");
  const timers = hasTimers ? generatedValue(path, `${constant}_TIMERS`) : "[]";
  return code`
{
machine: "${name}",
roles: ${namesText(roles)},
transitions: ${generatedValue(path, `${constant}_TRANSITIONS`)},
timers: ${timers},
},`;
}

function messageText({ name, tag, from, to }: Message): Fragment {
  return code`
{ message: "${name}", tag: ${tag}, from: ${namesText(from)}, to: ${namesText(to)} },`;
}

function namesText(names: readonly string[]): string {
  return JSON.stringify(names);
}
