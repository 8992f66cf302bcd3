import type { RandomStream, Simulation } from "../engine/index.ts";
import type { Packet } from "./packet.ts";
import type { TcpConnection } from "./tcp-connection.ts";

/** How a connection came to its end: both sides ended it, or it failed. */
export type TcpEnd = "finished" | "refused" | "reset" | "timeout" | "unreachable";

/** What a connection waits for: far fewer states than RFC 9293 has, since the halves know how far their ends have come. */
export type TcpState = "syn-sent" | "syn-received" | "open" | "time-wait" | "closed";

/** What the owner of a connection hears of it. Nothing follows `onClosed`. */
export interface TcpOwner {
  onOpened(): void;
  /** The bytes are shared with whoever sent them: they must not be changed. */
  onData(bytes: Uint8Array): void;
  /** The peer sends nothing more; the other direction may still be open. */
  onEnded(): void;
  onClosed(end: TcpEnd): void;
  /** The peer acknowledged something. */
  onProgress?(): void;
}

/** What a connection needs of its host. */
export interface TcpHost {
  readonly simulation: Simulation;
  /** The name of the host. */
  readonly name: string;
  readonly random: RandomStream;
  /** Most bytes of a segment that fits the host's link. */
  segmentBytesMax(address: string): number;
  nextNumber(): number;
  send(packet: Packet): void;
  /** The connection is gone: segments of it belong nowhere. */
  remove(connection: TcpConnection): void;
}

/** Bounds of a connection. */
export interface TcpOptions {
  /** Silence after which the peer is asked whether it is there; 0 never. Milliseconds. Default 15,000. */
  readonly keepAliveMs?: number;
  /** Bytes that may come before they are read. Default 256 KiB. */
  readonly receiveBufferBytes?: number;
}
