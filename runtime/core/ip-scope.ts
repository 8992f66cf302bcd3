import { canonicalIp, formatIpv4, parseIpv4, parseIpv6 } from "./ip.ts";

/**
 * From where an address can be reached: from anywhere, within a site (private and shared networks), on one link, on the
 * machine itself; or it is no single machine's (unspecified, multicast, broadcast, reserved).
 */
export type IpScope = "global" | "site" | "link" | "loopback" | "none";

/**
 * The canonical text of an address, an IPv4-mapped one (RFC 4291, 2.5.5.2) as the quad that it stands for, which is how
 * transports name it; undefined if `text` is no address.
 */
export function transportIp(text: string): string | undefined {
  const groups = parseIpv6(text);
  if (groups?.slice(0, 6).join() === "0,0,0,0,0,65535") return quadOf(groups, 6);
  return canonicalIp(text);
}

/**
 * The scope of an address in any text that is one; undefined if it is none. An IPv6 address that stands for an IPv4
 * address (mapped, compatible, NAT64, 6to4) has the scope of that one: whoever sends to it may end there.
 */
export function ipScope(text: string): IpScope | undefined {
  const quad = parseIpv4(text);
  if (quad !== undefined) return scopeOf(IPV4_SCOPES, [quad >>> 16, quad & 0xffff]);
  const groups = parseIpv6(text);
  if (groups === undefined) return undefined;
  const known = scopeOf(IPV6_SCOPES, groups);
  const embedded = EMBEDDINGS.find(({ network }) => isIn(network, groups));
  return known === "global" && embedded !== undefined
    ? ipScope(quadOf(groups, embedded.at))
    : known;
}

/** A network: its first 16-bit groups, and how many bits of them count. */
interface Network {
  readonly groups: readonly number[];
  readonly bits: number;
}

interface Scoped {
  readonly network: Network;
  readonly scope: IpScope;
}

/** The special-purpose registries of IANA (RFC 6890), as far as they name what is not global. */
const IPV4_SCOPES: readonly Scoped[] = scoped([
  ["0.0.0.0/8", "none"],
  ["10.0.0.0/8", "site"],
  ["100.64.0.0/10", "site"],
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link"],
  ["172.16.0.0/12", "site"],
  ["192.168.0.0/16", "site"],
  ["224.0.0.0/3", "none"],
]);
const IPV6_SCOPES: readonly Scoped[] = scoped([
  ["::/128", "none"],
  ["::1/128", "loopback"],
  ["fe80::/10", "link"],
  ["fec0::/10", "site"],
  ["fc00::/7", "site"],
  ["ff00::/8", "none"],
]);

/** IPv6 networks whose addresses hold an IPv4 address, and the group in which it begins. */
const EMBEDDINGS: readonly { readonly network: Network; readonly at: number }[] = [
  { network: networkOf("::/96"), at: 6 },
  { network: networkOf("::ffff:0:0/96"), at: 6 },
  { network: networkOf("64:ff9b::/96"), at: 6 },
  { network: networkOf("2002::/16"), at: 1 },
];

function scopeOf(scopes: readonly Scoped[], groups: readonly number[]): IpScope {
  return scopes.find(({ network }) => isIn(network, groups))?.scope ?? "global";
}

function scoped(scopes: readonly (readonly [network: string, scope: IpScope])[]): Scoped[] {
  return scopes.map(([network, scope]) => ({ network: networkOf(network), scope }));
}

function networkOf(text: string): Network {
  const [address = "", bits = ""] = text.split("/");
  const quad = parseIpv4(address);
  const groups = quad === undefined ? parseIpv6(address) : [quad >>> 16, quad & 0xffff];
  if (groups === undefined) throw new RangeError(`${text} is no network`);
  return { groups, bits: Number(bits) };
}

function isIn({ groups: network, bits }: Network, groups: readonly number[]): boolean {
  return network.every((group, at) => {
    const counting = Math.min(16, Math.max(0, bits - 16 * at));
    return group >>> (16 - counting) === (groups[at] ?? 0) >>> (16 - counting);
  });
}

function quadOf(groups: readonly number[], at: number): string {
  return formatIpv4((groups[at] ?? 0) * 0x1_0000 + (groups[at + 1] ?? 0));
}
