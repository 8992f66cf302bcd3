import type { Endpoint } from "./endpoint.ts";

/** Names a stream within one role: odd if the role opened it, even if the host accepted it. */
export type StreamId = number;

/** What a host or the simulator tells a role. */
export type Input<Command> =
  | { readonly type: "datagram"; readonly from: Endpoint; readonly bytes: Uint8Array }
  /** A peer connected to this role's listening port. */
  | { readonly type: "streamAccepted"; readonly stream: StreamId; readonly remote: Endpoint }
  /** A stream that this role asked to open is open. */
  | { readonly type: "streamOpened"; readonly stream: StreamId; readonly remote: Endpoint }
  /** Bytes of a stream, in order, in whatever pieces the transport had. The buffer is the role's only until `handle` returns. */
  | { readonly type: "streamData"; readonly stream: StreamId; readonly bytes: Uint8Array }
  /** The stream is over: cleanly (the peer closed) or not (refused, reset, timed out). Nothing follows. */
  | { readonly type: "streamClosed"; readonly stream: StreamId; readonly clean: boolean }
  | { readonly type: "timer"; readonly timer: string }
  | { readonly type: "command"; readonly command: Command };

/** What a role asks of its host. `Event` is what the role reports outwards; stores and handlers are reached by events too, and answer by commands. */
export type Effect<Event> =
  | { readonly type: "sendDatagram"; readonly to: Endpoint; readonly bytes: Uint8Array }
  | { readonly type: "openStream"; readonly stream: StreamId; readonly to: Endpoint }
  | { readonly type: "writeStream"; readonly stream: StreamId; readonly bytes: Uint8Array }
  /** Closes after what was written has been sent; `abort` drops it. The role hears no more of the stream. */
  | { readonly type: "closeStream"; readonly stream: StreamId; readonly abort: boolean }
  /**
   * Joins two streams: from here on the host passes bytes between them and tells the role only of the end
   * (`streamClosed` of both). `aFirst` is what a gets before anything of b's, so bytes of b that the role had
   * read already; `bFirst` likewise.
   */
  | {
      readonly type: "relayStreams";
      readonly a: StreamId;
      readonly b: StreamId;
      readonly aFirst: Uint8Array;
      readonly bFirst: Uint8Array;
    }
  /** Arms a timer, replacing one of the same name. */
  | { readonly type: "armTimer"; readonly timer: string; readonly afterMs: number }
  | { readonly type: "cancelTimer"; readonly timer: string }
  | { readonly type: "event"; readonly event: Event };

/**
 * A sans-IO protocol role. The driver calls `handle` once per input and then drains `poll` until it is
 * undefined, before the next input. A role never throws because of what a peer sent.
 */
export interface Role<Command, Event> {
  /** @param nowMs monotonic milliseconds; never smaller than at the call before. */
  handle(input: Input<Command>, nowMs: number): void;
  /** The next effect, in order, or undefined when there is none. */
  poll(): Effect<Event> | undefined;
}
