import { isIPv6 } from "node:net";
import type { Endpoint } from "../core/endpoint.ts";
import { OperatorError } from "../core/operator-error.ts";

const MAPPED = "::ffff:";

/**
 * An address as roles know it: an IPv4 address that a dual-stack socket reports as IPv6 becomes a dotted
 * quad again, and an IPv6 zone (`%eth0`), which means nothing to anybody else, is dropped.
 */
export function canonicalAddress(address: string): string {
  if (address.startsWith(MAPPED) && address.includes(".")) return address.slice(MAPPED.length);
  const zone = address.indexOf("%");
  return zone < 0 ? address : address.slice(0, zone);
}

/** An endpoint as a person writes it: `192.0.2.1:80`, `[2001:db8::1]:80`. */
export function endpointText(endpoint: Endpoint): string {
  const port = String(endpoint.port);
  return isIPv6(endpoint.address) ? `[${endpoint.address}]:${port}` : `${endpoint.address}:${port}`;
}

/**
 * The addresses to try to listen on, in order: the one asked for; or, by default, IPv6 and IPv4 together
 * and, where the machine has no IPv6, IPv4 alone.
 */
export function listenCandidates(address: string | undefined): readonly string[] {
  return address === undefined ? ["::", "0.0.0.0"] : [address];
}

/** True where the machine lacks the address family, so that the next candidate is worth a try. */
export function isFamilyMissing(error: unknown): boolean {
  return ["EAFNOSUPPORT", "EADDRNOTAVAIL", "EPROTONOSUPPORT"].includes(errorCode(error));
}

/** The `code` of a system error, or an empty string. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return "";
}

const LISTEN_PROBLEMS: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  EADDRINUSE: [
    "the port is taken by another process.",
    "Stop that process, or choose another port (0 takes any free one).",
  ],
  EACCES: [
    "this user may not listen there.",
    "Choose a port above 1023, or grant the right to bind low ports.",
  ],
  EADDRNOTAVAIL: [
    "this machine does not have that address.",
    "Choose an address of this machine, or leave it out to listen on all.",
  ],
};

/** Turns a failure to listen into what the operator can act on. */
export function listenError(
  protocol: "TCP" | "UDP" | "HTTP",
  endpoint: Endpoint,
  error: unknown,
): OperatorError {
  const known = LISTEN_PROBLEMS[errorCode(error)];
  const text = error instanceof Error ? error.message : String(error);
  const [problem, remedy] = known ?? [
    `cannot listen (${text}).`,
    "Check the address and the port.",
  ];
  return new OperatorError({
    place: `${protocol} ${endpointText(endpoint)}`,
    problem,
    remedy,
    cause: error,
  });
}
