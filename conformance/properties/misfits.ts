import { inspect } from "node:util";
import type { Field, NamedType, ValueType } from "../../codegen/model/model.ts";
import type { Fields } from "../interpreter/decode.ts";

/** A message that must not be encoded, and what is wrong with it. */
export interface Misfit {
  readonly message: Fields;
  readonly what: string;
}

/** Messages made from a valid one by giving one field, or a value within it, something it cannot hold. */
export function misfitsOf(fields: readonly Field[], valid: Fields): readonly Misfit[] {
  return fields
    .filter((field) => valid[field.name] !== undefined)
    .flatMap((field) =>
      wrongValues(field.type, valid[field.name]).map((wrong) => ({
        message: { ...valid, [field.name]: wrong },
        what: `${field.name} ${inspect(wrong).slice(0, 60)}`,
      })),
    );
}

/** Values that are of the right TypeScript type, as far as that can say, and still do not fit. */
function wrongValues(type: ValueType, valid: unknown): readonly unknown[] {
  switch (type.kind) {
    case "integer":
      return wrongIntegers(type);
    case "float":
    case "bool":
      return [];
    case "mac":
      return [-1, 2 ** 48, 0.5, Number.NaN];
    case "ipv4":
      return ["", "1.2.3", "256.1.1.1", "::1"];
    case "ipv6":
      return ["", "1.2.3.4", "1::2::3"];
    case "endpoint":
      return [
        { address: "1.2.3.4", port: 65_536 },
        { address: "1.2.3.4", port: -1 },
        { address: "host", port: 1 },
      ];
    case "fixedBytes":
      return [new Uint8Array(type.bytes + 1), new Uint8Array(type.bytes - 1)];
    case "bytes":
    case "restBytes":
      return [new Uint8Array(type.maxBytes + 1)];
    case "string":
    case "restString":
      return [
        "x".repeat(type.maxBytes + 1),
        "é".repeat(Math.floor(type.maxBytes / 2) + 1),
        "\ud800",
      ];
    case "list":
    case "restList":
    case "tlvs":
      return wrongLists(type, valid);
    case "named":
      return wrongNamed(type.type, valid);
  }
}

function wrongIntegers(type: Extract<ValueType, { kind: "integer" }>): readonly unknown[] {
  const { min, max } = type;
  if (type.as === "bigint") return [BigInt(min) - 1n, BigInt(max) + 1n];
  return [Number(min) - 1, Number(max) + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY];
}

function wrongLists(
  type: Extract<ValueType, { kind: "list" | "restList" | "tlvs" }>,
  valid: unknown,
): readonly unknown[] {
  const list = (valid ?? []) as readonly unknown[];
  const [first] = list;
  if (first === undefined) return [];
  const tooMany = Array.from({ length: type.max + 1 }, () => first);
  if (type.kind === "tlvs") return [tooMany];
  return [tooMany, ...wrongValues(type.of, first).map((wrong) => [wrong, ...list.slice(1)])];
}

function wrongNamed(type: NamedType, valid: unknown): readonly unknown[] {
  const most = "base" in type ? 2 ** (8 * { u8: 1, u16: 2, u32: 4 }[type.base]) : 0;
  switch (type.kind) {
    case "flags":
      return [-1, most, 0.5];
    case "enum": {
      const named = new Set(type.values.map(({ value }) => value));
      const unnamed = [...Array(256).keys()].find((value) => !named.has(value));
      return [-1, most, ...(type.open || unnamed === undefined ? [] : [unnamed])];
    }
    case "struct":
      return misfitsOf(type.fields, valid as Fields).map(({ message }) => message);
    case "union": {
      const { kind, value } = valid as { readonly kind: string; readonly value: Fields };
      const fields = type.cases.find(({ name }) => name === kind)?.type.fields ?? [];
      return misfitsOf(fields, value).map(({ message }) => ({ kind, value: message }));
    }
  }
}
