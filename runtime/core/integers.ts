import { badValueError } from "./errors.ts";

/*
 * Integers that DataView does not have. A number never holds more than 53 bits: a wider one from a peer
 * is refused as `bad-value`. Values to write were checked by the caller, since a store wraps around in
 * silence. Each byte order has functions of its own: a parameter for it costs a fifth of the time.
 */

const WORD = 0x1_0000_0000;
const HIGH_WORD_MAX = 0x1f_ffff;
const HIGH_WORD_MIN = -0x20_0000;

/** Reads 0 … 2^24-1. */
export function readU24(view: DataView, offset: number): number {
  return (view.getUint8(offset) << 16) | view.getUint16(offset + 1);
}

/** Reads 0 … 2^24-1, little-endian. */
export function readU24Little(view: DataView, offset: number): number {
  return view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16);
}

/** Reads 0 … 2^48-1. */
export function readU48(view: DataView, offset: number): number {
  return view.getUint16(offset) * WORD + view.getUint32(offset + 2);
}

/** Reads 0 … 2^48-1, little-endian. */
export function readU48Little(view: DataView, offset: number): number {
  return view.getUint16(offset + 4, true) * WORD + view.getUint32(offset, true);
}

/** Reads an unsigned 64-bit integer. @throws {WireError} `bad-value` above 2^53-1. */
export function readU64(view: DataView, offset: number, path: string): number {
  const high = view.getUint32(offset);
  if (high > HIGH_WORD_MAX) throw badValueError(path, offset);
  return high * WORD + view.getUint32(offset + 4);
}

/** Reads an unsigned 64-bit integer, little-endian. @throws {WireError} `bad-value` above 2^53-1. */
export function readU64Little(view: DataView, offset: number, path: string): number {
  const high = view.getUint32(offset + 4, true);
  if (high > HIGH_WORD_MAX) throw badValueError(path, offset);
  return high * WORD + view.getUint32(offset, true);
}

/** Reads a signed 64-bit integer. @throws {WireError} `bad-value` beyond ±(2^53-1). */
export function readI64(view: DataView, offset: number, path: string): number {
  const value = signed(view.getInt32(offset), view.getUint32(offset + 4));
  if (value === undefined) throw badValueError(path, offset);
  return value;
}

/** Reads a signed 64-bit integer, little-endian. @throws {WireError} `bad-value` beyond ±(2^53-1). */
export function readI64Little(view: DataView, offset: number, path: string): number {
  const value = signed(view.getInt32(offset + 4, true), view.getUint32(offset, true));
  if (value === undefined) throw badValueError(path, offset);
  return value;
}

/** The integer of two words, or undefined if a number cannot hold it exactly. */
function signed(high: number, low: number): number | undefined {
  if (high > HIGH_WORD_MAX || high < HIGH_WORD_MIN) return undefined;
  const value = high * WORD + low;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Reads a truth value of one byte, 0 or 1. @throws {WireError} `bad-value` for any other byte. */
export function readBool(view: DataView, offset: number, path: string): boolean {
  const value = view.getUint8(offset);
  if (value > 1) throw badValueError(path, offset);
  return value === 1;
}

/** Writes a checked integer of 24 bits. */
export function writeU24(view: DataView, offset: number, value: number): void {
  view.setUint8(offset, value >>> 16);
  view.setUint16(offset + 1, value);
}

/** Writes a checked integer of 24 bits, little-endian. */
export function writeU24Little(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, value, true);
  view.setUint8(offset + 2, value >>> 16);
}

/** Writes a checked integer of 48 bits. */
export function writeU48(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, value / WORD);
  view.setUint32(offset + 2, value);
}

/** Writes a checked integer of 48 bits, little-endian. */
export function writeU48Little(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value, true);
  view.setUint16(offset + 4, value / WORD, true);
}

/** Writes a checked signed integer of 64 bits, of which a number holds 53, in two's complement. */
export function writeI64(view: DataView, offset: number, value: number): void {
  view.setInt32(offset, Math.floor(value / WORD));
  view.setUint32(offset + 4, value);
}

/** Writes a checked signed integer of 64 bits in two's complement, little-endian. */
export function writeI64Little(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value, true);
  view.setInt32(offset + 4, Math.floor(value / WORD), true);
}
