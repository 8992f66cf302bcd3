/** So many bytes of the file that is sent under this number, from there on. */
export function filePart(transfer: number, offsetBytes: number, lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  for (let at = 0; at < lengthBytes; at += 1) bytes[at] = (offsetBytes + at) * 31 + transfer;
  return bytes;
}
