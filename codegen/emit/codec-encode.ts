import type { Field, LengthType, Message, NamedType, Protocol, ValueType } from "../model/model.ts";
import { integerBounds } from "../model/integers.ts";
import { constantOf, framingOf, memberOf } from "./codec-symbols.ts";
import { fixedBytes, prefixBytes, prefixType } from "./layout.ts";
import { after, printPlace } from "./place.ts";
import type { Place, Scope } from "./place.ts";
import { code, coreValue } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** What the statements of one encoder are written with. */
export interface EncodeContext {
  readonly protocol: Protocol;
  readonly scope: Scope;
  readonly lines: Fragment[];
}

/** One value to write: the expression that holds it, its name, and the spec path that errors carry. */
interface Value {
  readonly type: ValueType;
  readonly expression: string;
  readonly name: string;
  readonly path: string;
}

/**
 * Writes statements that put fields one after another, starting at `place`; returns the place after the
 * last. Fields that were appended later end the message where the first is undefined.
 */
export function encodeFields(
  fields: readonly Field[],
  of: { readonly value: string; readonly path: string; readonly place: Place },
  context: EncodeContext,
): Place {
  const first = fields.filter((field) => field.since === 1);
  let place = of.place;
  const valueOf = (field: Field): Value => ({
    type: field.type,
    expression: `${of.value}.${field.name}`,
    name: field.name,
    path: `${of.path}.${field.name}`,
  });
  for (const field of first) place = encodeValue(valueOf(field), place, context);
  const later = fields.slice(first.length);
  return later.length === 0 ? place : encodeLater(later.map(valueOf), place, context);
}

function encodeLater(values: readonly Value[], place: Place, context: EncodeContext): Place {
  const next = context.scope.name("next");
  context.lines.push(`let ${next} = ${printPlace(place)};`);
  for (const [index, value] of values.entries()) {
    const local = context.scope.name(value.name);
    context.lines.push(`const ${local} = ${value.expression};`);
    context.lines.push(`if (${local} !== undefined) {`);
    const previous = values[index - 1];
    if (previous !== undefined) {
      const missing = code`if (${previous.expression} === undefined) ${coreValue("refuseValue")}("${value.path}");`;
      context.lines.push(missing);
    }
    const end = encodeValue({ ...value, expression: local }, { base: next, plus: 0 }, context);
    context.lines.push(`${next} = ${printPlace(end)};`, "}");
  }
  return { base: next, plus: 0 };
}

/** Writes the statements of one value at `place`; returns the place after it. */
function encodeValue(value: Value, place: Place, context: EncodeContext): Place {
  const bytes = fixedBytes(value.type);
  const { type } = value;
  if (type.kind === "list" || type.kind === "restList")
    return encodeList(value, type, place, context);
  if (type.kind === "tlvs") return encodeTlvs(value, type.messages, place, context);
  if (bytes === undefined) return encodeVariable(value, place, context);
  context.lines.push(code`${fixedStore(value, place, context)};`);
  return after(place, bytes);
}

/** A value of fixed size: one statement. */
function fixedStore(value: Value, place: Place, context: EncodeContext): Fragment {
  const { type, expression, path } = value;
  const at = printPlace(place);
  switch (type.kind) {
    case "integer":
      return type.as === "bigint"
        ? bigintStore(type, value, at, context)
        : integerStore(type.type, checkedInteger(type, value), at, context);
    case "float":
      return `view.set${type.type === "f32" ? "Float32" : "Float64"}(${at}, ${expression}${order(context)})`;
    case "bool":
      return `view.setUint8(${at}, ${expression} ? 1 : 0)`;
    case "mac":
      return code`${coreValue("writeU48")}(view, ${at}, ${coreValue("checkU48")}(${expression}, "${path}"))`;
    case "ipv4":
      return code`${coreValue("writeIpv4")}(${expression}, view, ${at}, "${path}")`;
    case "ipv6":
      return code`${coreValue("writeIpv6")}(${expression}, view, ${at}, "${path}")`;
    case "fixedBytes": {
      const checked = code`${coreValue("checkBytes")}(${expression}, ${type.bytes}, "${path}")`;
      return code`${coreValue("writeBytes")}(${checked}, out, ${at}, "${path}")`;
    }
    case "named":
      return namedStore(type.type, value, at, context);
    default:
      throw new Error(`${path}: ${type.kind} has no fixed size`);
  }
}

function namedStore(type: NamedType, value: Value, at: string, context: EncodeContext): Fragment {
  switch (type.kind) {
    case "struct":
    case "union":
      return code`${memberOf(type, "encode")}(${value.expression}, out, view, ${at})`;
    case "flags":
      return integerStore(type.base, check(type.base, value), at, context);
    case "enum": {
      const refuse = code`${coreValue("refuseValue")}("${value.path}")`;
      const checked = type.open
        ? check(type.base, value)
        : code`${memberOf(type, "is")}(${value.expression}) ? ${value.expression} : ${refuse}`;
      return integerStore(type.base, checked, at, context);
    }
  }
}

type Integer = Extract<ValueType, { kind: "integer" }>;

/** The bounds that a field adds to those of its wire type; undefined where it adds none. */
export function ownBounds(type: Integer): {
  readonly min: number | bigint | undefined;
  readonly max: number | bigint | undefined;
} {
  const { min, max } = integerBounds(type.type, type.as);
  return {
    min: type.min > min ? type.min : undefined,
    max: type.max < max ? type.max : undefined,
  };
}

function checkedInteger(type: Integer, value: Value): Fragment {
  const { min, max } = ownBounds(type);
  return min === undefined && max === undefined
    ? check(type.type, value)
    : code`${coreValue("checkInteger")}(${value.expression}, ${type.min}, ${type.max}, "${value.path}")`;
}

function check(type: Integer["type"], value: Value): Fragment {
  return code`${coreValue(`check${type.toUpperCase()}`)}(${value.expression}, "${value.path}")`;
}

function bigintStore(type: Integer, value: Value, at: string, context: EncodeContext): Fragment {
  const bounds = code`${BigInt(type.min)}, ${BigInt(type.max)}`;
  const checked = code`${coreValue("checkBigint")}(${value.expression}, ${bounds}, "${value.path}")`;
  const store = type.type === "i64" ? "setBigInt64" : "setBigUint64";
  return code`view.${store}(${at}, ${checked}${order(context)})`;
}

/** The statement that writes a checked integer in the protocol's byte order. */
export function integerStore(
  type: Integer["type"],
  checked: Fragment,
  at: string,
  context: EncodeContext,
): Fragment {
  const little = order(context);
  switch (type) {
    case "u8":
      return code`view.setUint8(${at}, ${checked})`;
    case "i8":
      return code`view.setInt8(${at}, ${checked})`;
    case "u16":
    case "u32":
      return code`view.setUint${type.slice(1)}(${at}, ${checked}${little})`;
    case "i16":
    case "i32":
      return code`view.setInt${type.slice(1)}(${at}, ${checked}${little})`;
    case "u24":
    case "u48":
      return code`${coreValue(`write${type.toUpperCase()}`)}(view, ${at}, ${checked}${little})`;
    case "u64":
    case "i64":
      return code`${coreValue("writeU64")}(view, ${at}, ${checked}${little})`;
  }
}

/** The last argument of DataView's methods in a little-endian protocol. */
function order(context: EncodeContext): string {
  return context.protocol.framing.order === "little" ? ", true" : "";
}

/** A value of variable size: declares where it ends. */
function encodeVariable(value: Value, place: Place, context: EncodeContext): Place {
  const { type, expression, path } = value;
  const end = context.scope.name(`${value.name}End`);
  const start = after(place, prefixBytes(type));
  const at = printPlace(start);
  const written = { base: end, plus: 0 };
  switch (type.kind) {
    case "bytes":
    case "restBytes":
      context.lines.push(
        code`const ${end} = ${coreValue("writeBytes")}(${expression}, out, ${at}, "${path}");`,
      );
      encodeLength(type, { start, place, end, path }, context);
      return written;
    case "string":
    case "restString":
      context.lines.push(
        code`const ${end} = ${coreValue("writeText")}(${expression}, out, ${at}, "${path}");`,
      );
      encodeLength(type, { start, place, end, path }, context);
      return written;
    case "endpoint":
      context.lines.push(
        code`const ${end} = ${coreValue("writeEndpoint")}(${expression}, view, ${at}, "${path}");`,
      );
      return written;
    case "named":
      context.lines.push(
        code`const ${end} = ${memberOf(type.type, "encode")}(${expression}, out, view, ${at});`,
      );
      return written;
    default:
      throw new Error(`${path}: ${type.kind} is not written as one value`);
  }
}

/** Checks the bytes just written against their bound and puts their number into the length before them. */
function encodeLength(
  type: Extract<ValueType, { readonly maxBytes: number }>,
  at: { readonly start: Place; readonly place: Place; readonly end: string; readonly path: string },
  context: EncodeContext,
): void {
  const { base, plus } = at.start;
  const length = plus === 0 ? `${at.end} - ${base}` : `${at.end} - ${base} - ${String(plus)}`;
  const checked = code`${coreValue("checkLength")}(${length}, ${type.maxBytes}, "${at.path}")`;
  const prefix = prefixType(type);
  context.lines.push(
    prefix === undefined
      ? code`${checked};`
      : code`${integerStore(prefix, checked, printPlace(at.place), context)};`,
  );
}

function encodeList(
  value: Value,
  type: Extract<ValueType, { kind: "list" | "restList" }>,
  place: Place,
  context: EncodeContext,
): Place {
  const { scope, lines } = context;
  const { path } = value;
  const checked = code`${coreValue("checkLength")}(${value.expression}.length, ${type.max}, "${path}")`;
  const count: LengthType | undefined = prefixType(type);
  lines.push(
    count === undefined
      ? code`${checked};`
      : code`${integerStore(count, checked, printPlace(place), context)};`,
  );
  const next = scope.name(`${value.name}End`);
  const item = scope.name(`${value.name}Item`);
  lines.push(`let ${next} = ${printPlace(after(place, prefixBytes(type)))};`);
  lines.push(`for (const ${item} of ${value.expression}) {`);
  const element: Value = { type: type.of, expression: item, name: item, path };
  const end = encodeValue(element, { base: next, plus: 0 }, context);
  lines.push(
    end.base === next ? `${next} += ${String(end.plus)};` : `${next} = ${printPlace(end)};`,
    "}",
  );
  return { base: next, plus: 0 };
}

function encodeTlvs(
  value: Value,
  messages: readonly Message[],
  place: Place,
  context: EncodeContext,
): Place {
  const { scope, lines, protocol } = context;
  const max = value.type.kind === "tlvs" ? value.type.max : 0;
  const next = scope.name(`${value.name}End`);
  const frame = scope.name(`${value.name}Frame`);
  lines.push(
    code`${coreValue("checkLength")}(${value.expression}.length, ${max}, "${value.path}");`,
  );
  lines.push(`let ${next} = ${printPlace(place)};`);
  lines.push(`for (const ${frame} of ${value.expression}) {`, `switch (${frame}.name) {`);
  for (const message of messages) {
    lines.push(
      code`case "${message.name}": ${next} = ${memberOf(message, "encode")}(${frame}.message, out, view, ${next}); break;`,
    );
  }
  lines.push("}", "}");
  if (protocol.framing.endType !== undefined) {
    lines.push(
      code`${next} = ${coreValue("writeEnd")}(out, view, ${next}, ${framingOf(protocol)});`,
    );
  }
  return { base: next, plus: 0 };
}

/** Statements that put type and length before the value, and what the encoder returns. */
export function encodeHeader(
  message: Message,
  end: Place,
  context: EncodeContext & { readonly checkMax: boolean },
): void {
  const { framing } = context.protocol;
  const { lines } = context;
  const headerBytes = (framing.typeBits + framing.lengthBits) / 8;
  const length =
    end.base === "offset"
      ? String(end.plus - headerBytes)
      : `${printPlace(end)} - offset - ${String(headerBytes)}`;
  if (context.checkMax) {
    lines.push(
      code`${coreValue("checkLength")}(${length}, ${message.maxBytes}, "${message.name}");`,
    );
  }
  if (!hasOneStore(context.protocol)) {
    const written = code`{ tag: ${constantOf(message, "TAG")}, start: offset, end: ${printPlace(end)} }`;
    lines.push(
      code`return ${coreValue("finishFrame")}(${written}, out, view, ${framingOf(context.protocol)});`,
    );
    return;
  }
  const type = message.tag * 2 ** framing.lengthBits;
  const known = end.base === "offset";
  const header = known ? hex(type + end.plus - headerBytes) : `${hex(type)} + ${length}`;
  lines.push(`view.setUint32(offset, ${header});`, `return ${printPlace(end)};`);
}

/** True if type and length are one big-endian word that counts the value alone. */
function hasOneStore(protocol: Protocol): boolean {
  const { typeBits, lengthBits, order: byteOrder, lengthCounts, alignBytes } = protocol.framing;
  return (
    typeBits + lengthBits === 32 &&
    byteOrder === "big" &&
    lengthCounts === "value" &&
    alignBytes === 1
  );
}

function hex(word: number): string {
  const digits = word.toString(16).padStart(8, "0");
  return `0x${digits.slice(0, 4)}_${digits.slice(4)}`;
}
