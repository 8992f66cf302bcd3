import { overlongError, spaceError, truncatedError } from "./errors.ts";

/*
 * Bytes and counts of variable size. Everything a peer claims is compared with its bound and with the
 * bytes that are really there before anything is allocated.
 */

/** A place in a buffer that moves on as values of variable size are read. */
export class Cursor {
  /** Offset of the next byte to read. */
  at: number;

  constructor(at: number) {
    this.at = at;
  }
}

/** What a view points at before it is pointed at anything. */
export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The DataView of NO_BYTES. */
export const NO_VIEW: DataView = new DataView(NO_BYTES.buffer);

/**
 * Returns a received length or count if it is not above `max`.
 * @throws {WireError} `overlong` otherwise.
 */
export function boundLength(length: number, max: number, path: string, offset: number): number {
  if (length > max) throw overlongError(path, offset);
  return length;
}

/**
 * Where `bytes` bytes that start at `start` end.
 * @throws {WireError} `truncated` if that is past `end`.
 */
export function spanEnd(start: number, bytes: number, end: number, path: string): number {
  if (bytes > end - start) throw truncatedError(path, end);
  return start + bytes;
}

/** Returns `index` if it is of one of `count` elements. @throws {RangeError} otherwise. */
export function checkIndex(index: number, count: number, path: string): number {
  if (!(index >= 0 && index < count)) throw new RangeError(`${path}: no element ${String(index)}`);
  return index;
}

/** A copy of the bytes from `start` to `end`, always a plain Uint8Array, whatever kind `bytes` is. */
export function copyBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const length = end - start;
  const copy = new Uint8Array(length);
  if (length <= COPIED_ONE_BY_ONE_MAX) {
    for (let index = 0; index < length; index += 1) copy[index] = bytes[start + index] ?? 0;
  } else {
    copy.set(bytes.subarray(start, end));
  }
  return copy;
}

/** A copy of 16 bytes, whose presence was checked: the most common size of keys, tags and identifiers. */
export function copyBytes16(bytes: Uint8Array, start: number): Uint8Array {
  const copy = new Uint8Array(16);
  for (let index = 0; index < 16; index += 1) copy[index] = bytes[start + index] ?? 0;
  return copy;
}

/** Below this, a loop costs less than making a subarray and calling into the engine. */
const COPIED_ONE_BY_ONE_MAX = 48;

/** Writes all bytes of `value` and returns the offset after them. @throws {RangeError} if `out` is too small. */
export function writeBytes(
  value: Uint8Array,
  out: Uint8Array,
  offset: number,
  path: string,
): number {
  const length = value.length;
  if (length > out.length - offset) throw spaceError(path);
  if (length <= COPIED_ONE_BY_ONE_MAX) {
    for (let index = 0; index < length; index += 1) out[offset + index] = value[index] ?? 0;
  } else {
    out.set(value, offset);
  }
  return offset + length;
}

/**
 * Writes the first 16 bytes of `value` and returns the offset after them: the most common size of keys,
 * tags and identifiers, and a quarter faster than a loop.
 * @throws {RangeError} if `out` is too small.
 */
export function writeBytes16(
  value: Uint8Array,
  out: Uint8Array,
  offset: number,
  path: string,
): number {
  if (offset + 16 > out.length) throw spaceError(path);
  out[offset] = value[0] ?? 0;
  out[offset + 1] = value[1] ?? 0;
  out[offset + 2] = value[2] ?? 0;
  out[offset + 3] = value[3] ?? 0;
  out[offset + 4] = value[4] ?? 0;
  out[offset + 5] = value[5] ?? 0;
  out[offset + 6] = value[6] ?? 0;
  out[offset + 7] = value[7] ?? 0;
  out[offset + 8] = value[8] ?? 0;
  out[offset + 9] = value[9] ?? 0;
  out[offset + 10] = value[10] ?? 0;
  out[offset + 11] = value[11] ?? 0;
  out[offset + 12] = value[12] ?? 0;
  out[offset + 13] = value[13] ?? 0;
  out[offset + 14] = value[14] ?? 0;
  out[offset + 15] = value[15] ?? 0;
  return offset + 16;
}
