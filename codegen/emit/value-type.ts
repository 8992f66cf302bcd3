import type { Field, Message, NamedType, ValueType } from "../model/model.ts";
import { integerBounds } from "../model/integers.ts";
import { fixedBytes } from "./layout.ts";
import { generatedPath } from "./names.ts";
import { code, coreType, generatedType, join, jsdoc } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** The TypeScript type of a value: what encoders take and decoders return. */
export function valueType(type: ValueType): Fragment {
  switch (type.kind) {
    case "integer":
      return type.as;
    case "float":
    case "mac":
      return "number";
    case "bool":
      return "boolean";
    case "ipv4":
    case "ipv6":
    case "string":
    case "restString":
      return "string";
    case "endpoint":
      return coreType("Endpoint");
    case "fixedBytes":
    case "bytes":
    case "restBytes":
      return "Uint8Array";
    case "list":
    case "restList":
      return code`readonly ${arrayType(type.of)}`;
    case "tlvs":
      return code`readonly (${framesType(type.messages)})[]`;
    case "named":
      return namedType(type.type);
  }
}

/** The members of an interface: each field with its doc, unit and whether older peers leave it out. */
export function fieldMembers(fields: readonly Field[]): Fragment {
  return fields.map((field) => fieldMember(field, ""));
}

/** The same with where each field stands in the value, up to the first whose place varies, and its own bounds. */
export function wireMembers(fields: readonly Field[]): Fragment {
  let offset: number | undefined = 0;
  return fields.map((field) => {
    const start = offset;
    const bytes = fixedBytes(field.type);
    offset = start === undefined || bytes === undefined ? undefined : start + bytes;
    return fieldMember(field, `${placeDoc(start, bytes)}${boundsDoc(field.type)}`);
  });
}

function fieldMember(field: Field, wire: string): Fragment {
  const isLater = field.since > 1;
  const type = code`${valueType(field.type)}${isLater ? " | undefined" : ""}`;
  return code`\n${jsdoc(`${fieldDoc(field)}${wire}`)}readonly ${field.name}${isLater ? "?" : ""}: ${type};`;
}

function placeDoc(start: number | undefined, bytes: number | undefined): string {
  if (start === undefined || bytes === 0) return "";
  if (bytes === undefined) return ` From byte ${String(start)}.`;
  const last = start + bytes - 1;
  return last === start ? ` Byte ${String(start)}.` : ` Bytes ${String(start)}–${String(last)}.`;
}

/** Bounds that a field adds to those of its wire type, and the most that a value of variable size holds. */
function boundsDoc(type: ValueType): string {
  switch (type.kind) {
    case "integer": {
      const { min, max } = integerBounds(type.type, type.as);
      if (type.min <= min && type.max >= max) return "";
      return type.min === type.max
        ? ` Always ${String(type.min)}.`
        : ` ${String(type.min)} … ${String(type.max)}.`;
    }
    case "bytes":
    case "restBytes":
    case "string":
    case "restString":
      return ` At most ${String(type.maxBytes)} bytes.`;
    case "list":
    case "restList":
    case "tlvs":
      return ` At most ${String(type.max)}.`;
    default:
      return "";
  }
}

function fieldDoc(field: Field): string {
  const unit = field.unit === undefined ? "" : ` Unit: ${field.unit}.`;
  const since = field.since > 1 ? ` Since version ${String(field.since)}.` : "";
  return `${field.doc}${unit}${since}${field.sensitive ? " Sensitive: never logged." : ""}`;
}

/** The union of the frames of some messages. */
export function framesType(messages: readonly Message[]): Fragment {
  return join(messages.map(frameType), " | ");
}

/** The array of what a list holds; `readonly` binds only to an array type that stands alone. */
export function arrayType(of: ValueType): Fragment {
  const isArray = of.kind === "list" || of.kind === "restList" || of.kind === "tlvs";
  return isArray ? code`(${valueType(of)})[]` : code`${valueType(of)}[]`;
}

function frameType(message: Message): Fragment {
  const type = generatedType(generatedPath(message.source), message.name);
  return code`{ readonly name: "${message.name}"; readonly message: ${type} }`;
}

/** Flags have no type of their own: any combination of bits is a number. */
function namedType(type: NamedType): Fragment {
  return type.kind === "flags" ? "number" : generatedType(generatedPath(type.source), type.name);
}
