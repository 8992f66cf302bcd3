/** The number of bytes of an IPv4 address. */
const IPV4_BYTES = 4;
/** The number of 16-bit groups of an IPv6 address. */
const IPV6_GROUPS = 8;

/** Reads a dotted quad as an unsigned 32-bit number; undefined if `text` is not one. No leading zeros (RFC 6943, 3.1.1). */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".", IPV4_BYTES + 1);
  if (parts.length !== IPV4_BYTES) return undefined;
  let address = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part)) return undefined;
    const byte = Number(part);
    if (byte > 255) return undefined;
    address = address * 256 + byte;
  }
  return address;
}

/** Writes an unsigned 32-bit number as a dotted quad. */
export function formatIpv4(address: number): string {
  return `${String(address >>> 24)}.${String((address >>> 16) & 255)}.${String((address >>> 8) & 255)}.${String(address & 255)}`;
}

/**
 * Reads an IPv6 address (RFC 4291, 2.2; without zone) as eight 16-bit groups; undefined if `text` is not one.
 */
export function parseIpv6(text: string): readonly number[] | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::", 3);
  const [left = "", right] = halves;
  if (halves.length > 2) return undefined;
  const head = parseGroups(left, right === undefined);
  const tail = right === undefined ? [] : parseGroups(right, true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Groups between colons; the last may be a dotted quad, which makes two, where `last` allows it. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      const quad = last && index === parts.length - 1 ? parseIpv4(part) : undefined;
      if (quad === undefined) return undefined;
      groups.push(quad >>> 16, quad & 0xffff);
    }
  }
  return groups;
}

/** Writes eight 16-bit groups as RFC 5952 asks: lower case, the longest run of zeros shortened, IPv4-mapped as a quad. */
export function formatIpv6(groups: readonly number[]): string {
  const [, , , , , sixth = 0, seventh = 0, eighth = 0] = groups;
  if (sixth === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${formatIpv4(seventh * 0x1_0000 + eighth)}`;
  }
  const { start, length } = longestZeroRun(groups);
  const hex = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(":");
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** The first of the longest runs (RFC 5952, 4.2.3). */
function longestZeroRun(groups: readonly number[]): {
  readonly start: number;
  readonly length: number;
} {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}

/** The canonical text of an IPv4 or IPv6 address, or undefined if `text` is neither. */
export function canonicalIp(text: string): string | undefined {
  const quad = parseIpv4(text);
  if (quad !== undefined) return formatIpv4(quad);
  const groups = parseIpv6(text);
  return groups === undefined ? undefined : formatIpv6(groups);
}
