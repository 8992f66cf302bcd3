import { refuseReceived, refuseValue } from "./refuse.ts";

/*
 * Integers that DataView does not have, and the checks before a store. `checkX` returns its argument or
 * throws a RangeError; a store would otherwise wrap around in silence. A number never holds more than
 * 53 bits: a wider one from a peer is refused as `bad-value`.
 */

const WORD = 0x1_0000_0000;
const HIGH_WORD_MAX = 0x1f_ffff;
const HIGH_WORD_MIN = -0x20_0000;

/** Returns `value` if it is an integer of 0 … 2^8-1. @throws {RangeError} otherwise. */
export function checkU8(value: number, path: string): number {
  if ((value & 0xff) !== value) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of 0 … 2^16-1. @throws {RangeError} otherwise. */
export function checkU16(value: number, path: string): number {
  if ((value & 0xffff) !== value) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of 0 … 2^24-1. @throws {RangeError} otherwise. */
export function checkU24(value: number, path: string): number {
  if ((value & 0xff_ffff) !== value) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of 0 … 2^32-1. @throws {RangeError} otherwise. */
export function checkU32(value: number, path: string): number {
  if (value >>> 0 !== value) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of 0 … 2^48-1. @throws {RangeError} otherwise. */
export function checkU48(value: number, path: string): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff_ffff) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of 0 … 2^53-1. @throws {RangeError} otherwise. */
export function checkU64(value: number, path: string): number {
  if (!Number.isSafeInteger(value) || value < 0) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of -2^7 … 2^7-1. @throws {RangeError} otherwise. */
export function checkI8(value: number, path: string): number {
  if ((value << 24) >> 24 !== value) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of -2^15 … 2^15-1. @throws {RangeError} otherwise. */
export function checkI16(value: number, path: string): number {
  if ((value << 16) >> 16 !== value) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of -2^31 … 2^31-1. @throws {RangeError} otherwise. */
export function checkI32(value: number, path: string): number {
  if ((value | 0) !== value) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of -(2^53-1) … 2^53-1. @throws {RangeError} otherwise. */
export function checkI64(value: number, path: string): number {
  if (!Number.isSafeInteger(value)) refuseValue(path);
  return value;
}

/** Returns `value` if it is an integer of `min` … `max`. @throws {RangeError} otherwise. */
export function checkInteger(value: number, min: number, max: number, path: string): number {
  if (!Number.isInteger(value) || value < min || value > max) refuseValue(path);
  return value;
}

/** Returns `value` if it is one of `min` … `max`. @throws {RangeError} otherwise. */
export function checkBigint(value: bigint, min: bigint, max: bigint, path: string): bigint {
  if (value < min || value > max) refuseValue(path);
  return value;
}

/** Returns a received `value` if it is not above `max`. @throws {WireError} `bad-value` otherwise. */
export function atMost<T extends number | bigint>(
  value: T,
  max: T,
  path: string,
  offset: number,
): T {
  if (value > max) refuseReceived(path, offset);
  return value;
}

/** Returns a received `value` if it is not below `min`. @throws {WireError} `bad-value` otherwise. */
export function atLeast<T extends number | bigint>(
  value: T,
  min: T,
  path: string,
  offset: number,
): T {
  if (value < min) refuseReceived(path, offset);
  return value;
}

/** Reads 0 … 2^24-1. */
export function readU24(view: DataView, offset: number, littleEndian?: boolean): number {
  return littleEndian === true
    ? view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16)
    : (view.getUint8(offset) << 16) | view.getUint16(offset + 1);
}

/** Reads 0 … 2^48-1. */
export function readU48(view: DataView, offset: number, littleEndian?: boolean): number {
  return littleEndian === true
    ? view.getUint16(offset + 4, true) * WORD + view.getUint32(offset, true)
    : view.getUint16(offset) * WORD + view.getUint32(offset + 2);
}

/** Reads an unsigned 64-bit integer. @throws {WireError} `bad-value` above 2^53-1. */
export function readU64(
  view: DataView,
  offset: number,
  path: string,
  littleEndian?: boolean,
): number {
  const high = littleEndian === true ? view.getUint32(offset + 4, true) : view.getUint32(offset);
  if (high > HIGH_WORD_MAX) refuseReceived(path, offset);
  const low = littleEndian === true ? view.getUint32(offset, true) : view.getUint32(offset + 4);
  return high * WORD + low;
}

/** Reads a signed 64-bit integer. @throws {WireError} `bad-value` beyond ±(2^53-1). */
export function readI64(
  view: DataView,
  offset: number,
  path: string,
  littleEndian?: boolean,
): number {
  const high = littleEndian === true ? view.getInt32(offset + 4, true) : view.getInt32(offset);
  const low = littleEndian === true ? view.getUint32(offset, true) : view.getUint32(offset + 4);
  if (high > HIGH_WORD_MAX || high < HIGH_WORD_MIN) refuseReceived(path, offset);
  const value = high * WORD + low;
  if (!Number.isSafeInteger(value)) refuseReceived(path, offset);
  return value;
}

/** Reads a truth value of one byte, 0 or 1. @throws {WireError} `bad-value` for any other byte. */
export function readBool(view: DataView, offset: number, path: string): boolean {
  const value = view.getUint8(offset);
  if (value > 1) refuseReceived(path, offset);
  return value === 1;
}

/** Writes a checked integer of 24 bits. */
export function writeU24(
  view: DataView,
  offset: number,
  value: number,
  littleEndian?: boolean,
): void {
  if (littleEndian === true) {
    view.setUint16(offset, value, true);
    view.setUint8(offset + 2, value >>> 16);
  } else {
    view.setUint8(offset, value >>> 16);
    view.setUint16(offset + 1, value);
  }
}

/** Writes a checked integer of 48 bits. */
export function writeU48(
  view: DataView,
  offset: number,
  value: number,
  littleEndian?: boolean,
): void {
  if (littleEndian === true) {
    view.setUint32(offset, value, true);
    view.setUint16(offset + 4, value / WORD, true);
  } else {
    view.setUint16(offset, value / WORD);
    view.setUint32(offset + 2, value);
  }
}

/** Writes a checked integer of 64 bits, of which a number holds 53; two's complement if negative. */
export function writeU64(
  view: DataView,
  offset: number,
  value: number,
  littleEndian?: boolean,
): void {
  const high = Math.floor(value / WORD);
  if (littleEndian === true) {
    view.setUint32(offset, value, true);
    view.setUint32(offset + 4, high, true);
  } else {
    view.setUint32(offset, high);
    view.setUint32(offset + 4, value);
  }
}
