import { integerBits } from "../model/integers.ts";
import type { Field, Protocol, ValueType } from "../model/model.ts";
import { headerBytes } from "./parts.ts";

/** Fewest and most bytes that a value takes; most is Infinity for a type that contains itself. */
export interface Bytes {
  readonly min: number;
  readonly max: number;
}

/** Bytes that a value of a type takes in frames of a protocol. */
export function bytesOf(type: ValueType, protocol: Protocol): Bytes {
  return measure(type, protocol, []);
}

/** Bytes that fields take one after the other; fields of later versions may be missing. */
export function bytesOfFields(fields: readonly Field[], protocol: Protocol): Bytes {
  const bytes = measureFields(fields, protocol, []);
  const always = fields.filter((field) => field.since === 1);
  return { min: measureFields(always, protocol, []).min, max: bytes.max };
}

type Within = readonly object[];

function measure(type: ValueType, protocol: Protocol, within: Within): Bytes {
  switch (type.kind) {
    case "integer":
      return exactly(integerBits(type.type) / 8);
    case "float":
      return exactly(type.type === "f32" ? 4 : 8);
    case "bool":
      return exactly(1);
    case "mac":
      return exactly(6);
    case "ipv4":
      return exactly(4);
    case "ipv6":
      return exactly(16);
    case "endpoint":
      // Family, address of 4 or 16 bytes, port.
      return { min: 1 + 4 + 2, max: 1 + 16 + 2 };
    case "fixedBytes":
      return exactly(type.bytes);
    case "bytes":
    case "string": {
      const length = integerBits(type.length) / 8;
      return { min: length, max: length + type.maxBytes };
    }
    case "list": {
      const count = integerBits(type.count) / 8;
      return { min: count, max: count + type.max * measure(type.of, protocol, within).max };
    }
    case "restBytes":
    case "restString":
      return { min: 0, max: type.maxBytes };
    case "restList":
      return { min: 0, max: type.max * measure(type.of, protocol, within).max };
    case "tlvs":
      return measureTlvs(type, protocol);
    case "named":
      return measureNamed(type, protocol, within);
  }
}

function measureTlvs(type: ValueType & { readonly kind: "tlvs" }, protocol: Protocol): Bytes {
  const { alignBytes } = protocol.framing;
  const frames = type.messages.map((message) => headerBytes(protocol) + message.maxBytes);
  const largest = Math.max(...frames.map((bytes) => Math.ceil(bytes / alignBytes) * alignBytes));
  return { min: 0, max: type.max * largest };
}

function measureNamed(
  { type }: ValueType & { readonly kind: "named" },
  protocol: Protocol,
  within: Within,
): Bytes {
  if (within.includes(type)) return { min: 0, max: Infinity };
  switch (type.kind) {
    case "enum":
    case "flags":
      return exactly(integerBits(type.base) / 8);
    case "struct":
      return measureFields(type.fields, protocol, [...within, type]);
    case "union": {
      const cases = type.cases.map((unionCase) =>
        measureFields(unionCase.type.fields, protocol, [...within, type, unionCase.type]),
      );
      const base = integerBits(type.base) / 8;
      return {
        min: base + Math.min(...cases.map(({ min }) => min)),
        max: base + Math.max(...cases.map(({ max }) => max)),
      };
    }
  }
}

function measureFields(fields: readonly Field[], protocol: Protocol, within: Within): Bytes {
  const all = fields.map((field) => measure(field.type, protocol, within));
  return {
    min: all.reduce((sum, { min }) => sum + min, 0),
    max: all.reduce((sum, { max }) => sum + max, 0),
  };
}

function exactly(bytes: number): Bytes {
  return { min: bytes, max: bytes };
}
