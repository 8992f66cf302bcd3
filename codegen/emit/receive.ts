import type { Element, Message, Protocol, Transport } from "../model/model.ts";
import { constantOf, memberOf, typeOf } from "./codec-symbols.ts";
import { capitalized, pascalCase } from "./names.ts";
import { GeneratedFile, code, coreValue, join, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** The messages that one role may receive over one transport. */
interface Inlet {
  readonly role: Element;
  readonly transport: Transport;
  readonly messages: readonly Message[];
}

/** Writes, for each role and transport, what may arrive there: union, decoder by tag, handlers, dispatch. */
export function emitReceive(protocol: Protocol): readonly GeneratedFile[] {
  const inlets = inletsOf(protocol);
  if (inlets.length === 0) return [];
  const documents = [...new Set(protocol.messages.map((message) => message.source.file))].sort();
  const file = new GeneratedFile(`${protocol.folder}/receive.ts`, documents);
  for (const inlet of inlets) file.print(inletText(inlet));
  file.print(refuseText(protocol));
  return [file];
}

/** Roles and transports in the order of the spec, those of used protocols first. */
function inletsOf(protocol: Protocol): readonly Inlet[] {
  const roles = visible(protocol).flatMap((one) => one.roles);
  const transports = visible(protocol).flatMap((one) => one.transports);
  return roles.flatMap((role) =>
    transports.flatMap((transport) => {
      const messages = protocol.messages.filter(
        (message) => message.to.includes(role.name) && message.transport === transport,
      );
      return messages.length === 0 ? [] : [{ role, transport, messages }];
    }),
  );
}

/** What a message may name: protocols that do not use each other may have roles and transports of one name. */
function visible(protocol: Protocol): readonly Protocol[] {
  return [...protocol.uses, protocol];
}

function inletText(inlet: Inlet): Fragment {
  const { role, transport, messages } = inlet;
  const name = pascalCase(role.name) + pascalCase(transport.name);
  const members = messages.map(
    (message) =>
      code`\n| { readonly name: "${message.name}"; readonly message: ${typeOf(message)} }`,
  );
  const where = `\`${role.name}\` over \`${transport.name}\``;
  return [
    jsdoc(`What ${where} may receive.`),
    code`export type ${name}Received = ${members};\n\n`,
    decoderText(inlet, name),
    jsdoc(`One method for each message that reaches ${where}.`),
    code`export interface ${name}Handlers<Context> {${messages.map(handlerText)}\n}\n\n`,
    dispatchText(messages, name),
  ];
}

function decoderText(inlet: Inlet, name: string): Fragment {
  const cases = inlet.messages.map((message) => {
    const decoded = code`${memberOf(message, "decode")}(bytes, view, offset, end)`;
    return code`case ${constantOf(message, "TAG")}:
${coreValue("boundLength")}(end - offset, ${message.maxBytes}, "${message.name}", offset);
return { name: "${message.name}", message: ${decoded} };`;
  });
  return [
    jsdoc(
      `Reads the value of a frame that reached \`${inlet.role.name}\` over \`${inlet.transport.name}\`.`,
      "@throws {WireError} `unknown-tag`, `wrong-direction` for a message that does not come this way, `overlong`, or what its decoder finds.",
    ),
    code`export function decode${name}(tag: number, bytes: Uint8Array, view: DataView, offset: number, end: number): ${name}Received {
switch (tag) {
${join(cases, "\n")}
default: return refuseTag(tag, offset);
}
}

`,
  ];
}

function handlerText(message: Message): Fragment {
  return code`\n${jsdoc(message.doc)}on${capitalized(message.name)}(message: ${typeOf(message)}, context: Context): void;`;
}

function dispatchText(messages: readonly Message[], name: string): Fragment {
  const cases = messages.map(
    (message) =>
      code`case "${message.name}":\nhandlers.on${capitalized(message.name)}(received.message, context);\nbreak;`,
  );
  return [
    jsdoc("Calls the handler of what was received."),
    code`export function dispatch${name}<Context>(received: ${name}Received, handlers: ${name}Handlers<Context>, context: Context): void {
switch (received.name) {
${join(cases, "\n")}
}
}

`,
  ];
}

/** Tells a tag that the protocol has, but not here, from one that it does not have. */
function refuseText(protocol: Protocol): Fragment {
  const cases = protocol.messages.map((message) => code`case ${constantOf(message, "TAG")}:`);
  const error = coreValue("WireError");
  return code`function refuseTag(tag: number, offset: number): never {
switch (tag) {
${join(cases, "\n")}
throw new ${error}("wrong-direction", "frame", offset);
default:
throw new ${error}("unknown-tag", "frame", offset);
}
}`;
}
