import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { Endpoint } from "../core/endpoint.ts";
import { canonicalAddress, isFamilyMissing, listenCandidates, listenError } from "./addresses.ts";
import { ConnectionBounds } from "./connection-bounds.ts";
import type { ConnectionBoundsOptions } from "./connection-bounds.ts";

/** What a TCP listener is opened with. */
export interface TcpOptions extends ConnectionBoundsOptions {
  /** Local address. Default: all, IPv6 and IPv4. */
  readonly address?: string | undefined;
  /** Local port, 0–65535; 0 takes any free one. */
  readonly port: number;
  /** Takes a connection that nobody has read from. */
  readonly onConnection: (socket: Socket, remote: Endpoint) => void;
}

/** What happened on a TCP listener since it was opened. */
export interface TcpCounters {
  accepted: number;
  /** Closed at once, because too many were open. */
  refused: number;
}

/** A listening TCP socket with bounds on what it accepts. Connections arrive paused and unread. */
export class TcpListener {
  readonly counters: TcpCounters = { accepted: 0, refused: 0 };
  readonly local: Endpoint;
  readonly #server: Server;
  readonly #bounds: ConnectionBounds;

  private constructor(server: Server, options: TcpOptions) {
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new RangeError("not a TCP address");
    this.local = { address: bound.address, port: bound.port };
    this.#server = server;
    this.#bounds = new ConnectionBounds(options);
    server.on("connection", (socket) => {
      this.#accept(socket, options.onConnection);
    });
  }

  /** @throws {OperatorError} if the address cannot be listened on. */
  static async open(options: TcpOptions): Promise<TcpListener> {
    const candidates = listenCandidates(options.address);
    for (const [index, address] of candidates.entries()) {
      const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
      try {
        await listen(server, { host: address, port: options.port });
        return new TcpListener(server, options);
      } catch (error) {
        if (isFamilyMissing(error) && index + 1 < candidates.length) continue;
        throw listenError("TCP", { address, port: options.port }, error);
      }
    }
    throw new RangeError("no address to listen on");
  }

  /** Accepted connections that are open. */
  get open(): number {
    return this.#bounds.open;
  }

  /** Gives the place of a connection back. To be called once for each one that was handed out. */
  release(remote: Endpoint): void {
    this.#bounds.release(remote.address);
  }

  /** Accepts nothing more. Connections that were handed out stay open. */
  close(): void {
    this.#server.close();
  }

  #accept(socket: Socket, onConnection: TcpOptions["onConnection"]): void {
    const { remoteAddress, remotePort } = socket;
    // A peer that reset before we looked has no address any more.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const remote = { address: canonicalAddress(remoteAddress), port: remotePort };
    if (!this.#bounds.admit(remote.address)) {
      this.counters.refused++;
      socket.destroy();
      return;
    }
    this.counters.accepted++;
    onConnection(socket, remote);
  }
}

function listen(
  server: Server,
  at: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(at, () => {
      server.off("error", reject);
      // Running out of file descriptors is reported here and must not end the process: the accept is retried.
      server.on("error", () => undefined);
      resolve();
    });
  });
}
