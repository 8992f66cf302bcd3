import type { DnsLookup } from "../dns-lookup.ts";
import type { NodeProcess } from "../node-process.ts";
import type { SimTimers } from "../timers/sim-timers.ts";
import type { SimNetSocket } from "./sim-net-socket.ts";
import type { TcpPorts } from "./tcp-ports.ts";

/** What sockets and servers need of their host. */
export interface NetHost {
  readonly process: NodeProcess;
  readonly ports: TcpPorts;
  readonly dns: DnsLookup;
  readonly timers: SimTimers;
  /** Makes a socket of the class that the host's code knows. */
  createSocket(options: object): SimNetSocket;
}

/** An address as `address()` gives it. */
export interface ShownAddress {
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
  readonly port: number;
}
