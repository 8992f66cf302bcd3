import { spaceError, misfitError } from "./errors.ts";
import { WireError } from "./wire-error.ts";

/*
 * UTF-8 text. Most text on the wire is short and ASCII, for which a loop beats the engine's coders; the
 * rest goes to TextEncoder and TextDecoder.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Below this many characters a loop costs less than a call into the engine. */
const LOOPED_TEXT_MAX = 40;

/** The number of bytes of `text` as UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/**
 * Writes `text` as UTF-8 and returns the offset after it.
 * @throws {RangeError} if it holds half a surrogate pair, or `out` is too small.
 */
export function writeText(text: string, out: Uint8Array, offset: number, path: string): number {
  const length = text.length;
  if (length > LOOPED_TEXT_MAX) return writeLongText(text, out, offset, path);
  if (length > out.length - offset) throw spaceError(path);
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return writeLongText(text, out, offset, path);
    out[offset + index] = unit;
  }
  return offset + length;
}

function writeLongText(text: string, out: Uint8Array, offset: number, path: string): number {
  if (!text.isWellFormed()) throw misfitError(path);
  if (offset > out.length) throw spaceError(path);
  const { read, written } = encoder.encodeInto(text, out.subarray(offset));
  if (read < text.length) throw spaceError(path);
  return offset + written;
}

/** Reads the UTF-8 text from `start` to `end`. @throws {WireError} `bad-text` if it is not valid UTF-8. */
export function readText(bytes: Uint8Array, start: number, end: number, path: string): string {
  if (end - start > LOOPED_TEXT_MAX) return readLongText(bytes, start, end, path);
  let text = "";
  for (let at = start; at < end; at += 1) {
    const unit = bytes[at] ?? 0;
    if (unit > 0x7f) return readLongText(bytes, start, end, path);
    text += String.fromCharCode(unit);
  }
  return text;
}

function readLongText(bytes: Uint8Array, start: number, end: number, path: string): string {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    throw new WireError("bad-text", path, start);
  }
}
