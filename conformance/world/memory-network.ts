import type { Effect, Endpoint, Input, Role, StreamId } from "../../runtime/core/index.ts";

/** A role that is attached to the network, whatever its commands and events are. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the network knows no role's messages
type AnyRole = Role<any, any>;

/** What is to happen at some time. */
interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** One of the two ends of a stream. */
interface StreamEnd {
  readonly host: MemoryHost;
  readonly id: StreamId;
  peer: StreamEnd | undefined;
  /** Where bytes go instead of to the role. */
  relayTo: StreamEnd | undefined;
  isOver: boolean;
}

/** What a test may do to what passes. */
export interface Interference {
  /** Bytes to deliver instead; undefined to drop the datagram. */
  datagram?(from: Endpoint, to: Endpoint, bytes: Uint8Array): Uint8Array | undefined;
  /** Pieces to deliver instead of the bytes that a host wrote to a stream. */
  stream?(from: Endpoint, to: Endpoint, bytes: Uint8Array): readonly Uint8Array[];
}

/**
 * Hosts with one address each, datagrams and streams that arrive after a fixed delay in order, and virtual
 * time: enough to run roles against each other in a test, deterministically.
 */
export class MemoryNetwork {
  nowMs = 0;
  interference: Interference = {};
  readonly delayMs: number;
  readonly #hosts = new Map<string, MemoryHost>();
  #agenda: Scheduled[] = [];
  #order = 0;

  constructor(delayMs = 1) {
    this.delayMs = delayMs;
  }

  /** Attaches a host; without a role it swallows what it gets. */
  host(address: string, port: number): MemoryHost {
    const host = new MemoryHost(this, { address, port });
    this.#hosts.set(nameOf(host.endpoint), host);
    return host;
  }

  find(endpoint: Endpoint): MemoryHost | undefined {
    return this.#hosts.get(nameOf(endpoint));
  }

  /** Takes a host off: its streams end at the other sides, its timers and datagrams are gone. */
  remove(host: MemoryHost): void {
    this.#hosts.delete(nameOf(host.endpoint));
    host.die();
  }

  schedule(afterMs: number, run: () => void): void {
    this.#order += 1;
    this.#agenda.push({ atMs: this.nowMs + afterMs, order: this.#order, run });
  }

  /** Lets time pass until the condition holds; false if it does not within the time. */
  runUntil(condition: () => boolean, withinMs: number): boolean {
    const endMs = this.nowMs + withinMs;
    while (!condition()) {
      const next = this.#next();
      if (next === undefined || next.atMs > endMs) {
        this.nowMs = endMs;
        return condition();
      }
      this.#agenda = this.#agenda.filter((one) => one !== next);
      this.nowMs = next.atMs;
      next.run();
    }
    return true;
  }

  /** Lets this much time pass. */
  run(forMs: number): void {
    this.runUntil(() => false, forMs);
  }

  #next(): Scheduled | undefined {
    let first: Scheduled | undefined;
    for (const one of this.#agenda) {
      const isEarlier =
        first === undefined ||
        one.atMs < first.atMs ||
        (one.atMs === first.atMs && one.order < first.order);
      if (isEarlier) first = one;
    }
    return first;
  }
}

/** A host with one address, one role, and what the role reported. */
export class MemoryHost {
  readonly endpoint: Endpoint;
  readonly #network: MemoryNetwork;
  #role: AnyRole | undefined;
  #onEvent: (event: never) => void = () => undefined;
  readonly #timers = new Map<string, object>();
  readonly #streams = new Map<StreamId, StreamEnd>();
  #nextAccepted: StreamId = 2;
  #draining = false;
  readonly #waiting: Input<unknown>[] = [];

  constructor(network: MemoryNetwork, endpoint: Endpoint) {
    this.#network = network;
    this.endpoint = endpoint;
  }

  /** Runs a role on this host. */
  run<Command, Event>(role: Role<Command, Event>, onEvent: (event: Event) => void): void {
    this.#role = role;
    this.#onEvent = onEvent;
  }

  command(command: unknown): void {
    this.#input({ type: "command", command });
  }

  /** Sends bytes as if from this host. */
  sendDatagram(to: Endpoint, bytes: Uint8Array): void {
    const passed = this.#network.interference.datagram;
    const sent = passed === undefined ? bytes.slice() : passed(this.endpoint, to, bytes.slice());
    if (sent === undefined) return;
    this.#network.schedule(this.#network.delayMs, () => {
      this.#network.find(to)?.receive(this.endpoint, sent);
    });
  }

  receive(from: Endpoint, bytes: Uint8Array): void {
    this.#input({ type: "datagram", from, bytes });
  }

  die(): void {
    this.#role = undefined;
    this.#timers.clear();
    for (const end of this.#streams.values()) end.peer?.host.streamOver(end.peer, false);
    this.#streams.clear();
  }

  streamOver(end: StreamEnd, clean: boolean): void {
    if (end.isOver) return;
    end.isOver = true;
    const other = end.relayTo;
    this.#streams.delete(end.id);
    this.#input({ type: "streamClosed", stream: end.id, clean });
    if (other !== undefined && !other.isOver) {
      this.#close(other, !clean);
      other.isOver = true;
      this.#streams.delete(other.id);
      this.#input({ type: "streamClosed", stream: other.id, clean });
    }
  }

  #input(input: Input<unknown>): void {
    if (this.#role === undefined) return;
    this.#waiting.push(input);
    if (this.#draining) return;
    this.#draining = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#role.handle(next, this.#network.nowMs);
      for (let effect = this.#poll(); effect !== undefined; effect = this.#poll()) {
        this.#perform(effect);
      }
    }
    this.#draining = false;
  }

  #poll(): Effect<unknown> | undefined {
    return this.#role?.poll() as Effect<unknown> | undefined;
  }

  #perform(effect: Effect<unknown>): void {
    switch (effect.type) {
      case "sendDatagram":
        this.sendDatagram(effect.to, effect.bytes);
        return;
      case "openStream":
        this.#open(effect.stream, effect.to);
        return;
      case "writeStream": {
        const end = this.#streams.get(effect.stream);
        if (end !== undefined) this.#write(end, effect.bytes);
        return;
      }
      case "closeStream": {
        const end = this.#streams.get(effect.stream);
        if (end === undefined) return;
        this.#streams.delete(effect.stream);
        end.isOver = true;
        this.#close(end, effect.abort);
        return;
      }
      case "relayStreams":
        this.#relay(effect);
        return;
      case "armTimer":
        this.#arm(effect.timer, effect.afterMs);
        return;
      case "cancelTimer":
        this.#timers.delete(effect.timer);
        return;
      case "event":
        this.#onEvent(effect.event as never);
        return;
    }
  }

  #arm(timer: string, afterMs: number): void {
    const token = {};
    this.#timers.set(timer, token);
    this.#network.schedule(afterMs, () => {
      if (this.#timers.get(timer) !== token) return;
      this.#timers.delete(timer);
      this.#input({ type: "timer", timer });
    });
  }

  #open(id: StreamId, to: Endpoint): void {
    const end: StreamEnd = { host: this, id, peer: undefined, relayTo: undefined, isOver: false };
    this.#streams.set(id, end);
    this.#network.schedule(this.#network.delayMs, () => {
      const host = this.#network.find(to);
      if (host === undefined) this.streamOver(end, false);
      else host.#accept(end);
    });
  }

  #accept(dialer: StreamEnd): void {
    const id = this.#nextAccepted;
    this.#nextAccepted += 2;
    const end: StreamEnd = { host: this, id, peer: dialer, relayTo: undefined, isOver: false };
    this.#streams.set(id, end);
    dialer.peer = end;
    this.#input({ type: "streamAccepted", stream: id, remote: dialer.host.endpoint });
    this.#network.schedule(this.#network.delayMs, () => {
      if (dialer.isOver) return;
      dialer.host.#input({ type: "streamOpened", stream: dialer.id, remote: this.endpoint });
    });
  }

  #write(end: StreamEnd, bytes: Uint8Array): void {
    const { peer } = end;
    if (peer === undefined) return;
    const split = this.#network.interference.stream;
    const pieces = split?.(this.endpoint, peer.host.endpoint, bytes.slice()) ?? [bytes.slice()];
    for (const piece of pieces) {
      this.#network.schedule(this.#network.delayMs, () => {
        peer.host.#deliver(peer, piece);
      });
    }
  }

  #deliver(end: StreamEnd, bytes: Uint8Array): void {
    if (end.isOver) return;
    if (end.relayTo !== undefined) this.#write(end.relayTo, bytes);
    else this.#input({ type: "streamData", stream: end.id, bytes });
  }

  #close(end: StreamEnd, abort: boolean): void {
    const { peer } = end;
    if (peer === undefined) return;
    this.#network.schedule(this.#network.delayMs, () => {
      peer.host.streamOver(peer, !abort);
    });
  }

  #relay(effect: Extract<Effect<unknown>, { type: "relayStreams" }>): void {
    const a = this.#streams.get(effect.a);
    const b = this.#streams.get(effect.b);
    if (a === undefined || b === undefined) {
      for (const end of [a, b]) if (end !== undefined) this.streamOver(end, false);
      return;
    }
    a.relayTo = b;
    b.relayTo = a;
    if (effect.aFirst.length > 0) this.#write(a, effect.aFirst);
    if (effect.bFirst.length > 0) this.#write(b, effect.bFirst);
  }
}

function nameOf({ address, port }: Endpoint): string {
  return `${address}|${String(port)}`;
}
