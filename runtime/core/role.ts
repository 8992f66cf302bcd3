import type { Endpoint } from "./endpoint.ts";

/** Names a stream within one role: odd if the role opened it, even if the host accepted it. */
export type StreamId = number;

/** Names a port that a role asked to listen on, besides the host's own. */
export type ListenerId = number;

/** What the bytes of one direction of a relay become on their way. */
export interface StreamPipe {
  /**
   * What to pass on for these bytes, one after the other, perhaps nothing. The buffers are the host's from
   * now on, which empties them when they have been sent.
   * @throws {WireError} if they are not what the other end may send: the relay is cut.
   */
  push(bytes: Uint8Array): readonly Uint8Array[];
  /** Does ahead what the next bytes need, while there is time; without effect on what comes out. */
  prepare?(): void;
  /** What to pass on before the end. @throws {WireError} if the bytes may not end here: the relay is cut. */
  end(): readonly Uint8Array[];
}

/** What a host or the simulator tells a role. */
export type Input<Command> =
  | { readonly type: "datagram"; readonly from: Endpoint; readonly bytes: Uint8Array }
  /** A peer connected to this role's listening port, or to that of a listener. */
  | {
      readonly type: "streamAccepted";
      readonly stream: StreamId;
      readonly remote: Endpoint;
      readonly listener?: ListenerId;
    }
  /** A listener that this role asked for listens on this port. */
  | { readonly type: "listening"; readonly listener: ListenerId; readonly port: number }
  /** It cannot: the port is taken, or no port is free. */
  | { readonly type: "listenFailed"; readonly listener: ListenerId }
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
  /**
   * Closes after what was written has been sent; `abort` drops it. The role hears no more of the stream. Of a relay
   * both streams are cut, and the role hears of both ends.
   */
  | { readonly type: "closeStream"; readonly stream: StreamId; readonly abort: boolean }
  /**
   * Joins two streams: from here on the host passes bytes between them and tells the role only of the end
   * (`streamClosed` of both). `aFirst` is what a gets before anything of b's, so bytes of b that the role had
   * read already; `bFirst` likewise. Both go out as they are; what comes later goes through the pipes.
   */
  | {
      readonly type: "relayStreams";
      readonly a: StreamId;
      readonly b: StreamId;
      readonly aFirst: Uint8Array;
      readonly bFirst: Uint8Array;
      /** What the bytes become on their way. Default: they pass unchanged. */
      readonly pipes?: { readonly aToB: StreamPipe; readonly bToA: StreamPipe };
      /** Most bytes a second that pass in each direction. Default: as many as the slower side takes. */
      readonly bytesPerS?: number;
    }
  /**
   * Opens a further port for streams: `listening` or `listenFailed` follows. Port 0 takes any free one. Streams of an
   * `unread` listener are not read: such a stream can be closed or relayed, and is read from then on.
   */
  | {
      readonly type: "listen";
      readonly listener: ListenerId;
      /** Local address. Default: all. */
      readonly address?: string;
      readonly port: number;
      readonly unread: boolean;
    }
  /** Closes the port of a listener. Streams that it accepted stay. */
  | { readonly type: "unlisten"; readonly listener: ListenerId }
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
