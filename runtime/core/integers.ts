import { refuseReceived } from "./refuse.ts";

/*
 * Integers that DataView does not have. A number never holds more than 53 bits: a wider one from a peer
 * is refused as `bad-value`. Values to write were checked by the caller, since a store wraps around in
 * silence.
 */

const WORD = 0x1_0000_0000;
const HIGH_WORD_MAX = 0x1f_ffff;
const HIGH_WORD_MIN = -0x20_0000;

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

/** Writes a checked signed integer of 64 bits, of which a number holds 53, in two's complement. */
export function writeI64(
  view: DataView,
  offset: number,
  value: number,
  littleEndian?: boolean,
): void {
  const high = Math.floor(value / WORD);
  if (littleEndian === true) {
    view.setUint32(offset, value, true);
    view.setInt32(offset + 4, high, true);
  } else {
    view.setInt32(offset, high);
    view.setUint32(offset + 4, value);
  }
}
