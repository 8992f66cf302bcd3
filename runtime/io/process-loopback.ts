import type { Endpoint } from "../core/endpoint.ts";
import type { ByteStream, ByteStreamOwner } from "./byte-stream.ts";
import { MemoryStream } from "./memory-stream.ts";

/** Takes a stream by opening its end for an owner. */
export type AcceptStream = (open: (owner: ByteStreamOwner) => ByteStream, remote: Endpoint) => void;

const LOOPBACK = "127.0.0.1";
const FIRST_PORT = 49_152;
const PORTS = 65_536 - FIRST_PORT;

/**
 * Streams between the hosts of one process that are given it: whoever dials a port of 127.0.0.1 that another of them listens on
 * is connected within the process. The ports are real ones all the same, for other programs.
 */
export class ProcessLoopback {
  readonly #listeners = new Map<number, AcceptStream>();
  #dialed = 0;

  /** Takes the streams to a port from now on, if it is one of 127.0.0.1. Gives what ends that. */
  listen({ address, port }: Endpoint, accept: AcceptStream): () => void {
    if (address === LOOPBACK) this.#listeners.set(port, accept);
    return () => {
      if (this.#listeners.get(port) === accept) this.#listeners.delete(port);
    };
  }

  /** Connects within the process; undefined if nobody here listens there. */
  dial(to: Endpoint, owner: ByteStreamOwner): MemoryStream | undefined {
    if (to.address !== LOOPBACK || !this.#listeners.has(to.port)) return undefined;
    this.#dialed += 1;
    const from = { address: LOOPBACK, port: FIRST_PORT + (this.#dialed % PORTS) };
    return MemoryStream.dial({ to, from }, owner, (open) => {
      this.#listeners.get(to.port)?.(open, from);
    });
  }
}
