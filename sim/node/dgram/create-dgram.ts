import type dgram from "node:dgram";
import type { DnsLookup } from "../dns-lookup.ts";
import type { NodeProcess } from "../node-process.ts";
import { SimDgramSocket } from "./sim-dgram-socket.ts";
import type { DgramHost } from "./sim-dgram-socket.ts";
import { UdpPorts } from "./udp-ports.ts";

/** `node:dgram` of one process. */
export function createDgram(process: NodeProcess, { lookup }: DnsLookup): typeof dgram {
  const host: DgramHost = { process, ports: new UdpPorts(process.node), lookup };
  class Socket extends SimDgramSocket {
    constructor(options: unknown, listener?: unknown) {
      super(host, options, listener);
    }
  }
  const createSocket = (options: unknown, listener?: unknown): Socket =>
    new Socket(options, listener);
  return { Socket, createSocket } as unknown as typeof dgram;
}
