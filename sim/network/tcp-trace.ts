import type { Endpoint } from "../../runtime/core/index.ts";
import type { TcpEnd, TcpHost } from "./tcp.ts";

const NOTHING: Uint8Array = new Uint8Array(0);

/** Writes what happens to a stream into the trace, as its reader sees it. */
export class TcpTrace {
  readonly #host: TcpHost;
  readonly #place: { readonly port: number; readonly remote: string; readonly remotePort: number };
  readonly #data: { port: number; remote: string; remotePort: number; bytes: Uint8Array };

  constructor(host: TcpHost, local: Endpoint, remote: Endpoint) {
    this.#host = host;
    this.#place = { port: local.port, remote: remote.address, remotePort: remote.port };
    this.#data = { ...this.#place, bytes: NOTHING };
  }

  opened(): void {
    this.#record("stream-opened");
  }

  data(bytes: Uint8Array): void {
    this.#data.bytes = bytes;
    this.#host.simulation.trace.record(this.#host.name, "stream-data", this.#data);
  }

  ended(): void {
    this.#record("stream-ended");
  }

  closed(end: TcpEnd): void {
    this.#host.simulation.trace.record(this.#host.name, "stream-closed", { ...this.#place, end });
  }

  #record(kind: string): void {
    this.#host.simulation.trace.record(this.#host.name, kind, this.#place);
  }
}
