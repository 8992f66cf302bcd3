import type { Endpoint } from "./endpoint.ts";
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from "./ip.ts";
import { badValueError, truncatedError, misfitError } from "./errors.ts";

/*
 * Addresses on the wire, always in network order: IPv4 as 4 bytes, IPv6 as 16, an endpoint as one byte
 * 4 or 6, the address, and the port as 2 bytes.
 */

/** Writes a dotted quad and returns the offset after it. @throws {RangeError} if `text` is not one. */
export function writeIpv4(text: string, view: DataView, offset: number, path: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw misfitError(path);
  view.setUint32(offset, address);
  return offset + 4;
}

/** Writes an IPv6 address and returns the offset after it. @throws {RangeError} if `text` is not one. */
export function writeIpv6(text: string, view: DataView, offset: number, path: string): number {
  const groups = parseIpv6(text);
  if (groups === undefined) throw misfitError(path);
  for (const [index, group] of groups.entries()) view.setUint16(offset + 2 * index, group);
  return offset + 16;
}

/** Writes an endpoint (7 or 19 bytes) and returns the offset after it. @throws {RangeError} if its address or port is none. */
export function writeEndpoint(
  endpoint: Endpoint,
  view: DataView,
  offset: number,
  path: string,
): number {
  const { address, port } = endpoint;
  if ((port & 0xffff) !== port) throw misfitError(path);
  const wide = address.includes(":");
  view.setUint8(offset, wide ? 6 : 4);
  const end = wide
    ? writeIpv6(address, view, offset + 1, path)
    : writeIpv4(address, view, offset + 1, path);
  view.setUint16(end, port);
  return end + 2;
}

/** Reads four bytes as a dotted quad. */
export function readIpv4(view: DataView, offset: number): string {
  return formatIpv4(view.getUint32(offset));
}

/** Reads sixteen bytes as the canonical text of RFC 5952. */
export function readIpv6(view: DataView, offset: number): string {
  const groups: number[] = [];
  for (let at = offset; at < offset + 16; at += 2) groups.push(view.getUint16(at));
  return formatIpv6(groups);
}

/** Where the endpoint at `offset` ends. @throws {WireError} `truncated`, or `bad-value` for an unknown family. */
export function endpointEnd(view: DataView, offset: number, end: number, path: string): number {
  if (offset >= end) throw truncatedError(path, end);
  const family = view.getUint8(offset);
  if (family !== 4 && family !== 6) throw badValueError(path, offset);
  const bytes = family === 4 ? 7 : 19;
  if (bytes > end - offset) throw truncatedError(path, end);
  return offset + bytes;
}

/** Reads the endpoint at `offset`, whose end `endpointEnd` has checked. */
export function readEndpoint(view: DataView, offset: number): Endpoint {
  return view.getUint8(offset) === 4
    ? { address: readIpv4(view, offset + 1), port: view.getUint16(offset + 5) }
    : { address: readIpv6(view, offset + 1), port: view.getUint16(offset + 17) };
}
