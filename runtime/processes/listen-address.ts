import type { Endpoint } from "../core/index.ts";
import type { ListenAddress } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import type { HostPort } from "./config-types.ts";
import { freePort } from "./free-port.ts";
import { resolveHost } from "./resolve-host.ts";

/** Where a host listens: a name stands for its address. @throws {OperatorError} if there is no such name. */
export function listenAddress(listen: HostPort, log: Log): Promise<Endpoint> {
  return resolveHost(listen, { log });
}

/** The same for UDP and TCP on one port, because routers know one address of the hub; port 0 takes any free one. */
export async function listenTwice(
  listen: HostPort,
  log: Log,
): Promise<{ readonly udp: ListenAddress; readonly tcp: ListenAddress }> {
  const { address, port } = await listenAddress(listen, log);
  const both = { address, port: port === 0 ? await freePort(address) : port };
  return { udp: both, tcp: both };
}
