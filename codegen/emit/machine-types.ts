import type { Field, Machine, MachineEvent, Message } from "../model/model.ts";
import { issuedNames } from "./machine-plan.ts";
import { constantCase, generatedPath } from "./names.ts";
import { code, coreType, generatedType, join, jsdoc } from "./printer.ts";
import type { Fragment, GeneratedFile } from "./printer.ts";

/** How the fields of a state, an event or an output are written: `readonly sessionId: Uint8Array;` with its doc. */
export type PrintFields = (fields: readonly Field[]) => Fragment;

/** Prints the unions that a machine is made of, the types that pick from them, and its tables. */
export function printMachineTypes(
  file: GeneratedFile,
  machine: Machine,
  printFields: PrintFields,
): void {
  const { name } = machine;
  file.print(
    jsdoc(machine.doc, `The state of one \`${name}\`; starts as \`${machine.initial.name}\`.`),
    code`export type ${name}State =${union(
      machine.states.map(({ name: state, doc, data, final }) =>
        member(
          final ? `${doc} Final.` : doc,
          code`readonly name: "${state}"; ${printFields(data)}`,
        ),
      ),
    )};\n`,
  );
  file.print(
    jsdoc(`What happens to a \`${name}\`: messages, timers, and what its owner tells it.`),
    code`export type ${name}Event =${union(machine.events.map((event) => eventMember(event, printFields)))};\n`,
  );
  file.print(
    jsdoc(`What a \`${name}\` asks of its owner: to send a message, or to do something.`),
    code`export type ${name}Output =${union(outputMembers(machine, printFields))};\n`,
  );
  printPickers(file, machine);
  printMessageNames(file, machine);
  printTimerNames(file, machine);
  printTables(file, machine);
}

/** The messages that any transition may send, each once, in order of first use. */
function sentMessages(machine: Machine): readonly Message[] {
  return [...new Set(machine.transitions.flatMap((transition) => transition.sends))];
}

/** The messages that the machine takes as events. */
function takenMessages(machine: Machine): readonly Message[] {
  return machine.events.flatMap((event) => (event.kind === "message" ? [event.message] : []));
}

/** A union of names as literal types; `never` of none. */
export function nameUnion(names: readonly string[]): string {
  return names.length === 0 ? "never" : names.map((name) => `"${name}"`).join(" | ");
}

function union(members: readonly Fragment[]): Fragment {
  return members.length === 0 ? " never" : members;
}

function member(doc: string, body: Fragment): Fragment {
  return code`\n${jsdoc(doc)}| { ${body} }`;
}

function messageType(message: Message): Fragment {
  return generatedType(generatedPath(message.source), message.name);
}

function eventMember(event: MachineEvent, printFields: PrintFields): Fragment {
  const name = code`readonly name: "${event.name}"; `;
  switch (event.kind) {
    case "message":
      return member(event.doc, [name, code`readonly message: ${messageType(event.message)}`]);
    case "timer":
      return member(`Timer. ${event.doc}`, name);
    default:
      return member(event.doc, [name, printFields(event.data)]);
  }
}

function outputMembers(machine: Machine, printFields: PrintFields): readonly Fragment[] {
  const sends = sentMessages(machine).map((message) =>
    member(
      message.doc,
      code`readonly kind: "send"; readonly name: "${message.name}"; readonly to: ${nameUnion(message.to)}; readonly message: ${messageType(message)}`,
    ),
  );
  const does = machine.outputs.map(({ name, doc, data }) =>
    member(doc, code`readonly kind: "do"; readonly name: "${name}"; ${printFields(data)}`),
  );
  return [...sends, ...does];
}

function printPickers(file: GeneratedFile, { name, transitions }: Machine): void {
  const picker = (suffix: string, from: string, doc: string): void => {
    file.print(
      jsdoc(doc),
      `export type ${name}${suffix}<Name extends ${name}${from}["name"]> = Extract<${name}${from}, { readonly name: Name }>;\n`,
    );
  };
  picker("In", "State", "The state, or states, of these names.");
  picker("On", "Event", "The event, or events, of these names.");
  const mayIssue = transitions.some((transition) => issuedNames(transition).length > 0);
  if (mayIssue) picker("Out", "Output", "The output, or outputs, of these names.");
}

function printMessageNames(file: GeneratedFile, machine: Machine): void {
  const { name } = machine;
  const messages = takenMessages(machine);
  if (messages.length === 0) return;
  file.print(
    jsdoc("Names of the messages that are events of this machine."),
    `export type ${name}MessageName = ${nameUnion(messages.map((message) => message.name))};\n`,
  );
  file.print(
    jsdoc(
      "Whether a received message is an event of this machine; if so it can be dispatched as it is.",
    ),
    `export function is${name}Message(received: { readonly name: string }): received is ${name}On<${name}MessageName> {
      switch (received.name) {
        ${messages.map((message) => `case "${message.name}":`).join("\n")}
          return true;
        default:
          return false;
      }
    }\n`,
  );
}

function printTimerNames(file: GeneratedFile, { name, events }: Machine): void {
  const timers = events.filter((event) => event.kind === "timer").map((event) => event.name);
  if (timers.length === 0) return;
  const constant = `${constantCase(name)}_TIMERS`;
  file.print(
    jsdoc(
      "Names of the timers that this machine arms; the firing of each is the event of its name.",
    ),
    `export type ${name}Timer = ${nameUnion(timers)};\n`,
  );
  file.print(
    jsdoc("The timers this machine arms."),
    `export const ${constant}: readonly ${name}Timer[] = [${timers.map((timer) => `"${timer}"`).join(", ")}];\n`,
  );
  file.print(
    jsdoc(
      "Whether a timer is one of this machine; if so its firing can be dispatched as `{ name }`.",
    ),
    `export function is${name}Timer(timer: string): timer is ${name}Timer {
      return ${constant}.some((name) => name === timer);
    }\n`,
  );
}

function printTables(file: GeneratedFile, machine: Machine): void {
  const constant = constantCase(machine.name);
  const rows = machine.transitions.flatMap(({ from, on, to }) =>
    from.flatMap((source) =>
      to.map((target) => `{ from: "${source.name}", on: "${on.name}", to: "${target.name}" }`),
    ),
  );
  file.print(
    jsdoc("Each transition of the spec, one row a target: the measure of coverage."),
    code`export const ${constant}_TRANSITIONS: readonly ${coreType("MachineTransition")}[] = [
      ${join([...new Set(rows)], ",\n")}
    ];\n`,
  );
}
