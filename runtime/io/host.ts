import type { Endpoint } from "../core/endpoint.ts";
import { OperatorError } from "../core/operator-error.ts";
import type { Effect, Input, ListenerId, Role } from "../core/role.ts";
import type { Log } from "./log.ts";
import type { ProcessLoopback } from "./process-loopback.ts";
import { RoleStreams } from "./role-streams.ts";
import type { StreamCounters, StreamInput, StreamLimits } from "./role-streams.ts";
import { StreamSocket } from "./stream-socket.ts";
import { TcpListener } from "./tcp.ts";
import type { TcpCounters } from "./tcp.ts";
import { TimerTable } from "./timer-table.ts";
import { UdpTransport } from "./udp.ts";
import type { UdpCounters } from "./udp.ts";

/** Where to listen. */
export interface ListenAddress {
  /** Default: every address of the machine, IPv6 and IPv4. */
  readonly address?: string | undefined;
  /** 0–65535; 0 takes any free one. */
  readonly port: number;
}

/** Bounds of a host. */
export interface HostLimits extends StreamLimits {
  /** Accepted connections that may be open. */
  readonly connectionsMax: number;
  /** The same for one IPv4 address or one IPv6 /64 network. */
  readonly connectionsPerAddressMax: number;
  /** How long `close` lets streams send their last bytes, in ms. */
  readonly drainMs: number;
}

/** What a host does unless it is told otherwise. */
export const HOST_LIMITS: HostLimits = {
  connectionsMax: 20_000,
  connectionsPerAddressMax: 1_000,
  dialTimeoutMs: 10_000,
  pendingBytesMax: 8 * 1024 * 1024,
  keepAliveMs: 15_000,
  lingerMs: 5_000,
  relayIdleMs: 300_000,
  drainMs: 2_000,
};

/** What a host is started with. */
export interface HostOptions<Command, Event> {
  readonly role: Role<Command, Event>;
  readonly log: Log;
  /** A UDP socket to send and receive on. Default: none, and datagrams are dropped. */
  readonly udp?: ListenAddress & { readonly reusePort?: boolean };
  /** A TCP port to listen on. Default: none; streams can be dialed all the same. */
  readonly tcp?: ListenAddress;
  /** Takes what the role reports. It may call `command`, which then waits for its turn. */
  readonly onEvent: (event: Event) => void;
  /** Default: HOST_LIMITS. */
  readonly limits?: Partial<HostLimits>;
  /** Streams between this host and others of the process that have the same. Default: by the kernel. */
  readonly loopback?: ProcessLoopback | undefined;
  /** Monotonic ms. Default: since the process started. */
  readonly now?: () => number;
}

/** What a host counted since it started. */
export interface HostCounters {
  readonly udp: Readonly<UdpCounters> | undefined;
  readonly tcp: Readonly<TcpCounters> | undefined;
  readonly streams: Readonly<StreamCounters>;
  readonly openStreams: number;
}

/** Inputs that may wait while one is handled; more is a loop between a role and its owner. */
const WAITING_INPUTS_MAX = 65_536;

/**
 * Runs one role on this machine's sockets and clock: one input at a time, and after each one all of its
 * effects, in order, before the next. It knows no message. A role or an event handler that throws is our
 * own mistake: it is logged, the host stops, and the error goes on to end the process.
 */
export class RoleHost<Command, Event> {
  readonly #options: HostOptions<Command, Event>;
  readonly #limits: HostLimits;
  readonly #now: () => number;
  readonly #timers: TimerTable;
  readonly #streams: RoleStreams;
  readonly #waiting: Input<Command>[] = [];
  #udp: UdpTransport | undefined;
  #tcp: TcpListener | undefined;
  /** What closes the listeners that the role asked for; undefined while they are being opened. */
  readonly #listeners = new Map<ListenerId, (() => void) | undefined>();
  #isBusy = false;
  #isStopped = false;
  #closing: Promise<void> | undefined;

  private constructor(options: HostOptions<Command, Event>) {
    this.#options = options;
    this.#limits = { ...HOST_LIMITS, ...options.limits };
    this.#now = options.now ?? (() => performance.now());
    this.#timers = new TimerTable({
      now: this.#now,
      onTimer: (timer) => {
        this.#feed({ type: "timer", timer });
      },
    });
    this.#streams = new RoleStreams(this.#limits, {
      loopback: options.loopback,
      feed: (input: StreamInput) => {
        this.#feed(input);
      },
    });
  }

  /**
   * Opens the sockets and carries out what the role wants at the start.
   * @throws {OperatorError} if an address cannot be listened on; nothing stays open then.
   */
  static async start<Command, Event>(
    options: HostOptions<Command, Event>,
  ): Promise<RoleHost<Command, Event>> {
    const host = new RoleHost(options);
    try {
      await host.#open();
    } catch (error) {
      await host.close();
      throw error;
    }
    host.#guard(() => {
      host.#drain();
    });
    return host;
  }

  /** Where the UDP socket is; undefined if there is none. */
  get udpAddress(): Endpoint | undefined {
    return this.#udp?.local;
  }

  /** Where the host listens for TCP; undefined if it does not. */
  get tcpAddress(): Endpoint | undefined {
    return this.#tcp?.local;
  }

  get counters(): HostCounters {
    return {
      udp: this.#udp?.counters,
      tcp: this.#tcp?.counters,
      streams: this.#streams.counters,
      openStreams: this.#streams.open,
    };
  }

  /** Gives the role a command; nothing happens after `close`. */
  command(command: Command): void {
    this.#feed({ type: "command", command });
  }

  /**
   * Stops: the role hears nothing more, streams send what was written and end, relays are cut, all is
   * closed after `drainMs` at the latest. A role that wants to say goodbye is told by a command before.
   */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    this.#stop();
    this.#tcp?.close();
    for (const close of this.#listeners.values()) close?.();
    this.#listeners.clear();
    await this.#streams.closeAll(this.#limits.drainMs);
    await this.#udp?.close();
  }

  #stop(): void {
    this.#isStopped = true;
    this.#timers.cancelAll();
  }

  async #open(): Promise<void> {
    const { udp, tcp } = this.#options;
    if (udp !== undefined) {
      this.#udp = await UdpTransport.open({
        ...udp,
        onDatagram: (from, bytes) => {
          this.#feed({ type: "datagram", from, bytes });
        },
      });
    }
    if (tcp === undefined) return;
    const listener = await TcpListener.open({
      ...tcp,
      connectionsMax: this.#limits.connectionsMax,
      perAddressMax: this.#limits.connectionsPerAddressMax,
      onConnection: (socket, remote) => {
        this.#streams.accept({
          open: (owner) => StreamSocket.adopt(socket, owner),
          remote,
          onGone: () => {
            listener.release(remote);
          },
        });
      },
    });
    this.#tcp = listener;
  }

  /** Opens a port that the role asked for, unless it is told meanwhile that it is not needed. */
  async #listen(request: Extract<Effect<Event>, { type: "listen" }>): Promise<void> {
    const { listener: id, unread, address, port } = request;
    this.#listeners.set(id, undefined);
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    try {
      const opened = await TcpListener.open({
        address,
        port,
        connectionsMax,
        perAddressMax: connectionsPerAddressMax,
        onConnection: (socket, remote) => {
          this.#streams.accept({
            open: (owner) => StreamSocket.adopt(socket, owner),
            remote,
            listener: id,
            unread,
            onGone: () => {
              opened.release(remote);
            },
          });
        },
      });
      if (!this.#listeners.has(id)) {
        opened.close();
        return;
      }
      const leave = this.#reachWithin(opened.local, { listener: id, unread });
      this.#listeners.set(id, () => {
        leave?.();
        opened.close();
      });
      this.#feed({ type: "listening", listener: id, port: opened.local.port });
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      this.#options.log.warn({ err: error }, "a port could not be opened");
      if (this.#listeners.delete(id)) this.#feed({ type: "listenFailed", listener: id });
    }
  }

  /** Lets the other hosts of the process reach a port without the kernel. Gives what ends that. */
  #reachWithin(
    local: Endpoint,
    to: { readonly listener: ListenerId; readonly unread: boolean },
  ): (() => void) | undefined {
    return this.#options.loopback?.listen(local, (open, remote) => {
      this.#streams.accept({ ...to, open, remote, onGone: () => undefined });
    });
  }

  #unlisten(id: ListenerId): void {
    this.#listeners.get(id)?.();
    this.#listeners.delete(id);
  }

  #feed(input: Input<Command>): void {
    if (this.#isStopped) return;
    if (this.#isBusy) {
      if (this.#waiting.length >= WAITING_INPUTS_MAX) throw new RangeError("too many inputs wait");
      this.#waiting.push(input);
      return;
    }
    this.#guard(() => {
      this.#options.role.handle(input, this.#now());
      this.#drain();
    });
  }

  /** Runs what may call the role, then what came up meanwhile. */
  #guard(action: () => void): void {
    this.#isBusy = true;
    try {
      action();
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (this.#isStopped) continue;
        this.#options.role.handle(next, this.#now());
        this.#drain();
      }
    } catch (error) {
      this.#stop();
      this.#options.log.fatal({ err: error }, "the role failed: this is a defect of the program");
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  #drain(): void {
    const { role } = this.#options;
    for (let effect = role.poll(); effect !== undefined; effect = role.poll())
      this.#perform(effect);
  }

  #perform(effect: Effect<Event>): void {
    if (this.#isStopped) return;
    switch (effect.type) {
      case "sendDatagram":
        this.#udp?.send(effect.to, effect.bytes);
        return;
      case "openStream":
        this.#streams.dial(effect.stream, effect.to);
        return;
      case "writeStream":
        this.#streams.write(effect.stream, effect.bytes);
        return;
      case "closeStream":
        this.#streams.close(effect.stream, effect.abort);
        return;
      case "relayStreams": {
        const { a, b, aFirst, bFirst, pipes, bytesPerS } = effect;
        this.#streams.relay({ a, b, toA: aFirst, toB: bFirst, pipes, bytesPerS });
        return;
      }
      case "listen":
        void this.#listen(effect);
        return;
      case "unlisten":
        this.#unlisten(effect.listener);
        return;
      case "armTimer":
        this.#timers.arm(effect.timer, effect.afterMs);
        return;
      case "cancelTimer":
        this.#timers.cancel(effect.timer);
        return;
      case "event":
        this.#options.onEvent(effect.event);
        return;
    }
  }
}
