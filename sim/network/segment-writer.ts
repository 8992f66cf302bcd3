import type { Endpoint } from "../../runtime/core/index.ts";
import type { TcpFlags } from "../nat/index.ts";
import { headerBytes } from "./packet.ts";
import type { TcpHost } from "./tcp.ts";
import type { TcpReceiver } from "./tcp-receiver.ts";

/** The flags of the segments that a connection sends. */
export const SEGMENT_FLAGS: Readonly<
  Record<"ack" | "syn" | "synAck" | "finAck" | "rst" | "rstAck", TcpFlags>
> = {
  ack: { ack: true },
  syn: { syn: true },
  synAck: { syn: true, ack: true },
  finAck: { fin: true, ack: true },
  rst: { rst: true },
  rstAck: { rst: true, ack: true },
};

const NOTHING: Uint8Array = new Uint8Array(0);

/** Puts the segments of one connection on the wire, each with what the receiving half expects. */
export class SegmentWriter {
  readonly #host: TcpHost;
  readonly #local: Endpoint;
  readonly #remote: Endpoint;
  readonly #receiver: TcpReceiver;
  readonly #headerBytes: number;

  constructor(
    host: TcpHost,
    { local, remote }: { readonly local: Endpoint; readonly remote: Endpoint },
    receiver: TcpReceiver,
  ) {
    this.#host = host;
    this.#local = local;
    this.#remote = remote;
    this.#receiver = receiver;
    this.#headerBytes = headerBytes("tcp", local.address);
  }

  write(flags: TcpFlags, sequence: number, payload: Uint8Array = NOTHING): void {
    const { expected, windowBytes } = this.#receiver;
    this.#host.send({
      number: this.#host.nextNumber(),
      protocol: "tcp",
      source: this.#local,
      destination: this.#remote,
      flags,
      payload,
      sizeBytes: this.#headerBytes + payload.length,
      segment: {
        sequence,
        acknowledged: expected,
        windowBytes,
        segmentBytesMax: this.#host.segmentBytesMax(this.#local.address),
      },
    });
  }
}
