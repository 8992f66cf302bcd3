import type { Protocol } from "../model/model.ts";
import { memberOf, typeOf } from "./codec-symbols.ts";
import { pascalCase } from "./names.ts";
import { GeneratedFile, code, join, jsdoc } from "./printer.ts";

/** Writes, for a protocol, the union of its messages by name and the encoder that picks by name. */
export function emitSend(protocol: Protocol): readonly GeneratedFile[] {
  const { messages } = protocol;
  if (messages.length === 0) return [];
  const documents = [...new Set(messages.map((message) => message.source.file))].sort();
  const file = new GeneratedFile(`${protocol.folder}/send.ts`, documents);
  const name = pascalCase(protocol.name);
  const members = messages.map(
    (message) =>
      code`\n| { readonly name: "${message.name}"; readonly message: ${typeOf(message)} }`,
  );
  const cases = messages.map(
    (message) =>
      code`case "${message.name}":\nreturn ${memberOf(message, "encode")}(sent.message, out, view, offset);`,
  );
  file.print(
    jsdoc(`A message of the protocol \`${protocol.name}\`, with its name.`),
    code`export type ${name}Sent = ${members};\n\n`,
    jsdoc(
      "Writes the whole frame of a message and returns the offset after it.",
      "@throws {RangeError} if a value does not fit its wire type, or `out` is too small: a bug in the caller.",
    ),
    code`export function encode${name}(sent: ${name}Sent, out: Uint8Array, view: DataView, offset: number): number {
switch (sent.name) {
${join(cases, "\n")}
}
}
`,
  );
  return [file];
}
