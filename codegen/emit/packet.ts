import type { HeaderField, Protocol, SpecModel } from "../model/model.ts";
import { checkWidth, encodeContext, flushStores, integerStore, storeFixed } from "./codec-store.ts";
import type { EncodeContext } from "./codec-store.ts";
import { decodeContext, decodeDoc, exportedFunction } from "./codec-functions.ts";
import { integerLoad } from "./codec-load.ts";
import { constantOf, framingOf, memberOf, typeOf } from "./codec-symbols.ts";
import { pascalCase } from "./names.ts";
import { GeneratedFile, code, coreValue, join, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** A header field with where it starts, in bits. */
interface PlacedField {
  readonly field: HeaderField;
  readonly bit: number;
}

const WHOLE_INTEGERS = new Set([8, 16, 24, 32, 48, 64]);

/**
 * Writes the codec of whole packets, a fixed header and frames, for protocols whose framing is not the
 * plain one: there a packet cannot be told apart by its frames alone.
 */
export function emitPacket(protocol: Protocol, _model: SpecModel): readonly GeneratedFile[] {
  const { framing } = protocol;
  if (framing.header.length === 0 && framing.endType === undefined) return [];
  const file = new GeneratedFile(`${protocol.folder}/packet.ts`, [protocol.source.file]);
  const name = `${pascalCase(protocol.name)}Packet`;
  const fields = placed(protocol);
  const shown = fields.filter(isShown);
  const members = shown.map(({ field }) => {
    return code`\n${jsdoc(field.doc)}readonly ${field.name}: ${isBytes(field) ? "Uint8Array" : "number"};`;
  });
  const frames = protocol.messages.map(
    (message) =>
      code`\n| { readonly name: "${message.name}"; readonly message: ${typeOf(message)} }`,
  );
  file.print(
    jsdoc(`A frame of a packet of \`${protocol.name}\`.`),
    code`export type ${name}Frame = ${frames};\n\n`,
    jsdoc(
      `A whole packet of \`${protocol.name}\`: ${fields.length > 0 ? "a fixed header and " : ""}frames.`,
    ),
    code`export interface ${name} {${members}\n/** In the order of the packet; frames of types that the spec does not name are left out. */\nreadonly frames: readonly ${name}Frame[];\n}\n\n`,
    encoderText(protocol, name, fields),
    decoderText(protocol, name, fields),
  );
  return [file];
}

function placed(protocol: Protocol): readonly PlacedField[] {
  let bit = 0;
  return protocol.framing.header.map((field) => {
    const one = { field, bit };
    bit += field.bits;
    return one;
  });
}

/** Constants and lengths are not the caller's business. */
function isShown({ field }: PlacedField): boolean {
  return field.constant === undefined && field.counts === undefined;
}

function isBytes(field: HeaderField): boolean {
  return field.bits > 64;
}

function headerBytes(protocol: Protocol): number {
  return protocol.framing.header.reduce((bits, field) => bits + field.bits, 0) / 8;
}

function encoderText(protocol: Protocol, name: string, fields: readonly PlacedField[]): Fragment {
  const context = encodeContext(protocol, ["packet", "out", "view", "offset", "at", "frame"]);
  const { lines } = context;
  const bytes = headerBytes(protocol);
  const cases = protocol.messages.map(
    (message) =>
      code`case "${message.name}":\nat = ${memberOf(message, "encode")}(frame.message, out, view, at);\nbreak;`,
  );
  lines.push(
    `let at = offset + ${String(bytes)};`,
    "for (const frame of packet.frames) {\nswitch (frame.name) {",
    ...cases,
    "}\n}",
  );
  if (protocol.framing.endType !== undefined) {
    lines.push(code`at = ${coreValue("writeEnd")}(out, view, at, ${framingOf(protocol)});`);
  }
  for (const one of fields) storeHeader(one, { context, name, bytes });
  flushStores(context);
  lines.push("return at;");
  const doc = jsdoc(
    "Writes a packet and returns the offset after it. `view` shows the same bytes as `out`.",
    "@throws {RangeError} if a value does not fit its wire type, or the buffer is too small: a bug in the caller.",
  );
  const parameters = [
    ["packet", name],
    ["out", "Uint8Array"],
    ["view", "DataView"],
    ["offset", "number"],
  ] as const;
  return [doc, exportedFunction(`encode${name}`, parameters, "number", lines)];
}

function storeHeader(
  { field, bit }: PlacedField,
  of: { readonly context: EncodeContext; readonly name: string; readonly bytes: number },
): void {
  const path = `${of.name}.${field.name}`;
  const place = { base: "offset", plus: bit / 8 };
  const { lines, scope } = of.context;
  const local = scope.name(field.name);
  lines.push(`const ${local} = ${headerValue(field, of.bytes)};`);
  const type = wholeInteger(field, bit);
  if (isBytes(field)) {
    const bytes = { kind: "fixedBytes", bytes: field.bits / 8 } as const;
    storeFixed({ type: bytes, local, path }, place, of.context);
  } else if (type === undefined) {
    lines.push(
      code`${coreValue("writeBits")}(view, offset, { bit: ${bit}, bits: ${field.bits} }, ${local});`,
    );
  } else {
    if (field.constant === undefined) lines.push(checkWidth(type, { local, path }));
    lines.push(...integerStore(type, local, place, of.context));
  }
}

function headerValue(field: HeaderField, bytes: number): string {
  if (field.constant !== undefined) return String(field.constant);
  if (field.counts === "packet") return "at - offset";
  return field.counts === "frames" ? `at - offset - ${String(bytes)}` : `packet.${field.name}`;
}

/** The integer type of a field that is whole bytes; undefined for other fields. */
function wholeInteger(field: HeaderField, bit: number): "u8" | "u16" | "u32" | undefined {
  return bit % 8 === 0 && WHOLE_INTEGERS.has(field.bits)
    ? (`u${String(field.bits)}` as "u8")
    : undefined;
}

function plus(base: string, bytes: number): string {
  return bytes === 0 ? base : `${base} + ${String(bytes)}`;
}

function decoderText(protocol: Protocol, name: string, fields: readonly PlacedField[]): Fragment {
  const context = decodeContext(protocol);
  const bytes = headerBytes(protocol);
  const load = ({ field, bit }: PlacedField): Fragment => {
    const path = `${name}.${field.name}`;
    const at = plus("offset", bit / 8);
    if (isBytes(field))
      return code`${coreValue("copyBytes")}(bytes, ${at}, ${plus("offset", (bit + field.bits) / 8)})`;
    const type = wholeInteger(field, bit);
    return type === undefined
      ? code`${coreValue("readBits")}(view, offset, { bit: ${bit}, bits: ${field.bits} }, "${path}")`
      : integerLoad(type, path, at, context);
  };
  const lines: Fragment[] = [];
  if (bytes > 0)
    lines.push(
      code`if (end - offset < ${bytes}) throw ${coreValue("truncatedError")}("${name}", end);`,
    );
  for (const one of fields) {
    const { constant } = one.field;
    const path = `${name}.${one.field.name}`;
    if (constant !== undefined) {
      lines.push(
        code`if (${load(one)} !== ${constant}) throw ${coreValue("badValueError")}("${path}", offset);`,
      );
    }
  }
  lines.push(...framesEnd(fields, { name, bytes, load }), ...framesText(protocol, name, bytes));
  const members = fields.filter(isShown).map((one) => code`${one.field.name}: ${load(one)}, `);
  lines.push(code`return { ${members}frames };`);
  const parameters = [
    ["bytes", "Uint8Array"],
    ["view", "DataView"],
    ["offset", "number"],
    ["end", "number"],
  ] as const;
  return [decodeDoc(), exportedFunction(`decode${name}`, parameters, name, lines)];
}

/** Where the frames end: where the header says, otherwise where the bytes do. */
function framesEnd(
  fields: readonly PlacedField[],
  of: {
    readonly name: string;
    readonly bytes: number;
    readonly load: (one: PlacedField) => Fragment;
  },
): readonly Fragment[] {
  const counting = fields.find(({ field }) => field.counts !== undefined);
  if (counting === undefined) return ["const framesEnd = end;"];
  const path = `${of.name}.${counting.field.name}`;
  if (counting.field.counts === "frames") {
    const start = plus("offset", of.bytes);
    return [
      code`const framesEnd = ${coreValue("spanEnd")}(${start}, ${of.load(counting)}, end, "${path}");`,
    ];
  }
  const bytes = `${counting.field.name}Bytes`;
  return [
    code`const ${bytes} = ${of.load(counting)};`,
    code`if (${bytes} < ${of.bytes}) throw ${coreValue("badValueError")}("${path}", offset);`,
    code`const framesEnd = ${coreValue("spanEnd")}(offset, ${bytes}, end, "${path}");`,
  ];
}

function framesText(protocol: Protocol, name: string, bytes: number): readonly Fragment[] {
  const walk = code`new ${coreValue("FrameWalk")}(view, ${plus("offset", bytes)}, framesEnd, ${framingOf(protocol)})`;
  const cases = protocol.messages.map((message) => {
    const value = code`${memberOf(message, "decode")}(bytes, view, walk.offset, walk.end)`;
    return code`case ${constantOf(message, "TAG")}:
${coreValue("boundLength")}(walk.end - walk.offset, ${message.maxBytes}, "${message.name}", walk.offset);
frames.push({ name: "${message.name}", message: ${value} });
break;`;
  });
  return [
    `const frames: ${name}Frame[] = [];`,
    code`const walk = ${walk};`,
    "while (walk.next()) {\nswitch (walk.tag) {",
    join(cases, "\n"),
    "default:\nbreak;\n}\n}",
  ];
}
