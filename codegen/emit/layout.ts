import type { Field, IntegerType, LengthType, NamedType, ValueType } from "../model/model.ts";

/** How many bytes a value takes on the wire. */
export interface Extent {
  readonly min: number;
  /** Equal to `min` for a value of fixed size. */
  readonly max: number;
}

type NumberType = IntegerType | "f32" | "f64";

const NUMBER_BYTES: Readonly<Record<NumberType, number>> = {
  u8: 1,
  u16: 2,
  u24: 3,
  u32: 4,
  u48: 6,
  u64: 8,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
};

/** Bytes of an integer or float type. */
export function numberBytes(type: NumberType): number {
  return NUMBER_BYTES[type];
}

/** Bytes of the length or count before a value of this type; 0 if it has none. */
export function prefixBytes(type: ValueType): number {
  const prefix = prefixType(type);
  return prefix === undefined ? 0 : NUMBER_BYTES[prefix];
}

/** The type of the length or count before a value of this type. */
export function prefixType(type: ValueType): LengthType | undefined {
  if (type.kind === "bytes" || type.kind === "string") return type.length;
  return type.kind === "list" ? type.count : undefined;
}

/** The bytes of a value whose size never varies, otherwise undefined. */
export function fixedBytes(type: ValueType): number | undefined {
  const { min, max } = extentOf(type);
  return min === max ? min : undefined;
}

/** The least and most bytes of a value. @throws {Error} if the type contains itself: its values have no bound. */
export function extentOf(type: ValueType): Extent {
  switch (type.kind) {
    case "integer":
    case "float":
      return fixed(NUMBER_BYTES[type.type]);
    case "bool":
      return fixed(1);
    case "mac":
      return fixed(6);
    case "ipv4":
      return fixed(4);
    case "ipv6":
      return fixed(16);
    case "endpoint":
      return { min: 7, max: 19 };
    case "fixedBytes":
      return fixed(type.bytes);
    case "bytes":
    case "string":
      return { min: NUMBER_BYTES[type.length], max: NUMBER_BYTES[type.length] + type.maxBytes };
    case "list":
      return {
        min: NUMBER_BYTES[type.count],
        max: NUMBER_BYTES[type.count] + times(type.max, extentOf(type.of).max),
      };
    case "restBytes":
    case "restString":
      return { min: 0, max: type.maxBytes };
    case "restList":
      return { min: 0, max: times(type.max, extentOf(type.of).max) };
    case "tlvs":
      // The framing's padding and end are not known here; 16 bytes a frame are more than any takes.
      return {
        min: 0,
        max: times(
          type.max + 1,
          16 + Math.max(0, ...type.messages.map((message) => message.maxBytes)),
        ),
      };
    case "named":
      return namedExtent(type.type);
  }
}

/** The least and most bytes of fields in a row; fields that were appended later may be missing. */
export function fieldsExtent(fields: readonly Field[]): Extent {
  let min = 0;
  let max = 0;
  for (const field of fields) {
    const extent = extentOf(field.type);
    if (field.since === 1) min += extent.min;
    max += extent.max;
  }
  return { min, max };
}

const extents = new WeakMap<NamedType, Extent>();
const visiting = new Set<NamedType>();

/** The least and most bytes of a named type. */
export function namedExtent(type: NamedType): Extent {
  const known = extents.get(type);
  if (known !== undefined) return known;
  if (visiting.has(type)) {
    throw new Error(
      `${type.source.file}:${String(type.source.line)}: ${type.name} contains itself`,
    );
  }
  visiting.add(type);
  try {
    const extent = measured(type);
    extents.set(type, extent);
    return extent;
  } finally {
    visiting.delete(type);
  }
}

function measured(type: NamedType): Extent {
  switch (type.kind) {
    case "enum":
    case "flags":
      return fixed(NUMBER_BYTES[type.base]);
    case "struct":
      return fieldsExtent(type.fields);
    case "union": {
      const cases = type.cases.map((one) => namedExtent(one.type));
      const base = NUMBER_BYTES[type.base];
      return {
        min: base + Math.min(...cases.map((extent) => extent.min)),
        max: base + Math.max(...cases.map((extent) => extent.max)),
      };
    }
  }
}

function fixed(bytes: number): Extent {
  return { min: bytes, max: bytes };
}

/** A list of empty elements takes nothing, however long. */
function times(count: number, bytes: number): number {
  return bytes === 0 ? 0 : count * bytes;
}
