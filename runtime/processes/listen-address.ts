import type { HostPort } from "./config-types.ts";

/** Where a host listens; an unspecified IPv4 address stays one, an empty host is all of the machine's. */
export function listenAddress({ host, port }: HostPort): {
  readonly address?: string;
  readonly port: number;
} {
  return host === "" ? { port } : { address: host, port };
}
