/** What stands for a server where a router has its mac: the first 6 bytes of its fingerprint, 48 bits. */
export function serverSubject(fingerprint: Uint8Array): number {
  const view = new DataView(fingerprint.buffer, fingerprint.byteOffset, 6);
  return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
}
