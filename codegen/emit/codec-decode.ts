import type { Field, ValueType } from "../model/model.ts";
import { byteRange, fixedLoad, integerLoad } from "./codec-load.ts";
import type { DecodeContext, Wanted } from "./codec-load.ts";
import { constantOf, framingOf, memberOf } from "./codec-symbols.ts";
import { extentOf, fixedBytes, prefixBytes, prefixType } from "./layout.ts";
import { after, printPlace } from "./place.ts";
import type { Place } from "./place.ts";
import { code, coreValue } from "./printer.ts";
import type { Fragment } from "./printer.ts";
import { arrayType, framesType, valueType } from "./value-type.ts";

/** An expression of what was read and the place after it. */
export interface Read {
  readonly expression: Fragment;
  readonly next: Place;
}

/**
 * Reads fields one after another from `place`: statements into the context, an expression for each
 * field, and the place after the last. Bytes are checked once for each run of fields of fixed size.
 */
export function decodeFields(
  fields: readonly Field[],
  of: { readonly path: string; readonly place: Place },
  context: DecodeContext,
): { readonly expressions: readonly (readonly [Field, Fragment])[]; readonly next: Place } {
  const first = fields.filter((field) => field.since === 1);
  const expressions: (readonly [Field, Fragment])[] = [];
  let { place } = of;
  const wanted = (field: Field): Wanted => ({
    type: field.type,
    name: field.name,
    path: `${of.path}.${field.name}`,
  });
  for (const [index, field] of first.entries()) {
    if (index === 0 || isVariable(first[index - 1]?.type)) {
      checkRun(
        first.slice(index).map((one) => one.type),
        { place, path: of.path },
        context,
      );
    }
    const read = decodeValue(wanted(field), place, context);
    expressions.push([field, read.expression]);
    place = read.next;
  }
  const later = fields.slice(first.length);
  if (later.length === 0) return { expressions, next: place };
  const next = context.scope.name("next");
  context.lines.push(`let ${next} = ${printPlace(place)};`);
  for (const field of later) expressions.push([field, decodeLater(wanted(field), next, context)]);
  return { expressions, next: { base: next, plus: 0 } };
}

/** A field that was appended later: missing if no byte is left for it. */
function decodeLater(wanted: Wanted, next: string, context: DecodeContext): Fragment {
  const local = context.scope.name(wanted.name);
  const place = { base: next, plus: 0 };
  context.lines.push(
    code`let ${local}: ${valueType(wanted.type)} | undefined;`,
    `if (${next} < ${context.end}) {`,
  );
  checkRun([wanted.type], { place, path: wanted.path }, context);
  const read = decodeValue({ ...wanted, name: `${wanted.name}Read` }, place, context);
  context.lines.push(code`${local} = ${read.expression};`);
  context.lines.push(`${next} = ${printPlace(read.next)};`, "}");
  return local;
}

function isVariable(type: ValueType | undefined): boolean {
  return type !== undefined && fixedBytes(type) === undefined;
}

/** Checks that the leading values of fixed size, and the length before the value after them, are there. */
export function checkRun(
  types: readonly ValueType[],
  at: { readonly place: Place; readonly path: string },
  context: DecodeContext,
): void {
  let bytes = at.place.plus;
  for (const type of types) {
    const size = fixedBytes(type);
    bytes += size ?? prefixBytes(type);
    if (size === undefined) break;
  }
  if (bytes === 0 || at.place.base === context.end) return;
  context.lines.push(
    code`if (${context.end} - ${at.place.base} < ${bytes}) throw ${coreValue("truncatedError")}("${at.path}", ${context.end});`,
  );
}

/** Reads one value whose fixed part, or length, was checked to be there. */
export function decodeValue(wanted: Wanted, place: Place, context: DecodeContext): Read {
  const { type } = wanted;
  const bytes = fixedBytes(type);
  if (type.kind === "list" || type.kind === "restList")
    return decodeList(wanted, type, place, context);
  if (bytes !== undefined)
    return { expression: fixedLoad(wanted, place, context), next: after(place, bytes) };
  return decodeVariable(wanted, place, context);
}

function decodeVariable(wanted: Wanted, place: Place, context: DecodeContext): Read {
  const { type, path, name } = wanted;
  const { bytes, view, end } = context;
  switch (type.kind) {
    case "bytes":
    case "restBytes":
    case "string":
    case "restString": {
      const next = walkSpan(wanted, type, place, context);
      const start = printPlace(after(place, prefixBytes(type)));
      const text = type.kind === "string" || type.kind === "restString";
      const range = [start, printPlace(next)] as const;
      const expression = text
        ? code`${coreValue("readText")}(${bytes}, ${range[0]}, ${range[1]}, "${path}")`
        : byteRange(...range, context);
      return { expression, next };
    }
    case "endpoint": {
      const next = walkEndpoint(wanted, place, context);
      return {
        expression: code`${coreValue("readEndpoint")}(${view}, ${printPlace(place)})`,
        next,
      };
    }
    case "named": {
      const local = context.scope.name(name);
      const cursor = context.scope.name(`${name}Cursor`);
      context.lines.push(code`const ${cursor} = new ${coreValue("Cursor")}(${printPlace(place)});`);
      context.lines.push(
        code`const ${local} = ${memberOf(type.type, "read")}(${bytes}, ${view}, ${cursor}, ${end});`,
      );
      return { expression: local, next: { base: `${cursor}.at`, plus: 0 } };
    }
    case "tlvs":
      return decodeTlvs(wanted, type, place, context);
    default:
      throw new Error(`${path}: ${type.kind} is not read as one value`);
  }
}

/** Checks length and presence of bytes or text; returns the place after them. */
export function walkSpan(
  wanted: Wanted,
  type: Extract<ValueType, { readonly maxBytes: number }>,
  place: Place,
  context: DecodeContext,
): Place {
  const { path } = wanted;
  const { end } = context;
  const start = printPlace(after(place, prefixBytes(type)));
  const prefix = prefixType(type);
  if (prefix === undefined) {
    const left = minus(end, place);
    context.lines.push(
      code`${coreValue("boundLength")}(${left}, ${type.maxBytes}, "${path}", ${start});`,
    );
    return { base: end, plus: 0 };
  }
  const local = context.scope.name(`${wanted.name}End`);
  const load = integerLoad(prefix, path, printPlace(place), context);
  const unbounded = type.maxBytes >= 2 ** (prefixBytes(type) * 8) - 1;
  const length = unbounded
    ? load
    : code`${coreValue("boundLength")}(${load}, ${type.maxBytes}, "${path}", ${start})`;
  context.lines.push(
    code`const ${local} = ${coreValue("spanEnd")}(${start}, ${length}, ${end}, "${path}");`,
  );
  return { base: local, plus: 0 };
}

/** Checks family and presence of an endpoint; returns the place after it. */
export function walkEndpoint(wanted: Wanted, place: Place, context: DecodeContext): Place {
  const local = context.scope.name(`${wanted.name}End`);
  const { view, end } = context;
  context.lines.push(
    code`const ${local} = ${coreValue("endpointEnd")}(${view}, ${printPlace(place)}, ${end}, "${wanted.path}");`,
  );
  return { base: local, plus: 0 };
}

/** `end - base - plus`. */
function minus(end: string, place: Place): string {
  return place.plus === 0
    ? `${end} - ${place.base}`
    : `${end} - ${place.base} - ${String(place.plus)}`;
}

/** Checks the count of a list against its bound and the bytes that are there; the local name that holds it. */
export function readCount(
  wanted: Wanted,
  type: Extract<ValueType, { kind: "list" }>,
  place: Place,
  context: DecodeContext,
): string {
  const { path } = wanted;
  const local = context.scope.name(`${wanted.name}Count`);
  const start = printPlace(after(place, prefixBytes(type)));
  const load = integerLoad(type.count, path, printPlace(place), context);
  const each = extentOf(type.of).min;
  context.lines.push(
    code`const ${local} = ${coreValue("boundLength")}(${load}, ${type.max}, "${path}", ${start});`,
    code`${coreValue("spanEnd")}(${start}, ${each === 1 ? local : `${local} * ${String(each)}`}, ${context.end}, "${path}");`,
  );
  return local;
}

function decodeList(
  wanted: Wanted,
  type: Extract<ValueType, { kind: "list" | "restList" }>,
  place: Place,
  context: DecodeContext,
): Read {
  const { scope, lines } = context;
  const list = scope.name(wanted.name);
  const item: Wanted = { type: type.of, name: `${wanted.name}Item`, path: wanted.path };
  const each = listLoop(wanted, type, place, context);
  lines.splice(each.declaredAt, 0, code`const ${list}: ${arrayType(type.of)} = [];`);
  if (fixedBytes(type.of) === undefined || type.kind === "restList") {
    checkRun([type.of], { place: { base: each.at, plus: 0 }, path: wanted.path }, context);
  }
  const read = decodeValue(item, { base: each.at, plus: 0 }, context);
  lines.push(code`${list}.push(${read.expression});`);
  closeLoop(each.at, read.next, context);
  return { expression: list, next: { base: each.at, plus: 0 } };
}

/** Opens the loop over a list's elements; `at` moves over them. */
export function listLoop(
  wanted: Wanted,
  type: Extract<ValueType, { kind: "list" | "restList" }>,
  place: Place,
  context: DecodeContext,
): { readonly at: string; readonly declaredAt: number } {
  const { scope, lines, end } = context;
  const at = scope.name(`${wanted.name}End`);
  if (type.kind === "list") {
    const count = readCount(wanted, type, place, context);
    const index = scope.name("index");
    lines.push(`let ${at} = ${printPlace(after(place, prefixBytes(type)))};`);
    const declaredAt = lines.length;
    lines.push(`for (let ${index} = 0; ${index} < ${count}; ${index} += 1) {`);
    return { at, declaredAt };
  }
  const count = scope.name(`${wanted.name}Count`);
  lines.push(`let ${at} = ${printPlace(place)};`, `let ${count} = 0;`);
  const declaredAt = lines.length;
  lines.push(`while (${at} < ${end}) {`);
  lines.push(
    code`${count} = ${coreValue("boundLength")}(${count} + 1, ${type.max}, "${wanted.path}", ${at});`,
  );
  return { at, declaredAt };
}

/** Moves to the next element and closes the loop. */
export function closeLoop(at: string, next: Place, context: DecodeContext): void {
  const step = next.base === at ? `${at} += ${String(next.plus)};` : `${at} = ${printPlace(next)};`;
  context.lines.push(step, "}");
}

function decodeTlvs(
  wanted: Wanted,
  type: Extract<ValueType, { kind: "tlvs" }>,
  place: Place,
  context: DecodeContext,
): Read {
  const { scope, lines, bytes, view, end, protocol } = context;
  const list = scope.name(wanted.name);
  const walk = scope.name(`${wanted.name}Walk`);
  lines.push(
    code`const ${list}: (${framesType(type.messages)})[] = [];`,
    code`const ${walk} = new ${coreValue("FrameWalk")}(${view}, ${printPlace(place)}, ${end}, ${framingOf(protocol)});`,
    `while (${walk}.next()) {`,
    `switch (${walk}.tag) {`,
  );
  for (const message of type.messages) {
    const length = `${walk}.end - ${walk}.offset`;
    const value = code`${memberOf(message, "decode")}(${bytes}, ${view}, ${walk}.offset, ${walk}.end)`;
    lines.push(
      code`case ${constantOf(message, "TAG")}:`,
      code`${coreValue("boundLength")}(${length}, ${message.maxBytes}, "${message.name}", ${walk}.offset);`,
      code`${list}.push({ name: "${message.name}", message: ${value} });`,
      "break;",
    );
  }
  lines.push("default:", "break;", "}");
  lines.push(
    code`${coreValue("boundLength")}(${list}.length, ${type.max}, "${wanted.path}", ${walk}.offset);`,
    "}",
  );
  return { expression: list, next: { base: end, plus: 0 } };
}
