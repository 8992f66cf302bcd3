import { ipScope, transportIp } from "../../core/index.ts";
import type { IpScope } from "../../core/index.ts";

/**
 * Scopes of addresses that mean the same to all who share a place of a scope. A machine's own programs are on its
 * networks, too; what is private to a site is somebody else's anywhere else.
 */
const SHARED: Readonly<Record<IpScope, readonly IpScope[]>> = {
  global: [],
  site: ["site"],
  link: ["link"],
  loopback: ["loopback", "site"],
  none: [],
};

/** Where clouds answer their machines, and nobody else, with secrets: no node of anybody is there. */
const METADATA: ReadonlySet<string> = new Set([
  "100.100.100.200",
  "168.63.129.16",
  "169.254.169.254",
  "169.254.170.2",
  "fd00:ec2::254",
]);

/** Whether an address is one machine's, and not one of those at which clouds hand out secrets. False for what is no address. */
export function isMachine(address: string): boolean {
  const canonical = transportIp(address);
  return canonical !== undefined && ipScope(canonical) !== "none" && !METADATA.has(canonical);
}

/**
 * Whether an address that somebody else names may be dialled: one in public, or one of the place where both are.
 * Everything else would reach what is open to this machine only: its own services, or its network's.
 *
 * @param place an address that shows where they are: that of the main server, as it is known here.
 */
export function isDialable(address: string, place: string): boolean {
  const scope = ipScope(address) ?? "none";
  if (!isMachine(address)) return false;
  return scope === "global" || SHARED[ipScope(place) ?? "none"].includes(scope);
}
