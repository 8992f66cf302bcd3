import { asciiBytes } from "./ascii.ts";

/**
 * One byte string of a label and parts that no other label or parts give: each stands behind its length in
 * 32 bits, big-endian. It is what gets hashed, signed or derived from, so that bytes made for one purpose
 * never serve another.
 * @param label ASCII, such as `tagwire identity 1`.
 */
export function encodeTranscript(label: string, parts: readonly Uint8Array[]): Uint8Array {
  const all = [asciiBytes(label), ...parts];
  const bytes = new Uint8Array(all.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const part of all) {
    view.setUint32(offset, part.length);
    bytes.set(part, offset + 4);
    offset += 4 + part.length;
  }
  return bytes;
}

/**
 * A whole number as big-endian bytes, for a transcript.
 * @param value 0 … 2^53 - 1, and below 2^(8 · bytes).
 * @throws {RangeError} if it does not fit: a bug in the caller.
 */
export function integerBytes(value: number, bytes: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** (8 * bytes)) {
    throw new RangeError(`${String(value)} does not fit ${String(bytes)} bytes`);
  }
  const encoded = new Uint8Array(bytes);
  let rest = value;
  for (let index = bytes - 1; index >= 0; index -= 1) {
    encoded[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return encoded;
}
