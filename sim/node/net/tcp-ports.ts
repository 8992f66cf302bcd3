import type { NetworkNode } from "../../network/network-node.ts";
import type { TcpConnection } from "../../network/tcp-connection.ts";
import { isOwn, isWildcard } from "../addresses.ts";
import type { SystemErrorCode } from "../system-error.ts";

/** Listens at an address of the host. */
export interface TcpListener {
  /** Literal, not IPv4-mapped. */
  readonly address: string;
  /** A peer asks for a connection; the handshake is not complete. */
  onConnection(connection: TcpConnection): void;
}

/** The TCP ports that one process listens on, by address: the network below knows a host's ports only. */
export class TcpPorts {
  readonly #node: NetworkNode;
  readonly #ports = new Map<number, TcpListener[]>();

  constructor(node: NetworkNode) {
    this.#node = node;
  }

  /** Listens. @param port 0 for any free one. Gives the port, or why not, as Linux would say it. */
  listen(port: number, listener: TcpListener): number | SystemErrorCode {
    const { address } = listener;
    if (!isOwn(this.#node.address, address)) return "EADDRNOTAVAIL";
    const known = this.#ports.get(port);
    if (known !== undefined) {
      if (known.some((other) => clashes(other.address, address))) return "EADDRINUSE";
      known.push(listener);
      return port;
    }
    const listeners = [listener];
    const bound = this.#node.listenTcpFree(port, {
      keepAliveMs: 0,
      onConnection: (connection) => {
        const found = listenerFor(listeners, connection.local.address);
        found?.onConnection(connection);
        return found !== undefined;
      },
    });
    if (bound === undefined) return "EADDRINUSE";
    this.#ports.set(bound, listeners);
    return bound;
  }

  /** Whether something listens there, so that a connection cannot begin from there. */
  isListenedOn(port: number, address: string): boolean {
    return this.#ports.get(port)?.some((other) => clashes(other.address, address)) === true;
  }

  release(port: number, listener: TcpListener): void {
    const listeners = this.#ports.get(port);
    const at = listeners?.indexOf(listener) ?? -1;
    if (listeners === undefined || at < 0) return;
    listeners.splice(at, 1);
    if (listeners.length > 0) return;
    this.#ports.delete(port);
    this.#node.unlistenTcp(port);
  }
}

function clashes(one: string, other: string): boolean {
  return one === other || isWildcard(one) || isWildcard(other);
}

function listenerFor(listeners: readonly TcpListener[], to: string): TcpListener | undefined {
  return (
    listeners.find(({ address }) => address === to) ??
    listeners.find(({ address }) => isWildcard(address))
  );
}
