import { integerBounds } from "../model/integers.ts";
import type { IntegerType, NamedType, Protocol, ValueType } from "../model/model.ts";
import { memberOf } from "./codec-symbols.ts";
import { Scope, after, printPlace } from "./place.ts";
import type { Place } from "./place.ts";
import { code, coreValue } from "./printer.ts";
import type { Fragment } from "./printer.ts";

/** What the statements of one encoder are written with. */
export interface EncodeContext {
  readonly protocol: Protocol;
  readonly scope: Scope;
  readonly lines: Fragment[];
  /**
   * Stores that wait until all values of their run are checked: stores between checks make the engine
   * read the buffer's address anew each time, and a refused value leaves nothing half written.
   */
  readonly stores: Fragment[];
}

/** Starts an encoder. */
export function encodeContext(protocol: Protocol, taken: readonly string[]): EncodeContext {
  return { protocol, scope: new Scope(taken), lines: [], stores: [] };
}

/** Puts the waiting stores after the statements so far. */
export function flushStores({ lines, stores }: EncodeContext): void {
  lines.push(...stores.splice(0));
}

/** One value to write: the local name that holds it, and the spec path that errors carry. */
export interface Stored {
  readonly type: ValueType;
  readonly local: string;
  readonly path: string;
}

/** An integer's own type. */
export type Integer = Extract<ValueType, { kind: "integer" }>;

/**
 * The statements that check a value of fixed size and write it at `place`. The checks stand in the
 * function itself: as calls they would share the engine's type feedback among all fields of all
 * messages, and cost twice the time.
 */
export function storeFixed(value: Stored, place: Place, context: EncodeContext): void {
  const { type, local, path } = value;
  const { lines, stores } = context;
  const at = printPlace(place);
  switch (type.kind) {
    case "integer":
      lines.push(checkInteger(type, value));
      if (type.as === "bigint") stores.push(bigintStore(type.type, local, at, context));
      else stores.push(...integerStore(type.type, local, place, context));
      break;
    case "float": {
      const set = type.type === "f32" ? "setFloat32" : "setFloat64";
      stores.push(`view.${set}(${at}, ${local}${order(context)});`);
      break;
    }
    case "bool":
      stores.push(`view.setUint8(${at}, ${local} ? 1 : 0);`);
      break;
    case "mac":
      lines.push(checkWidth("u48", value));
      stores.push(code`${coreValue("writeU48")}(view, ${at}, ${local});`);
      break;
    case "ipv4":
    case "ipv6": {
      const write = coreValue(type.kind === "ipv4" ? "writeIpv4" : "writeIpv6");
      stores.push(code`${write}(${local}, view, ${at}, "${path}");`);
      break;
    }
    case "fixedBytes": {
      const write = coreValue(type.bytes === 16 ? "writeBytes16" : "writeBytes");
      lines.push(refuseIf(`${local}.length !== ${String(type.bytes)}`, path));
      stores.push(code`${write}(${local}, out, ${at}, "${path}");`);
      break;
    }
    case "named":
      storeNamed(type.type, value, place, context);
      break;
    default:
      throw new Error(`${path}: ${type.kind} has no fixed size`);
  }
}

function storeNamed(type: NamedType, value: Stored, place: Place, context: EncodeContext): void {
  const { lines, stores } = context;
  const { local, path } = value;
  switch (type.kind) {
    case "struct":
    case "union":
      stores.push(code`${memberOf(type, "encode")}(${local}, out, view, ${printPlace(place)});`);
      return;
    case "flags":
      lines.push(checkWidth(type.base, value));
      break;
    case "enum":
      lines.push(
        type.open
          ? checkWidth(type.base, value)
          : code`if (!${memberOf(type, "is")}(${local})) throw ${coreValue("misfitError")}("${path}");`,
      );
      break;
  }
  stores.push(...integerStore(type.base, local, place, context));
}

/** `if (…) throw misfitError("Telemetry.mac");`: the caller's value does not fit. */
export function refuseIf(condition: string, path: string): Fragment {
  return code`if (${condition}) throw ${coreValue("misfitError")}("${path}");`;
}

function checkInteger(type: Integer, value: Stored): Fragment {
  const { local, path } = value;
  if (type.min === type.max) return refuseIf(`${local} !== ${literal(type, type.min)}`, path);
  const bounds = boundTests(type, local);
  const isWide = type.as === "bigint" || bounds.length === 2;
  if (type.as === "bigint" && bounds.length < 2)
    return refuseIf(widthOfBigint(type.type, local), path);
  const width =
    type.as === "bigint"
      ? []
      : [isWide ? `!Number.isSafeInteger(${local})` : widthTest(type.type, local)];
  return refuseIf([...width, ...bounds].join(" || "), path);
}

/** Tests that a value is beyond the bounds which a field adds to those of its wire type. */
export function boundTests(type: Integer, local: string): readonly string[] {
  const { min, max } = integerBounds(type.type, type.as);
  return [
    ...(type.min > min ? [`${local} < ${literal(type, type.min)}`] : []),
    ...(type.max < max ? [`${local} > ${literal(type, type.max)}`] : []),
  ];
}

/** A bound as the literal of the field's TypeScript type. */
export function literal(type: Integer, bound: number | bigint): string {
  return type.as === "bigint" ? `${String(bound)}n` : String(bound);
}

function widthOfBigint(type: IntegerType, local: string): string {
  const { min, max } = integerBounds(type, "bigint");
  return `${local} < ${String(min)}n || ${local} > ${String(max)}n`;
}

/** The check that an integer fits its wire type. */
export function checkWidth(type: IntegerType, value: Pick<Stored, "local" | "path">): Fragment {
  return refuseIf(widthTest(type, value.local), value.path);
}

function widthTest(type: IntegerType, local: string): string {
  switch (type) {
    case "u8":
      return `(${local} & 0xff) !== ${local}`;
    case "u16":
      return `(${local} & 0xffff) !== ${local}`;
    case "u24":
      return `(${local} & 0xff_ffff) !== ${local}`;
    case "u32":
      return `${local} >>> 0 !== ${local}`;
    case "u48":
      return `!Number.isSafeInteger(${local}) || ${local} < 0 || ${local} > 0xffff_ffff_ffff`;
    case "u64":
      return `!Number.isSafeInteger(${local}) || ${local} < 0`;
    case "i8":
      return `(${local} << 24) >> 24 !== ${local}`;
    case "i16":
      return `(${local} << 16) >> 16 !== ${local}`;
    case "i32":
      return `(${local} | 0) !== ${local}`;
    case "i64":
      return `!Number.isSafeInteger(${local})`;
  }
}

function bigintStore(
  type: IntegerType,
  local: string,
  at: string,
  context: EncodeContext,
): Fragment {
  const store = type === "i64" ? "setBigInt64" : "setBigUint64";
  return `view.${store}(${at}, ${local}${order(context)});`;
}

/** The statements that write a checked integer, `value`, in the protocol's byte order. */
export function integerStore(
  type: IntegerType,
  value: string,
  place: Place,
  context: EncodeContext,
): readonly Fragment[] {
  const little = order(context);
  const suffix = orderSuffix(context.protocol);
  const at = printPlace(place);
  switch (type) {
    case "u8":
      return [`view.setUint8(${at}, ${value});`];
    case "i8":
      return [`view.setInt8(${at}, ${value});`];
    case "u16":
    case "u32":
      return [`view.setUint${type.slice(1)}(${at}, ${value}${little});`];
    case "i16":
    case "i32":
      return [`view.setInt${type.slice(1)}(${at}, ${value}${little});`];
    case "u24":
    case "u48":
    case "i64":
      return [code`${coreValue(`write${type.toUpperCase()}${suffix}`)}(view, ${at}, ${value});`];
    case "u64": {
      const isLittle = little !== "";
      const [high, low] = isLittle ? [4, 0] : [0, 4];
      return [
        `view.setUint32(${printPlace(after(place, high))}, ${value} / 0x1_0000_0000${little});`,
        `view.setUint32(${printPlace(after(place, low))}, ${value}${little});`,
      ];
    }
  }
}

/** What the names of core functions for little-endian integers end with. */
export function orderSuffix(protocol: Protocol): string {
  return protocol.framing.order === "little" ? "Little" : "";
}

/** The last argument of DataView's methods in a little-endian protocol. */
function order(context: EncodeContext): string {
  return context.protocol.framing.order === "little" ? ", true" : "";
}
