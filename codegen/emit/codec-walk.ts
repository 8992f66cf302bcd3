import type { Field, ValueType } from "../model/model.ts";
import {
  checkRun,
  closeLoop,
  listLoop,
  readCount,
  walkEndpoint,
  walkSpan,
} from "./codec-decode.ts";
import type { DecodeContext, Wanted } from "./codec-load.ts";
import { memberOf } from "./codec-symbols.ts";
import { fixedBytes, prefixBytes } from "./layout.ts";
import { after, printPlace } from "./place.ts";
import type { Place } from "./place.ts";
import { code } from "./printer.ts";

/** Called at each field with its place, before the walk goes past it. */
export type Visit = (field: Field, place: Place) => void;

/**
 * Goes over fields without reading their values: statements that check that all is there, and the place
 * after the last field.
 */
export function walkFields(
  fields: readonly Field[],
  of: { readonly path: string; readonly place: Place; readonly visit?: Visit },
  context: DecodeContext,
): Place {
  const first = fields.filter((field) => field.since === 1);
  const { visit } = of;
  let { place } = of;
  const wanted = (field: Field): Wanted => ({
    type: field.type,
    name: field.name,
    path: `${of.path}.${field.name}`,
  });
  for (const [index, field] of first.entries()) {
    const previous = first[index - 1];
    if (previous === undefined || fixedBytes(previous.type) === undefined) {
      checkRun(
        first.slice(index).map((one) => one.type),
        { place, path: of.path },
        context,
      );
    }
    visit?.(field, place);
    place = walkValue(wanted(field), place, context);
  }
  const later = fields.slice(first.length);
  if (later.length === 0) return place;
  const next = context.scope.name("next");
  context.lines.push(`let ${next} = ${printPlace(place)};`);
  place = { base: next, plus: 0 };
  for (const field of later) {
    context.lines.push(`if (${next} < ${context.end}) {`);
    visit?.(field, place);
    checkRun([field.type], { place, path: `${of.path}.${field.name}` }, context);
    const end = walkValue(wanted(field), place, context);
    context.lines.push(`${next} = ${printPlace(end)};`, "}");
  }
  return place;
}

/** Goes past one value whose fixed part, or length, was checked to be there. */
function walkValue(wanted: Wanted, place: Place, context: DecodeContext): Place {
  const { type } = wanted;
  const bytes = fixedBytes(type);
  if (bytes !== undefined) return after(place, bytes);
  switch (type.kind) {
    case "bytes":
    case "string":
    case "restBytes":
    case "restString":
      return walkSpan(wanted, type, place, context);
    case "endpoint":
      return walkEndpoint(wanted, place, context);
    case "list":
    case "restList":
      return walkList(wanted, type, place, context);
    case "named": {
      const local = context.scope.name(`${wanted.name}End`);
      const skip = memberOf(type.type, "skip");
      context.lines.push(
        code`const ${local} = ${skip}(${context.view}, ${printPlace(place)}, ${context.end});`,
      );
      return { base: local, plus: 0 };
    }
    default:
      return { base: context.end, plus: 0 };
  }
}

function walkList(
  wanted: Wanted,
  type: Extract<ValueType, { kind: "list" | "restList" }>,
  place: Place,
  context: DecodeContext,
): Place {
  const each = fixedBytes(type.of);
  if (each !== undefined && type.kind === "list") {
    const count = readCount(wanted, type, place, context);
    const local = context.scope.name(`${wanted.name}End`);
    const start = printPlace(after(place, prefixBytes(type)));
    context.lines.push(`const ${local} = ${start} + ${count} * ${String(each)};`);
    return { base: local, plus: 0 };
  }
  const { at } = listLoop(wanted, type, place, context);
  const element = { base: at, plus: 0 };
  checkRun([type.of], { place: element, path: wanted.path }, context);
  const next = walkValue(
    { type: type.of, name: `${wanted.name}Item`, path: wanted.path },
    element,
    context,
  );
  closeLoop(at, next, context);
  return { base: at, plus: 0 };
}
