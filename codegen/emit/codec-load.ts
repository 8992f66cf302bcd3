import type { NamedType, Protocol, ValueType } from "../model/model.ts";
import { boundTests, literal, orderSuffix } from "./codec-store.ts";
import type { Integer } from "./codec-store.ts";
import { memberOf } from "./codec-symbols.ts";
import { after, printPlace } from "./place.ts";
import type { Place, Scope } from "./place.ts";
import { code, coreValue } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** What the statements of one decoder are written with. */
export interface DecodeContext {
  readonly protocol: Protocol;
  readonly scope: Scope;
  readonly lines: Fragment[];
  /** Expressions of the buffer, its view and the end of the value. */
  readonly bytes: string;
  readonly view: string;
  readonly end: string;
  /** Whether byte values are copies, or subarrays of the buffer. */
  readonly copies: boolean;
}

/** One value to read: its local name, and the spec path that errors carry. */
export interface Wanted {
  readonly type: ValueType;
  readonly name: string;
  readonly path: string;
}

/** The expression that reads a value of fixed size. */
export function fixedLoad(wanted: Wanted, place: Place, context: DecodeContext): Fragment {
  const { type, path } = wanted;
  const { view } = context;
  const at = printPlace(place);
  switch (type.kind) {
    case "integer":
      return boundedLoad(type, wanted, at, context);
    case "float":
      return `${view}.get${type.type === "f32" ? "Float32" : "Float64"}(${orderedArguments(at, context)})`;
    case "bool":
      return code`${coreValue("readBool")}(${view}, ${at}, "${path}")`;
    case "mac":
      return code`${coreValue("readU48")}(${view}, ${at})`;
    case "ipv4":
      return code`${coreValue("readIpv4")}(${view}, ${at})`;
    case "ipv6":
      return code`${coreValue("readIpv6")}(${view}, ${at})`;
    case "fixedBytes":
      return type.bytes === 16 && context.copies
        ? code`${coreValue("copyBytes16")}(${context.bytes}, ${at})`
        : byteRange(at, printPlace(after(place, type.bytes)), context);
    case "named":
      return namedLoad(type.type, wanted, at, context);
    default:
      throw new Error(`${path}: ${type.kind} has no fixed size`);
  }
}

function namedLoad(type: NamedType, wanted: Wanted, at: string, context: DecodeContext): Fragment {
  const { bytes, view, end } = context;
  switch (type.kind) {
    case "struct":
    case "union":
      return code`${memberOf(type, "decode")}(${bytes}, ${view}, ${at}, ${end})`;
    case "flags":
      return integerLoad(type.base, wanted.path, at, context);
    case "enum": {
      const load = integerLoad(type.base, wanted.path, at, context);
      return type.open ? load : code`${memberOf(type, "as")}(${load}, "${wanted.path}", ${at})`;
    }
  }
}

/** An integer with bounds of its own is read into a local, checked, and then used by name. */
function boundedLoad(type: Integer, wanted: Wanted, at: string, context: DecodeContext): Fragment {
  const load =
    type.as === "bigint"
      ? `${context.view}.get${type.type === "i64" ? "BigInt64" : "BigUint64"}(${orderedArguments(at, context)})`
      : integerLoad(type.type, wanted.path, at, context);
  if (boundTests(type, "").length === 0) return load;
  const local = context.scope.name(wanted.name);
  const tests =
    type.min === type.max ? [`${local} !== ${literal(type, type.min)}`] : boundTests(type, local);
  const refuse = code`throw ${coreValue("badValueError")}("${wanted.path}", ${at})`;
  context.lines.push(code`const ${local} = ${load};`, code`if (${tests.join(" || ")}) ${refuse};`);
  return local;
}

/** Reads an integer of the protocol's byte order. */
export function integerLoad(
  type: Integer["type"],
  path: string,
  at: string,
  context: DecodeContext,
): Fragment {
  const { view } = context;
  const place = orderedArguments(at, context);
  const suffix = orderSuffix(context.protocol);
  switch (type) {
    case "u8":
      return `${view}.getUint8(${at})`;
    case "i8":
      return `${view}.getInt8(${at})`;
    case "u16":
    case "u32":
      return `${view}.getUint${type.slice(1)}(${place})`;
    case "i16":
    case "i32":
      return `${view}.getInt${type.slice(1)}(${place})`;
    case "u24":
    case "u48":
      return code`${coreValue(`read${type.toUpperCase()}${suffix}`)}(${view}, ${at})`;
    case "u64":
    case "i64":
      return code`${coreValue(`read${type.toUpperCase()}${suffix}`)}(${view}, ${at}, "${path}")`;
  }
}

function orderedArguments(at: string, context: DecodeContext): string {
  return context.protocol.framing.order === "little" ? `${at}, true` : at;
}

/** The expression of the bytes between two places: a copy, or a subarray. */
export function byteRange(start: string, end: string, context: DecodeContext): Fragment {
  return context.copies
    ? code`${coreValue("copyBytes")}(${context.bytes}, ${start}, ${end})`
    : `${context.bytes}.subarray(${start}, ${end})`;
}
