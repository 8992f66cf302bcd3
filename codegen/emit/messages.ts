import type { Message, Protocol, SpecModel } from "../model/model.ts";
import { messageCreator, messageDecoder, messageEncoder } from "./codec-functions.ts";
import { viewClass } from "./codec-view.ts";
import { fixedBytes } from "./layout.ts";
import { constantCase, generatedPath } from "./names.ts";
import { GeneratedFile, code, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";
import { wireMembers } from "./value-type.ts";

/** Writes the messages of a protocol, a file for each document that describes some. */
export function emitMessages(protocol: Protocol, _model: SpecModel): readonly GeneratedFile[] {
  const files = new Map<string, GeneratedFile>();
  for (const message of protocol.messages) {
    const path = generatedPath(message.source);
    const file = files.get(path) ?? new GeneratedFile(path, [message.source.file]);
    files.set(path, file);
    file.print(messageText(message, protocol));
  }
  return [...files.values()];
}

function messageText(message: Message, protocol: Protocol): Fragment {
  const { framing } = protocol;
  const constant = constantCase(message.name);
  const headerBytes = (framing.typeBits + framing.lengthBits) / 8;
  const unaligned = headerBytes + message.maxBytes;
  const bytesMax = Math.ceil(unaligned / framing.alignBytes) * framing.alignBytes;
  return [
    jsdoc(tagDoc(message)),
    code`export const ${constant}_TAG = ${message.tag};\n\n`,
    jsdoc(
      `Bytes of the largest frame: a header of ${String(headerBytes)} and at most ${String(message.maxBytes)}.`,
    ),
    code`export const ${constant}_BYTES_MAX = ${bytesMax};\n\n`,
    offsetsText(message, headerBytes),
    jsdoc(message.doc, `From ${message.source.file}#${message.source.pointer}.`),
    interfaceText(message),
    messageCreator(message),
    messageEncoder(message, protocol),
    messageDecoder(message, protocol),
    viewClass(message, protocol),
  ];
}

function tagDoc(message: Message): string {
  const { range } = message;
  const who = `${spoken(message.from)} to ${message.to.join(", ")}`;
  return (
    `Tag ${String(message.tag)} of range \`${range.name}\` (${String(range.from)}–${String(range.to)}). ` +
    `${who}, ${message.transport.name}, ${PROTECTION[message.protection]}.`
  );
}

const PROTECTION = {
  none: "not protected",
  authenticated: "authenticated",
  encrypted: "encrypted",
} as const;

function spoken(names: readonly string[]): string {
  const text = names.join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function interfaceText(message: Message): Fragment {
  return message.fields.length === 0
    ? `export type ${message.name} = Readonly<Record<never, never>>;\n\n`
    : code`export interface ${message.name} {${wireMembers(message.fields)}\n}\n\n`;
}

/** Where fields stand whose place does not depend on what the frame holds. */
function offsetsText(message: Message, headerBytes: number): Fragment {
  const members: Fragment[] = [];
  let offset = headerBytes;
  for (const field of message.fields) {
    members.push(code`\n${field.name}: ${offset},`);
    const bytes = fixedBytes(field.type);
    if (bytes === undefined) break;
    offset += bytes;
  }
  if (members.length === 0) return "";
  return [
    jsdoc("Fields at constant places, in bytes from the start of the frame."),
    code`export const ${constantCase(message.name)}_OFFSETS = {${members}\n} as const;\n\n`,
  ];
}
