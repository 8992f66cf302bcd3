import { isIP } from "node:net";

/** Whether an address is that of every machine for itself. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** Whether an address stands for all of a machine's. */
export function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

const MAPPED = "::ffff:";

/** The IPv4 address in an IPv4-mapped one (RFC 4291, section 2.5.5.2); others as they are. */
export function unmapped(address: string): string {
  const isMapped = address.toLowerCase().startsWith(MAPPED) && address.includes(".");
  return isMapped ? address.slice(MAPPED.length) : address;
}

/** How a socket of a family shows an address: IPv4 to an IPv6 socket is mapped. */
export function shownTo(family: 4 | 6, address: string): string {
  return family === 6 && isIP(address) === 4 ? MAPPED + address : address;
}

/** The family of a literal address: of an IPv4-mapped one 6. */
export function familyOf(address: string): 4 | 6 {
  return address.includes(":") ? 6 : 4;
}

/** The name that Node gives the family of an address. */
export function familyName(address: string): "IPv4" | "IPv6" {
  return familyOf(address) === 6 ? "IPv6" : "IPv4";
}

/** Whether an address is one of a host's, or stands for all of them. */
export function isOwn(hostAddress: string, address: string): boolean {
  return address === hostAddress || isLoopback(address) || isWildcard(address);
}

/** Whether a host can send to an address of this family: it has one address, of one family, and its loopback ones. */
export function isReachedFrom(hostAddress: string, address: string): boolean {
  return isLoopback(address) || familyOf(address) === familyOf(hostAddress);
}
