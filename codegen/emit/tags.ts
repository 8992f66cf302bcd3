import type { Message, Protocol, TagRange, Transport } from "../model/model.ts";
import { constantCase } from "./names.ts";
import { GeneratedFile, code, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** Writes the version, the transports, the tag ranges that a protocol's messages come from, and its tags by name. */
export function emitTags(protocol: Protocol): readonly GeneratedFile[] {
  const { messages, transports } = protocol;
  if (messages.length === 0) return [];
  const ranges = [...new Set(messages.map((message) => message.range))];
  const documents = [...ranges, ...transports, ...messages].map((element) => element.source.file);
  const file = new GeneratedFile(`${protocol.folder}/tags.ts`, [...new Set(documents)].sort());
  file.print(
    versionText(protocol),
    transportsText(protocol),
    ranges.map(rangeText),
    tagsText(protocol, messages),
  );
  return [file];
}

function versionText(protocol: Protocol): Fragment {
  return [
    jsdoc(`Version of the protocol \`${protocol.name}\`. ${protocol.doc}`),
    code`export const ${constantCase(protocol.name)}_VERSION = ${protocol.version};\n\n`,
  ];
}

function transportsText(protocol: Protocol): Fragment {
  if (protocol.transports.length === 0) return [];
  return [
    jsdoc(
      `The transports of the protocol \`${protocol.name}\`, with the largest frame of each, in bytes, its header included.`,
    ),
    code`export const ${constantCase(protocol.name)}_TRANSPORTS = {\n${protocol.transports.map(transportText)}} as const;\n\n`,
  ];
}

function transportText({ name, kind, maxBytes, doc }: Transport): Fragment {
  return [jsdoc(doc), code`${name}: { kind: "${kind}", maxBytes: ${maxBytes} },\n`];
}

function rangeText(range: TagRange): Fragment {
  const { name, from, to, doc } = range;
  return [
    jsdoc(doc),
    code`export const ${constantCase(name)}_RANGE = { from: ${from}, to: ${to} } as const;\n\n`,
  ];
}

function tagsText(protocol: Protocol, messages: readonly Message[]): Fragment {
  const byTag = [...messages].sort((a, b) => a.tag - b.tag);
  const members = byTag.map((message) => code`${message.name}: ${message.tag},\n`);
  return [
    jsdoc(`The tags of the protocol \`${protocol.name}\`, by message.`),
    code`export const ${constantCase(protocol.name)}_TAGS = {\n${members}} as const;\n`,
  ];
}
