import type { Field, Message, Protocol, ValueType } from "../model/model.ts";
import { flushStores, integerStore, refuseIf, storeFixed } from "./codec-store.ts";
import type { EncodeContext, Stored } from "./codec-store.ts";
import { constantOf, framingOf, memberOf } from "./codec-symbols.ts";
import { fixedBytes, prefixBytes, prefixType } from "./layout.ts";
import { after, distance, printPlace } from "./place.ts";
import type { Place } from "./place.ts";
import { code, coreValue } from "./printer.ts";

/** One value to write, with the field's name for further locals. */
interface Value extends Stored {
  readonly name: string;
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
  const { scope, lines } = context;
  const values = fields.map((field): Value => {
    const path = `${of.path}.${field.name}`;
    return { type: field.type, name: field.name, local: scope.name(field.name), path };
  });
  const members = values.map(({ name, local }) => (name === local ? name : `${name}: ${local}`));
  if (members.length > 0) lines.push(`const { ${members.join(", ")} } = ${of.value};`);
  const firstCount = fields.filter((field) => field.since === 1).length;
  let { place } = of;
  for (const value of values.slice(0, firstCount)) place = encodeValue(value, place, context);
  flushStores(context);
  const later = values.slice(firstCount);
  return later.length === 0 ? place : encodeLater(later, place, context);
}

function encodeLater(values: readonly Value[], place: Place, context: EncodeContext): Place {
  const { scope, lines } = context;
  const next = scope.name("next");
  lines.push(`let ${next} = ${printPlace(place)};`);
  for (const [index, value] of values.entries()) {
    lines.push(`if (${value.local} !== undefined) {`);
    const previous = values[index - 1];
    if (previous !== undefined) lines.push(refuseIf(`${previous.local} === undefined`, value.path));
    const end = encodeValue(value, { base: next, plus: 0 }, context);
    flushStores(context);
    lines.push(`${next} = ${printPlace(end)};`, "}");
  }
  return { base: next, plus: 0 };
}

/** Writes the statements of one value at `place`; returns the place after it. */
function encodeValue(value: Value, place: Place, context: EncodeContext): Place {
  const bytes = fixedBytes(value.type);
  const { type } = value;
  const isFixed = bytes !== undefined && type.kind !== "list" && type.kind !== "restList";
  if (!isFixed) flushStores(context);
  if (type.kind === "list" || type.kind === "restList") {
    return encodeList(value, type, place, context);
  }
  if (type.kind === "tlvs") return encodeTlvs(value, type, place, context);
  if (bytes === undefined) return encodeVariable(value, place, context);
  storeFixed(value, place, context);
  return after(place, bytes);
}

/** A value of variable size: declares where it ends. */
function encodeVariable(value: Value, place: Place, context: EncodeContext): Place {
  const { type, local, path } = value;
  const end = context.scope.name(`${value.name}End`);
  const start = after(place, prefixBytes(type));
  const at = printPlace(start);
  const written = { base: end, plus: 0 };
  switch (type.kind) {
    case "bytes":
    case "restBytes":
      context.lines.push(
        code`const ${end} = ${coreValue("writeBytes")}(${local}, out, ${at}, "${path}");`,
      );
      encodeLength(type, { start, place, end, path }, context);
      return written;
    case "string":
    case "restString":
      context.lines.push(
        code`const ${end} = ${coreValue("writeText")}(${local}, out, ${at}, "${path}");`,
      );
      encodeLength(type, { start, place, end, path }, context);
      return written;
    case "endpoint":
      context.lines.push(
        code`const ${end} = ${coreValue("writeEndpoint")}(${local}, view, ${at}, "${path}");`,
      );
      return written;
    case "named":
      context.lines.push(
        code`const ${end} = ${memberOf(type.type, "encode")}(${local}, out, view, ${at});`,
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
  const length = distance(at.end, at.start);
  context.lines.push(refuseIf(`${length} > ${String(type.maxBytes)}`, at.path));
  const prefix = prefixType(type);
  if (prefix !== undefined) context.lines.push(...integerStore(prefix, length, at.place, context));
}

function encodeList(
  value: Value,
  type: Extract<ValueType, { kind: "list" | "restList" }>,
  place: Place,
  context: EncodeContext,
): Place {
  const { scope, lines } = context;
  const { path, local } = value;
  lines.push(refuseIf(`${local}.length > ${String(type.max)}`, path));
  const count = prefixType(type);
  if (count !== undefined) lines.push(...integerStore(count, `${local}.length`, place, context));
  const next = scope.name(`${value.name}End`);
  const item = scope.name(`${value.name}Item`);
  lines.push(`let ${next} = ${printPlace(after(place, prefixBytes(type)))};`);
  lines.push(`for (const ${item} of ${local}) {`);
  const element: Value = { type: type.of, local: item, name: item, path };
  const end = encodeValue(element, { base: next, plus: 0 }, context);
  flushStores(context);
  lines.push(
    end.base === next ? `${next} += ${String(end.plus)};` : `${next} = ${printPlace(end)};`,
    "}",
  );
  return { base: next, plus: 0 };
}

function encodeTlvs(
  value: Value,
  type: Extract<ValueType, { kind: "tlvs" }>,
  place: Place,
  context: EncodeContext,
): Place {
  const { scope, lines, protocol } = context;
  const { local, path } = value;
  const next = scope.name(`${value.name}End`);
  const frame = scope.name(`${value.name}Frame`);
  lines.push(refuseIf(`${local}.length > ${String(type.max)}`, path));
  lines.push(`let ${next} = ${printPlace(place)};`);
  lines.push(`for (const ${frame} of ${local}) {`, `switch (${frame}.name) {`);
  for (const message of type.messages) {
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
  const length = distance(end, { base: "offset", plus: headerBytes });
  if (context.checkMax) {
    lines.push(refuseIf(`${length} > ${String(message.maxBytes)}`, message.name));
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
