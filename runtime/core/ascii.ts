/**
 * The bytes of a text that is ours: a label, an address in canonical form.
 * @throws {RangeError} if a character is not ASCII: a bug in the caller.
 */
export function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) throw new RangeError(`not ASCII at ${String(index)}`);
    bytes[index] = code;
  }
  return bytes;
}
