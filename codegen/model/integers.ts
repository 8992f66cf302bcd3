import type { IntegerType, LengthType } from "./model.ts";

const INTEGER_TYPES: ReadonlySet<string> = new Set<IntegerType>([
  "u8",
  "u16",
  "u24",
  "u32",
  "u48",
  "u64",
  "i8",
  "i16",
  "i32",
  "i64",
]);

/** Whether the name of a type is that of an integer. */
export function isIntegerType(name: string): name is IntegerType {
  return INTEGER_TYPES.has(name);
}

/** Bits of an integer type. */
export function integerBits(type: IntegerType | LengthType): number {
  return Number(type.slice(1));
}

/** Smallest and largest value that an integer type can hold; as a number never beyond 2^53 - 1. */
export function integerBounds(
  type: IntegerType,
  as: "number" | "bigint",
): { readonly min: number | bigint; readonly max: number | bigint } {
  const bits = BigInt(integerBits(type));
  const isSigned = type.startsWith("i");
  const min = isSigned ? -(1n << (bits - 1n)) : 0n;
  const max = (1n << (isSigned ? bits - 1n : bits)) - 1n;
  if (as === "bigint") return { min, max };
  return {
    min: Math.max(Number(min), Number.MIN_SAFE_INTEGER),
    max: Math.min(Number(max), Number.MAX_SAFE_INTEGER),
  };
}
