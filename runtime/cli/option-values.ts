import { decodeBase64Url, parseFingerprint, parseMac } from "../core/index.ts";
import type { HostPort } from "../processes/config-types.ts";

/** Reads `host:port`, `[ipv6]:port`, or `:port` for any address. @throws {Error} if it is none. */
export function readHostPort(text: string): HostPort {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) throw new Error("it is not a host and a port.");
  return { host: bracketed ?? (plain === undefined || plain === "" ? "0.0.0.0" : plain), port };
}

/** What options of one kind have in common. */
interface ValueKind<Value> {
  readonly remedy: string;
  readonly read: (text: string) => Value;
}

/** A host and a port. */
export const HOST_PORT: ValueKind<HostPort> & { readonly form: string } = {
  form: "host:port",
  remedy: "Give host:port, or [address]:port for IPv6.",
  read: readHostPort,
};

/** Writes what `readHostPort` reads. */
export function hostPortText({ host, port }: HostPort): string {
  return `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
}

/** Reads a fingerprint of 32 bytes, as everything prints it or as base64url, which the web interface has. @throws {Error} if it is none. */
export function readFingerprint(text: string): Uint8Array {
  const bytes = parseFingerprint(text) ?? decodeBase64Url(text);
  if (bytes?.length !== 32) throw new Error("it is not a fingerprint.");
  return bytes;
}

/** A fingerprint. */
export const FINGERPRINT: ValueKind<Uint8Array> = {
  remedy:
    "Give what the other party prints when it starts: eight groups of eight hexadecimal digits.",
  read: readFingerprint,
};

/** Reads a mac. @throws {Error} if it is none. */
export function readMac(text: string): number {
  const mac = parseMac(text);
  if (mac === undefined) throw new Error("it is not a mac.");
  return mac;
}

export const MAC_REMEDY = "Give twelve hexadecimal digits, like 02:00:5e:10:00:01.";
