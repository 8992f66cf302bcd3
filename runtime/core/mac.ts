/** Writes a 48-bit hardware address as six lower-case hexadecimal pairs: `02:00:5e:10:00:01`. */
export function formatMac(mac: number): string {
  const digits = mac.toString(16).padStart(12, "0");
  return (digits.match(/../g) ?? []).join(":");
}

const MAC_TEXT = /^[0-9a-f]{2}([:-]?)(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

/**
 * Reads a hardware address written with colons, hyphens or nothing between its pairs, in either case.
 * Undefined if `text` is not one.
 */
export function parseMac(text: string): number | undefined {
  return MAC_TEXT.test(text) ? Number.parseInt(text.replaceAll(/[:-]/g, ""), 16) : undefined;
}
