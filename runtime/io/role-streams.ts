import type { Endpoint } from "../core/endpoint.ts";
import type { ListenerId, StreamId, StreamPipe } from "../core/role.ts";
import type { ByteStream, StreamReader } from "./byte-stream.ts";
import type { ProcessLoopback } from "./process-loopback.ts";
import { Relay } from "./relay.ts";
import { StreamSocket } from "./stream-socket.ts";
import type { StreamSocketOptions } from "./stream-socket.ts";

/** What a role hears of its streams: the stream inputs of runtime/core/role.ts. */
export type StreamInput =
  | {
      readonly type: "streamAccepted";
      readonly stream: StreamId;
      readonly remote: Endpoint;
      readonly listener?: ListenerId;
    }
  | { readonly type: "streamOpened"; readonly stream: StreamId; readonly remote: Endpoint }
  | { readonly type: "streamData"; readonly stream: StreamId; readonly bytes: Uint8Array }
  | { readonly type: "streamClosed"; readonly stream: StreamId; readonly clean: boolean };

/** Bounds on the streams of one role. */
export interface StreamLimits {
  /** How long a dialed peer may take to answer, in ms. */
  readonly dialTimeoutMs: number;
  /** Bytes that may wait for one peer to read; beyond, the stream is dropped. */
  readonly pendingBytesMax: number;
  /** Silence in ms after which the kernel probes the peer. */
  readonly keepAliveMs: number;
  /** How long a closed stream may go without progress in sending its last bytes, in ms. */
  readonly lingerMs: number;
  /** How long a relay may pass nothing either way, in ms; it is cut after once to twice that. */
  readonly relayIdleMs: number;
}

/** What happened to the streams of one role since it started. */
export interface StreamCounters {
  dialed: number;
  /** Dropped because the peer did not read what it was sent. */
  slowReaders: number;
  relays: number;
  /** Bytes of relays that have ended, both directions. */
  relayedBytes: number;
  /** Relays cut because nothing passed. */
  idleRelays: number;
}

/** A connection that was accepted, for `accept`. */
export interface AcceptedStream {
  readonly open: (options: StreamSocketOptions) => ByteStream;
  readonly remote: Endpoint;
  /** The role's listener that accepted it; undefined for the host's own port. */
  readonly listener?: ListenerId;
  /** True: nothing is read until the stream is relayed. Default false. */
  readonly unread?: boolean;
  /** Called when it is gone. */
  readonly onGone: () => void;
}

/** Two streams to join. */
export interface RelayRequest {
  readonly a: StreamId;
  readonly b: StreamId;
  /** What a gets before anything of b's: bytes of b that the role had read already. */
  readonly toA: Uint8Array;
  /** What b gets before anything of a's. */
  readonly toB: Uint8Array;
  readonly pipes?: { readonly aToB: StreamPipe; readonly bToA: StreamPipe } | undefined;
  /** Most bytes a second in each direction; undefined for no bound. */
  readonly bytesPerS?: number | undefined;
}

const READ_BYTES = 64 * 1024;

/**
 * The streams of one role: numbers them, reads them into one shared buffer (a role is done with the bytes
 * when `handle` returns), bounds what waits for slow peers, and turns pairs of them into relays.
 */
export class RoleStreams {
  readonly counters: StreamCounters = {
    dialed: 0,
    slowReaders: 0,
    relays: 0,
    relayedBytes: 0,
    idleRelays: 0,
  };
  readonly #limits: StreamLimits;
  readonly #feed: (input: StreamInput) => void;
  readonly #loopback: ProcessLoopback | undefined;
  readonly #shared = new Uint8Array(READ_BYTES);
  /** Streams the role may name. */
  readonly #streams = new Map<StreamId, ByteStream>();
  /** Every stream that is not gone, whoever owns it. */
  readonly #all = new Set<ByteStream>();
  readonly #relays = new Map<Relay, number>();
  /** The relay that a stream is part of. */
  readonly #relayOf = new Map<StreamId, Relay>();
  #accepted = 0;
  #sweep: NodeJS.Timeout | undefined;
  #isClosing = false;
  #onAllGone: (() => void) | undefined;

  /** @param options.loopback within which the process reaches itself. Default: by the kernel. */
  constructor(
    limits: StreamLimits,
    options: {
      readonly feed: (input: StreamInput) => void;
      readonly loopback?: ProcessLoopback | undefined;
    },
  ) {
    this.#limits = limits;
    this.#feed = options.feed;
    this.#loopback = options.loopback;
  }

  /** Streams that are not gone. */
  get open(): number {
    return this.#all.size;
  }

  /** Takes a connection that was accepted and not read from. */
  accept({ open, remote, listener, unread = false, onGone }: AcceptedStream): void {
    this.#accepted += 2;
    const id = this.#accepted;
    const stream = open(this.#ownedByRole(id));
    if (unread) stream.pause();
    this.#add(id, stream, onGone);
    const from = listener === undefined ? {} : { listener };
    this.#feed({ type: "streamAccepted", stream: id, remote, ...from });
  }

  /** @throws {RangeError} if the id is even or in use. */
  dial(id: StreamId, to: Endpoint): void {
    if (id % 2 !== 1 || this.#streams.has(id))
      throw new RangeError(`stream ${String(id)} is taken`);
    this.counters.dialed++;
    const options = this.#ownedByRole(id);
    const stream =
      this.#loopback?.dial(to, options) ??
      StreamSocket.dial(to, this.#limits.dialTimeoutMs, options);
    this.#add(id, stream, () => undefined);
  }

  /** Queues bytes; nothing happens if the stream is over. */
  write(id: StreamId, bytes: Uint8Array): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.write(bytes);
    if (stream.pendingBytes <= this.#limits.pendingBytesMax) return;
    this.counters.slowReaders++;
    this.#streams.delete(id);
    this.#drop(stream);
    this.#feed({ type: "streamClosed", stream: id, clean: false });
  }

  /** Ends a stream for the role, which hears no more of it. */
  close(id: StreamId, abort: boolean): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) {
      this.#relayOf.get(id)?.abort();
      return;
    }
    this.#streams.delete(id);
    if (abort) this.#drop(stream);
    else this.#linger(stream);
  }

  /** Joins two streams; the role then hears of their end only, of both at once. */
  relay({ a, b, toA, toB, pipes, bytesPerS }: RelayRequest): void {
    const streamA = this.#streams.get(a);
    const streamB = this.#streams.get(b);
    this.#streams.delete(a);
    this.#streams.delete(b);
    const report = (clean: boolean, ...ids: readonly StreamId[]): void => {
      for (const stream of ids) this.#feed({ type: "streamClosed", stream, clean });
    };
    if (streamA === undefined || streamB === undefined) {
      // One of them ended while the role was deciding. The role knows or is about to; the other's end is news.
      const left = streamA ?? streamB;
      if (left === undefined) return;
      this.#drop(left);
      report(false, left === streamA ? a : b);
      return;
    }
    if (toA.length > 0) streamA.write(toA);
    if (toB.length > 0) streamB.write(toB);
    this.counters.relays++;
    const relay = new Relay({
      a: streamA,
      b: streamB,
      pipes,
      bytesPerS,
      onEnd: ({ aToBBytes, bToABytes, clean }) => {
        this.counters.relayedBytes += aToBBytes + bToABytes;
        this.#relays.delete(relay);
        for (const id of [a, b]) this.#relayOf.delete(id);
        report(clean, a, b);
      },
    });
    this.#relays.set(relay, -1);
    for (const id of [a, b]) this.#relayOf.set(id, relay);
    this.#startSweep();
  }

  /** Ends every stream after what was written, cuts relays, and cuts what is left after `drainMs`. */
  async closeAll(drainMs: number): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweep);
    for (const relay of this.#relays.keys()) relay.abort();
    for (const id of [...this.#streams.keys()]) this.close(id, false);
    if (this.#all.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      this.#onAllGone = resolve;
    });
    const cut = setTimeout(() => {
      for (const stream of this.#all) stream.abort();
    }, drainMs);
    await gone;
    clearTimeout(cut);
  }

  #add(id: StreamId, stream: ByteStream, onGone: () => void): void {
    this.#streams.set(id, stream);
    this.#all.add(stream);
    stream.whenGone(() => {
      this.#all.delete(stream);
      onGone();
      if (this.#all.size === 0) this.#onAllGone?.();
    });
  }

  #ownedByRole(id: StreamId): StreamSocketOptions {
    const reader: StreamReader = {
      nextBuffer: () => this.#shared,
      take: (bytes) => {
        this.#feed({ type: "streamData", stream: id, bytes: this.#shared.subarray(0, bytes) });
        return true;
      },
    };
    const over = (clean: boolean): void => {
      const stream = this.#streams.get(id);
      if (stream === undefined) return;
      this.#streams.delete(id);
      this.#linger(stream);
      this.#feed({ type: "streamClosed", stream: id, clean });
    };
    const listener = {
      onOpened: () => {
        const remote = this.#streams.get(id)?.remote;
        if (remote !== undefined) this.#feed({ type: "streamOpened", stream: id, remote });
      },
      onEnded: () => {
        over(true);
      },
      onClosed: over,
    };
    return { reader, listener, keepAliveMs: this.#limits.keepAliveMs };
  }

  /** Sends what was written, then ends; cuts a peer that takes no more of it or does not end its side. */
  #linger(stream: ByteStream): void {
    if (stream.isGone) return;
    let takenBefore = -1;
    const watch = setInterval(() => {
      const taken = stream.takenBytes;
      // The kernel still delivers what it has taken when a socket is closed, but not when it is reset.
      if (taken === takenBefore) {
        if (stream.pendingBytes === 0) stream.destroy();
        else stream.abort();
      }
      takenBefore = taken;
    }, this.#limits.lingerMs);
    const listener = {
      onEnded: () => undefined,
      onClosed: () => {
        clearInterval(watch);
      },
    };
    stream.handOver({ reader: this.#discard, listener });
    stream.end();
  }

  #drop(stream: ByteStream): void {
    const listener = { onEnded: () => undefined, onClosed: () => undefined };
    stream.handOver({ reader: this.#discard, listener });
    stream.abort();
  }

  readonly #discard: StreamReader = { nextBuffer: () => this.#shared, take: () => true };

  #startSweep(): void {
    if (this.#sweep !== undefined || this.#isClosing) return;
    this.#sweep = setInterval(() => {
      for (const [relay, bytesBefore] of this.#relays) {
        if (relay.bytes === bytesBefore) {
          this.counters.idleRelays++;
          relay.abort();
        } else this.#relays.set(relay, relay.bytes);
      }
      if (this.#relays.size > 0) return;
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }, this.#limits.relayIdleMs);
  }
}
