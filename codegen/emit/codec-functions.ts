import type { Field, Message, Protocol, StructType } from "../model/model.ts";
import { encodeFields, encodeHeader } from "./codec-encode.ts";
import { decodeFields } from "./codec-decode.ts";
import type { DecodeContext } from "./codec-load.ts";
import { encodeContext } from "./codec-store.ts";
import { walkFields } from "./codec-walk.ts";
import { fieldsExtent } from "./layout.ts";
import { Scope, printPlace } from "./place.ts";
import { code, coreType, coreValue, join, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";
import { mentions, statements } from "./statements.ts";

const OFFSET = { base: "offset", plus: 0 } as const;

/** A parameter of a generated function. */
type Parameter = readonly [name: string, type: Fragment];

const ENCODE_PARAMETERS: readonly Parameter[] = [
  ["out", "Uint8Array"],
  ["view", "DataView"],
  ["offset", "number"],
];

const DECODE_PARAMETERS: readonly Parameter[] = [
  ["bytes", "Uint8Array"],
  ["view", "DataView"],
  ["offset", "number"],
  ["end", "number"],
];

const READ_PARAMETERS: readonly Parameter[] = [
  ["bytes", "Uint8Array"],
  ["view", "DataView"],
  ["cursor", coreType("Cursor")],
  ["end", "number"],
];

const SKIP_PARAMETERS: readonly Parameter[] = [
  ["view", "DataView"],
  ["offset", "number"],
  ["end", "number"],
];

/** A context for statements of a decoder with the usual parameters. */
export function decodeContext(protocol: Protocol, taken: readonly string[] = []): DecodeContext {
  const scope = new Scope(["bytes", "view", "offset", "end", "cursor", ...taken]);
  return { protocol, scope, lines: [], bytes: "bytes", view: "view", end: "end", copies: true };
}

/** `export function encodeTelemetry(…)`: the whole frame, header and value. */
export function messageEncoder(message: Message, protocol: Protocol): Fragment {
  const { framing } = protocol;
  const headerBytes = (framing.typeBits + framing.lengthBits) / 8;
  const context = encodeContext(protocol, ["message", "out", "view", "offset"]);
  const place = { base: "offset", plus: headerBytes };
  const end = encodeFields(
    message.fields,
    { value: "message", path: message.name, place },
    context,
  );
  const checkMax = fieldsExtent(message.fields).max > message.maxBytes;
  encodeHeader(message, end, { ...context, checkMax });
  const doc = jsdoc(
    "Writes the frame, header and value, and returns the offset after it. `view` shows the same bytes as `out`.",
    "@throws {RangeError} if a value does not fit its wire type, or the buffer is too small: a bug in the caller.",
  );
  const parameters: Parameter[] = [["message", message.name], ...ENCODE_PARAMETERS];
  return [doc, exportedFunction(`encode${message.name}`, parameters, "number", context.lines)];
}

/** `export function decodeTelemetry(…)`: the value after the header. */
export function messageDecoder(message: Message, protocol: Protocol): Fragment {
  const context = decodeContext(protocol);
  const { expressions } = decodeFields(
    message.fields,
    { path: message.name, place: OFFSET },
    context,
  );
  const lines = [...context.lines, returnObject(expressions)];
  const doc = jsdoc(
    "Reads the value that stands from `offset` to `end`, after its header. Byte fields are copies.",
    message.fields.length > 0
      ? "@throws {WireError} with code, spec path and offset if the value is malformed."
      : "",
  );
  return [doc, exportedFunction(`decode${message.name}`, DECODE_PARAMETERS, message.name, lines)];
}

/** `export function createTelemetry(…)`: all messages made by it have one hidden class. */
export function messageCreator(message: Message): Fragment {
  const own = message.fields.map((field) => `${field.name}: fields.${field.name}`);
  const doc = jsdoc("Makes a message whose members stand in wire order, which encodes fastest.");
  const body = [`return { ${own.join(", ")} };`];
  return [
    doc,
    exportedFunction(`create${message.name}`, [["fields", message.name]], message.name, body),
  ];
}

/** `encode`, `decode` and, for a struct of variable size, `read` and `skip`. */
export function structFunctions(struct: StructType, protocol: Protocol): Fragment {
  const { min, max } = fieldsExtent(struct.fields);
  const decoders =
    min === max
      ? fixedStructDecoder(struct, protocol)
      : [
          structReader(struct, protocol),
          decoderByReader(struct.name),
          structSkipper(struct, protocol),
        ];
  return [structEncoder(struct, protocol), decoders];
}

function structEncoder(struct: StructType, protocol: Protocol): Fragment {
  const context = encodeContext(protocol, ["value", "out", "view", "offset"]);
  const { lines } = context;
  const end = encodeFields(
    struct.fields,
    { value: "value", path: struct.name, place: OFFSET },
    context,
  );
  lines.push(`return ${printPlace(end)};`);
  const doc = jsdoc(
    "Writes the value and returns the offset after it. `view` shows the same bytes as `out`.",
    "@throws {RangeError} if a value does not fit its wire type, or the buffer is too small: a bug in the caller.",
  );
  return [
    doc,
    exportedFunction(
      `encode${struct.name}`,
      [["value", struct.name], ...ENCODE_PARAMETERS],
      "number",
      lines,
    ),
  ];
}

function fixedStructDecoder(struct: StructType, protocol: Protocol): Fragment {
  const context = decodeContext(protocol);
  const { expressions } = decodeFields(
    struct.fields,
    { path: struct.name, place: OFFSET },
    context,
  );
  const lines = [...context.lines, returnObject(expressions)];
  return [
    decodeDoc(),
    exportedFunction(`decode${struct.name}`, DECODE_PARAMETERS, struct.name, lines),
  ];
}

function structReader(struct: StructType, protocol: Protocol): Fragment {
  const context = decodeContext(protocol);
  context.lines.push("const offset = cursor.at;");
  const { expressions, next } = decodeFields(
    struct.fields,
    { path: struct.name, place: OFFSET },
    context,
  );
  const lines = [...context.lines, `cursor.at = ${printPlace(next)};`, returnObject(expressions)];
  const doc = jsdoc(
    "Reads the value at the cursor and moves the cursor past it. Nothing past `end` is read.",
    "@throws {WireError} with code, spec path and offset if the value is malformed.",
  );
  return [doc, exportedFunction(`read${struct.name}`, READ_PARAMETERS, struct.name, lines)];
}

/** `decode` of a type of variable size stands on its `read`. */
export function decoderByReader(name: string): Fragment {
  const body = [code`return read${name}(bytes, view, new ${coreValue("Cursor")}(offset), end);`];
  return [decodeDoc(), exportedFunction(`decode${name}`, DECODE_PARAMETERS, name, body)];
}

function structSkipper(struct: StructType, protocol: Protocol): Fragment {
  const context = decodeContext(protocol);
  const end = walkFields(struct.fields, { path: struct.name, place: OFFSET }, context);
  const lines = [...context.lines, `return ${printPlace(end)};`];
  return [skipDoc(), exportedFunction(`skip${struct.name}`, SKIP_PARAMETERS, "number", lines)];
}

/** What `decode` of a struct or union says of itself. */
export function decodeDoc(): string {
  return jsdoc(
    "Reads the value that starts at `offset`; what follows it before `end` is not looked at. Byte fields are copies.",
    "@throws {WireError} with code, spec path and offset if the value is malformed.",
  );
}

/** What `skip` of a struct or union says of itself. */
export function skipDoc(): string {
  return jsdoc(
    "Where the value that starts at `offset` ends; checks only that it is there.",
    "@throws {WireError} with code, spec path and offset if it is not.",
  );
}

function returnObject(expressions: readonly (readonly [Field, Fragment])[]): Fragment {
  const members = expressions.map(([field, expression]) =>
    expression === field.name ? code`\n${field.name},` : code`\n${`${field.name}: `}${expression},`,
  );
  return code`return {${members}};`;
}

/** An exported function; a parameter that its body never names starts with `_`. */
export function exportedFunction(
  name: string,
  parameters: readonly Parameter[],
  result: Fragment,
  body: readonly Fragment[],
): Fragment {
  const printed = parameters.map(([parameter, type]) => {
    const used = mentions(body, parameter);
    return code`${used ? "" : "_"}${parameter}: ${type}`;
  });
  return code`export function ${name}(${join(printed, ", ")}): ${result} {\n${statements(body)}\n}\n\n`;
}
