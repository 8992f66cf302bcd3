import net from "node:net";
import type { DnsLookup } from "../dns-lookup.ts";
import type { NodeProcess } from "../node-process.ts";
import type { SimTimers } from "../timers/sim-timers.ts";
import type { NetSocketOptions } from "./net-arguments.ts";
import type { NetHost } from "./net-host.ts";
import { SimNetServer } from "./sim-net-server.ts";
import { SimNetSocket } from "./sim-net-socket.ts";
import { TcpPorts } from "./tcp-ports.ts";

/** What this takes of Node's own module: what asks nothing of the machine. */
const { isIP, isIPv4, isIPv6, BlockList, SocketAddress } = net;

/** `node:net` of one process. */
export function createNet(
  process: NodeProcess,
  { dns, timers }: { readonly dns: DnsLookup; readonly timers: SimTimers },
): typeof net {
  const host: NetHost = {
    process,
    ports: new TcpPorts(process.node),
    dns,
    timers,
    createSocket: (options) => new Socket(options),
  };
  class Socket extends SimNetSocket {
    constructor(options?: object) {
      super(host, options);
    }
  }
  class Server extends SimNetServer {
    constructor(options?: unknown, onConnection?: unknown) {
      super(host, options, onConnection);
    }
  }
  const connect = (...given: unknown[]): Socket => {
    const [first] = given;
    const options: NetSocketOptions = typeof first === "object" && first !== null ? first : {};
    const socket = new Socket(options);
    // Of a socket that connects by its own method Node does not take it.
    if (options.timeout !== undefined) socket.setTimeout(options.timeout);
    return socket.connect(...given);
  };
  return {
    ...{ isIP, isIPv4, isIPv6, BlockList, SocketAddress },
    ...{ Socket: callable(Socket), Stream: callable(Socket), Server: callable(Server) },
    ...{ connect, createConnection: connect },
    createServer: (options?: unknown, onConnection?: unknown) => new Server(options, onConnection),
    getDefaultAutoSelectFamily: () => false,
    setDefaultAutoSelectFamily: () => undefined,
  } as unknown as typeof net;
}

/** Node's classes of sockets make an object also without `new`. */
function callable<Class extends new (...parameters: never[]) => object>(made: Class): Class {
  return new Proxy(made, {
    apply: (target, _self, parameters) => Reflect.construct(target, parameters) as object,
  });
}
