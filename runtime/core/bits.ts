import { badValueError, misfitError } from "./errors.ts";

/** Where a field of some bits stands: after `bit` bits of what it is part of, the most significant first. */
export interface BitField {
  readonly bit: number;
  /** 1–64. */
  readonly bits: number;
}

/**
 * Reads an unsigned integer of some bits, counted from byte `offset`, most significant first.
 * @throws {WireError} `bad-value` above 2^53-1.
 */
export function readBits(view: DataView, offset: number, field: BitField, path: string): number {
  let value = 0;
  for (let index = field.bit; index < field.bit + field.bits; index += 1) {
    const byte = view.getUint8(offset + (index >>> 3));
    value = value * 2 + ((byte >>> (7 - (index & 7))) & 1);
  }
  if (value > Number.MAX_SAFE_INTEGER) throw badValueError(path, offset);
  return value;
}

/** Writes an unsigned integer of some bits and leaves the bits around it. @throws {RangeError} if it does not fit. */
export function writeBits(view: DataView, offset: number, field: BitField, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** field.bits)
    throw misfitError("header");
  let rest = value;
  for (let index = field.bit + field.bits - 1; index >= field.bit; index -= 1) {
    const at = offset + (index >>> 3);
    const mask = 1 << (7 - (index & 7));
    const byte = view.getUint8(at);
    view.setUint8(at, rest % 2 === 1 ? byte | mask : byte & ~mask);
    rest = Math.floor(rest / 2);
  }
}
