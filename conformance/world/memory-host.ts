import type { Effect, Endpoint, Input, Role, StreamId } from "../../runtime/core/index.ts";
import type { MemoryNetwork } from "./memory-network.ts";

/** A role that is attached to the network, whatever its commands and events are. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the network knows no role's messages
type AnyRole = Role<any, any>;

/** One of the two ends of a stream. */
interface StreamEnd {
  readonly host: MemoryHost;
  readonly id: StreamId;
  peer: StreamEnd | undefined;
  /** Where bytes go instead of to the role. */
  relayTo: StreamEnd | undefined;
  /** What arrived and was not read yet. */
  unread: readonly Uint8Array[];
  isOver: boolean;
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

  /** Streams that are open or being opened. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Names of the timers that run. */
  get timers(): readonly string[] {
    return [...this.#timers.keys()];
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
    const { delayMs, interference } = this.#network;
    const from = this.endpoint;
    const passing = { from, to, bytes: bytes.slice() };
    this.#network.observe(passing);
    if (interference.cut?.(from, to) === true) return;
    for (const delivery of interference.datagram?.(passing) ?? [passing]) {
      const laterMs = "laterMs" in delivery ? (delivery.laterMs ?? 0) : 0;
      this.#network.schedule(delayMs + laterMs, () => {
        this.#network.find(to)?.receive(from, delivery.bytes);
      });
    }
  }

  receive(from: Endpoint, bytes: Uint8Array): void {
    this.#input({ type: "datagram", from, bytes });
  }

  die(): void {
    this.#role = undefined;
    this.#timers.clear();
    for (const { peer } of this.#streams.values()) {
      if (peer !== undefined && !this.#isCutTo(peer)) peer.host.#over(peer, false);
    }
    this.#streams.clear();
  }

  #isCutTo(peer: StreamEnd): boolean {
    return this.#network.interference.cut?.(this.endpoint, peer.host.endpoint) === true;
  }

  #over(end: StreamEnd, clean: boolean): void {
    this.#read(end);
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
    return this.#role?.poll();
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
      case "listen":
      case "unlisten":
        // Roles that open ports of their own run in the simulator.
        throw new RangeError("hosts in memory have one port");
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

  #end(id: StreamId, peer?: StreamEnd): StreamEnd {
    return { host: this, id, peer, relayTo: undefined, unread: [], isOver: false };
  }

  #open(id: StreamId, to: Endpoint): void {
    const end = this.#end(id);
    this.#streams.set(id, end);
    if (this.#network.interference.cut?.(this.endpoint, to) === true) return;
    this.#network.schedule(this.#network.delayMs, () => {
      const host = this.#network.find(to);
      if (end.isOver) return;
      if (host === undefined) this.#over(end, false);
      else host.#accept(end);
    });
  }

  #accept(dialer: StreamEnd): void {
    const id = this.#nextAccepted;
    this.#nextAccepted += 2;
    const end = this.#end(id, dialer);
    this.#streams.set(id, end);
    dialer.peer = end;
    this.#input({ type: "streamAccepted", stream: id, remote: dialer.host.endpoint });
    if (this.#isCutTo(dialer)) return;
    this.#network.schedule(this.#network.delayMs, () => {
      if (dialer.isOver) return;
      dialer.host.#input({ type: "streamOpened", stream: dialer.id, remote: this.endpoint });
    });
  }

  #write(end: StreamEnd, bytes: Uint8Array): void {
    const { peer } = end;
    if (peer === undefined || this.#isCutTo(peer)) return;
    const passing = { from: this.endpoint, to: peer.host.endpoint, bytes: bytes.slice() };
    const pieces = this.#network.interference.stream?.(passing) ?? [passing.bytes];
    for (const piece of pieces) {
      this.#network.schedule(this.#network.delayMs, () => {
        peer.host.#arrive(peer, piece);
      });
    }
  }

  #arrive(end: StreamEnd, piece: Uint8Array): void {
    const isFirst = end.unread.length === 0;
    end.unread = [...end.unread, piece];
    const unreadMs = this.#network.interference.unreadMs?.(this.endpoint) ?? 0;
    if (unreadMs === 0) this.#read(end);
    else if (isFirst) {
      this.#network.schedule(unreadMs, () => {
        this.#read(end);
      });
    }
  }

  #read(end: StreamEnd): void {
    const { unread } = end;
    if (unread.length === 0) return;
    end.unread = [];
    this.#deliver(end, new Uint8Array(Buffer.concat(unread)));
  }

  #deliver(end: StreamEnd, bytes: Uint8Array): void {
    if (end.isOver) return;
    if (end.relayTo !== undefined) this.#write(end.relayTo, bytes);
    else this.#input({ type: "streamData", stream: end.id, bytes });
  }

  #close(end: StreamEnd, abort: boolean): void {
    const { peer } = end;
    if (peer === undefined || this.#isCutTo(peer)) return;
    this.#network.schedule(this.#network.delayMs, () => {
      peer.host.#over(peer, !abort);
    });
  }

  #relay(effect: Extract<Effect<unknown>, { type: "relayStreams" }>): void {
    const a = this.#streams.get(effect.a);
    const b = this.#streams.get(effect.b);
    if (a === undefined || b === undefined) {
      for (const end of [a, b]) if (end !== undefined) this.#over(end, false);
      return;
    }
    a.relayTo = b;
    b.relayTo = a;
    if (effect.aFirst.length > 0) this.#write(a, effect.aFirst);
    if (effect.bFirst.length > 0) this.#write(b, effect.bFirst);
  }
}
