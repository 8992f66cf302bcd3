import type { Endpoint } from "../../runtime/core/index.ts";
import type { TraceDetail } from "../engine/index.ts";
import type { TcpEnd, TcpHost } from "./tcp.ts";

/** Where a stream is, as records of it say. */
type Place = Readonly<{
  port: number;
  remote: string;
  remotePort: number;
}>;

/** Writes what happens to a stream into the trace, as its reader sees it. */
export class TcpTrace {
  readonly #host: TcpHost;
  readonly #local: Endpoint;
  readonly #remote: Endpoint;

  constructor(host: TcpHost, local: Endpoint, remote: Endpoint) {
    this.#host = host;
    this.#local = local;
    this.#remote = remote;
  }

  opened(): void {
    this.#record("stream-opened", this.#place());
  }

  data(bytes: Uint8Array): void {
    this.#record("stream-data", { ...this.#place(), bytes });
  }

  ended(): void {
    this.#record("stream-ended", this.#place());
  }

  closed(end: TcpEnd): void {
    this.#record("stream-closed", { ...this.#place(), end });
  }

  #place(): Place {
    const { address, port } = this.#remote;
    return { port: this.#local.port, remote: address, remotePort: port };
  }

  #record(kind: string, detail: TraceDetail): void {
    this.#host.simulation.trace.record(this.#host.name, kind, detail);
  }
}
