import type {
  Effect,
  Endpoint,
  Input,
  ListenerId,
  StreamId,
  StreamPipe,
} from "../../runtime/core/index.ts";
import type { EventHandler, Simulation } from "../engine/index.ts";
import type { NetworkNode } from "../network/network-node.ts";
import type { TcpOwner } from "../network/tcp.ts";
import type { TcpConnection } from "../network/tcp-connection.ts";
import { SimRelay } from "./sim-relay.ts";

/** What a role hears of its streams and listeners. */
type StreamInput = Extract<
  Input<never>,
  { readonly stream: StreamId } | { readonly listener: ListenerId }
>;

/** A listener that a role asks for. */
type ListenRequest = Extract<Effect<never>, { readonly type: "listen" }>;

/** Bounds on the streams of one role: those of `runtime/io/host.ts`, with the same defaults. */
export interface SimStreamLimits {
  /** Accepted connections that may be open. */
  readonly connectionsMax: number;
  /** The same for one address. */
  readonly connectionsPerAddressMax: number;
  /** How long a dialed peer may take to answer, in ms. */
  readonly dialTimeoutMs: number;
  /** Bytes that may wait for one peer to read; beyond, the stream is dropped. */
  readonly pendingBytesMax: number;
  readonly keepAliveMs: number;
  /** How long a closed stream may go without progress in sending its last bytes, in ms. */
  readonly lingerMs: number;
  /** How long a relay may pass nothing either way, in ms; it is cut after once to twice that. */
  readonly relayIdleMs: number;
}

/** Two streams to join. */
interface RelayRequest {
  readonly a: StreamId;
  readonly b: StreamId;
  readonly aFirst: Uint8Array;
  readonly bFirst: Uint8Array;
  readonly pipes?: { readonly aToB: StreamPipe; readonly bToA: StreamPipe };
  /** Most bytes a second in each direction. Default: no bound. */
  readonly bytesPerS?: number;
}

/** The streams of one role on a simulated host. It behaves as `runtime/io/role-streams.ts`. */
export class SimStreams {
  readonly #node: NetworkNode;
  readonly #limits: SimStreamLimits;
  readonly #feed: (input: StreamInput) => void;
  /** These are made when something comes into them: few hosts have a stream at any time, or relay, listen or accept. */
  #streams: Map<StreamId, TcpConnection> | undefined;
  #relays: Map<SimRelay, number> | undefined;
  #relayOf: Map<StreamId, SimRelay> | undefined;
  #listeners: Map<ListenerId, number> | undefined;
  #acceptedFrom: Map<string, number> | undefined;
  #acceptedOpen = 0;
  #accepted = 0;
  #isSweeping = false;
  #isOver = false;

  constructor(node: NetworkNode, limits: SimStreamLimits, feed: (input: StreamInput) => void) {
    this.#node = node;
    this.#limits = limits;
    this.#feed = feed;
  }

  /** Streams that the role may name. */
  get open(): number {
    return this.#streams?.size ?? 0;
  }

  /** Accepts connections. @throws {RangeError} if the port is taken. */
  listen(port: number): void {
    const { keepAliveMs } = this.#limits;
    this.#node.listenTcp(port, {
      keepAliveMs,
      onConnection: (connection) => {
        this.#accept(connection);
        return true;
      },
    });
  }

  /** Opens a port that the role asked for; the role hears of it later, as on a real host. */
  listenFor({ listener, port, unread }: ListenRequest): void {
    const { keepAliveMs } = this.#limits;
    const bound = this.#node.listenTcpFree(port, {
      keepAliveMs,
      onConnection: (connection) => {
        this.#accept(connection, { listener, unread });
        return true;
      },
    });
    this.#listeners ??= new Map();
    if (bound !== undefined) this.#listeners.set(listener, bound);
    this.#after(0, "listening", () => {
      if (bound === undefined) this.#feed({ type: "listenFailed", listener });
      else if (this.#listeners?.get(listener) === bound) {
        this.#feed({ type: "listening", listener, port: bound });
      }
    });
  }

  /** Closes the port of a listener. */
  unlisten(listener: ListenerId): void {
    const port = this.#listeners?.get(listener);
    if (port === undefined) return;
    this.#listeners?.delete(listener);
    this.#node.unlistenTcp(port);
  }

  /** @throws {RangeError} if the id is even or in use. */
  dial(id: StreamId, to: Endpoint): void {
    if (id % 2 !== 1 || this.#streams?.has(id) === true) {
      throw new RangeError(`stream ${String(id)} is taken`);
    }
    const { keepAliveMs, dialTimeoutMs } = this.#limits;
    const connection = this.#node.createTcp(to, { keepAliveMs });
    this.#keep(id, connection);
    let isSettled = false;
    connection.own({
      ...this.#owner(id, connection),
      onOpened: () => {
        isSettled = true;
        this.#feed({ type: "streamOpened", stream: id, remote: to });
      },
    });
    this.#after(dialTimeoutMs, "dial timeout", () => {
      if (isSettled || this.#streams?.get(id) !== connection) return;
      this.#forget(id);
      connection.abort();
      this.#feed({ type: "streamClosed", stream: id, clean: false });
    });
    connection.dial();
  }

  /** Queues bytes; nothing happens if the stream is over. */
  write(id: StreamId, bytes: Uint8Array): void {
    const connection = this.#streams?.get(id);
    if (connection === undefined) return;
    connection.write(bytes);
    if (connection.pendingBytes <= this.#limits.pendingBytesMax) return;
    this.#forget(id);
    connection.abort();
    this.#feed({ type: "streamClosed", stream: id, clean: false });
  }

  /** Ends a stream for the role, which hears no more of it. */
  close(id: StreamId, abort: boolean): void {
    const connection = this.#streams?.get(id);
    if (connection === undefined) {
      this.#relayOf?.get(id)?.abort();
      return;
    }
    this.#forget(id);
    if (abort) connection.abort();
    else this.#linger(connection);
  }

  /** Joins two streams; the role then hears of their end only, of both at once. */
  relay({ a, b, aFirst, bFirst, pipes, bytesPerS }: RelayRequest): void {
    const connectionA = this.#streams?.get(a);
    const connectionB = this.#streams?.get(b);
    this.#forget(a);
    this.#forget(b);
    if (connectionA === undefined || connectionB === undefined) {
      // One of them ended while the role was deciding. The role knows or is about to; the other's end is news.
      const left = connectionA ?? connectionB;
      if (left === undefined) return;
      left.abort();
      this.#feed({ type: "streamClosed", stream: left === connectionA ? a : b, clean: false });
      return;
    }
    if (aFirst.length > 0) connectionA.write(aFirst);
    if (bFirst.length > 0) connectionB.write(bFirst);
    const relay: SimRelay = new SimRelay({
      a: connectionA,
      b: connectionB,
      pipes,
      bytesPerS,
      nowMs: () => this.#node.simulation.nowUs / 1000,
      after: (afterMs, run) => {
        this.#after(afterMs, "relay rest", run);
      },
      onEnd: (clean) => {
        this.#relays?.delete(relay);
        for (const stream of [a, b]) this.#relayOf?.delete(stream);
        for (const stream of [a, b]) this.#feed({ type: "streamClosed", stream, clean });
      },
    });
    this.#relays ??= new Map();
    this.#relays.set(relay, -1);
    this.#relayOf ??= new Map();
    for (const stream of [a, b]) this.#relayOf.set(stream, relay);
    this.#sweep();
  }

  /** The host is gone: nothing is told any more. */
  drop(): void {
    this.#isOver = true;
    this.#streams = undefined;
    this.#relays?.clear();
    this.#relayOf?.clear();
    this.#listeners?.clear();
  }

  #keep(id: StreamId, connection: TcpConnection): void {
    this.#streams ??= new Map();
    this.#streams.set(id, connection);
  }

  #forget(id: StreamId): void {
    this.#streams?.delete(id);
    if (this.#streams?.size === 0) this.#streams = undefined;
  }

  #accept(
    connection: TcpConnection,
    by?: { readonly listener: ListenerId; readonly unread: boolean },
  ): void {
    const { address } = connection.remote;
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    let id: StreamId | undefined;
    connection.own({
      onOpened: () => {
        const isFull = this.#acceptedOpen >= connectionsMax;
        const fromAddress = this.#acceptedFrom?.get(address) ?? 0;
        if (isFull || fromAddress >= connectionsPerAddressMax) {
          connection.abort();
          return;
        }
        this.#accepted += 2;
        id = this.#accepted;
        this.#acceptedOpen += 1;
        this.#acceptedFrom ??= new Map();
        this.#acceptedFrom.set(address, fromAddress + 1);
        this.#keep(id, connection);
        connection.onGone = () => {
          this.#release(address);
        };
        connection.own(this.#owner(id, connection));
        if (by?.unread === true) connection.pause();
        const from = by === undefined ? {} : { listener: by.listener };
        this.#feed({ type: "streamAccepted", stream: id, remote: connection.remote, ...from });
      },
      onData: () => undefined,
      onEnded: () => undefined,
      onClosed: () => undefined,
    });
  }

  #release(address: string): void {
    this.#acceptedOpen -= 1;
    const left = (this.#acceptedFrom?.get(address) ?? 1) - 1;
    if (left === 0) this.#acceptedFrom?.delete(address);
    else this.#acceptedFrom?.set(address, left);
  }

  #owner(id: StreamId, connection: TcpConnection): TcpOwner {
    const over = (clean: boolean): void => {
      if (this.#streams?.get(id) !== connection) return;
      this.#forget(id);
      this.#linger(connection);
      this.#feed({ type: "streamClosed", stream: id, clean });
    };
    return {
      onOpened: () => undefined,
      onData: (bytes) => {
        // A copy, for the role may do with it what it likes until it returns.
        this.#feed({ type: "streamData", stream: id, bytes: bytes.slice() });
      },
      onEnded: () => {
        over(true);
      },
      onClosed: (end) => {
        over(end === "finished");
      },
    };
  }

  /** Sends what was written, then ends; cuts a peer that takes no more of it or does not end its side. */
  #linger(connection: TcpConnection): void {
    if (connection.isClosed) return;
    let progressBefore = -1;
    const watch = (): void => {
      if (connection.isClosed) return;
      const { progress } = connection;
      if (progress === progressBefore) {
        // What the system has taken it still delivers if its socket is closed, but not if it is reset.
        if (connection.pendingBytes === 0) connection.release();
        else connection.abort();
        return;
      }
      progressBefore = progress;
      this.#after(this.#limits.lingerMs, "linger", watch);
    };
    connection.own(DISCARD);
    connection.end();
    this.#after(this.#limits.lingerMs, "linger", watch);
  }

  #sweep(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    this.#after(this.#limits.relayIdleMs, "relay sweep", () => {
      this.#isSweeping = false;
      for (const [relay, bytesBefore] of [...(this.#relays ?? [])]) {
        if (relay.bytes === bytesBefore) relay.abort();
        else this.#relays?.set(relay, relay.bytes);
      }
      if (this.#relays !== undefined && this.#relays.size > 0) this.#sweep();
    });
  }

  /** Seldom, so a handler of its own each time does no harm. */
  #after(afterMs: number, what: string, run: () => void): void {
    const { simulation, name } = this.#node;
    const handler: EventHandler<Simulation> = {
      label: `${name} ${what}`,
      handle: () => {
        if (!this.#isOver) run();
      },
    };
    simulation.schedule(Math.round(afterMs * 1000), handler, simulation);
  }
}

const DISCARD: TcpOwner = {
  onOpened: () => undefined,
  onData: () => undefined,
  onEnded: () => undefined,
  onClosed: () => undefined,
};
