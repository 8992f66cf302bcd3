import type { Endpoint } from "../core/endpoint.ts";

/** Where a stream puts the bytes it reads, and who takes them. */
export interface StreamReader {
  /** The buffer for the next read. Asked once before the first read and after each one. */
  nextBuffer(): Uint8Array;
  /**
   * Takes the first `bytes` bytes of the buffer, which is the reader's own until `nextBuffer` returns it
   * again. False stops reading until `resume()`.
   */
  take(bytes: number, buffer: Uint8Array): boolean;
  /**
   * Takes pieces that are in memory already, which stay as they are until `onPassed` is called. False stops reading as
   * above. A reader without it gets the bytes by `take`.
   */
  pass?(pieces: readonly Uint8Array[], onPassed: () => void): boolean;
}

/** What the owner of a stream hears of it. Nothing follows `onClosed`. */
export interface StreamListener {
  /** A stream that was dialed is connected. */
  onOpened?(): void;
  /** The peer sends nothing more; the other direction may still be open. */
  onEnded(): void;
  /** The stream is gone. `clean`: both sides ended it; false: refused, reset or timed out. */
  onClosed(clean: boolean): void;
}

/** What is owned by a reader and a listener. */
export interface ByteStreamOwner {
  readonly reader: StreamReader;
  readonly listener: StreamListener;
}

/**
 * A stream of bytes both ways as a host sees it: a TCP connection, or one within the process. The reader can be exchanged
 * at any time, so that a stream whose first bytes a role read becomes a relay without a copy.
 */
export interface ByteStream {
  /** The peer's address; undefined when the connection is already gone. */
  readonly remote: Endpoint | undefined;
  /** Bytes that were written and that the other side, or the kernel, has not taken yet. */
  readonly pendingBytes: number;
  /** Bytes that it has taken. */
  readonly takenBytes: number;
  /** Whether the connection is closed or being closed. */
  readonly isGone: boolean;
  /** Whether the peer has ended its direction. */
  readonly hasEnded: boolean;
  /** Gives the connection to another owner from the next read and the next notice on. */
  handOver(owner: ByteStreamOwner): void;
  /** Queues bytes, which must not change before `onWritten`. */
  write(bytes: Uint8Array, onWritten?: () => void): void;
  /** Queues several pieces at once, none of which may change before `onWritten`. At least one. */
  writeAll(pieces: readonly Uint8Array[], onWritten: () => void): void;
  /** Ends our direction after what was written. */
  end(): void;
  /** Reads nothing more until `resume`. */
  pause(): void;
  /** Reads again after the reader said no, or after `pause`. */
  resume(): void;
  /** Drops the connection and what is unsent, so that the peer sees a reset and not an end. */
  abort(): void;
  /** Drops the connection; the peer gets what the kernel has taken. */
  destroy(): void;
  /** Calls back once the stream is gone, whoever owns it then. */
  whenGone(callback: () => void): void;
}
