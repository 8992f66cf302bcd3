import type { Endpoint } from "../../runtime/core/index.ts";
import { Agenda } from "./agenda.ts";
import { MemoryHost } from "./memory-host.ts";

/** Bytes on their way. */
export interface Passing {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** A copy of its own. */
  readonly bytes: Uint8Array;
}

/** A datagram to deliver. */
export interface Delivery {
  readonly bytes: Uint8Array;
  /** Delay on top of the network's. Default 0. */
  readonly laterMs?: number;
}

/** What a test may do to what passes. */
export interface Interference {
  /** What to deliver instead of a datagram: nothing to lose it, several to double it. */
  datagram?(passing: Passing): readonly Delivery[];
  /** Pieces to deliver instead of the bytes that a host wrote to a stream. */
  stream?(passing: Passing): readonly Uint8Array[];
  /**
   * How long a host leaves what arrives on its streams unread, milliseconds: what comes meanwhile it reads with it, in one
   * piece. Default 0.
   */
  unreadMs?(host: Endpoint): number;
  /** Whether all from here to there vanishes and neither side is told, not even of the ends of streams. */
  cut?(from: Endpoint, to: Endpoint): boolean;
}

/**
 * Hosts with one address each, datagrams and streams that arrive after a fixed delay in order, and virtual
 * time: enough to run roles against each other in a test, deterministically.
 */
export class MemoryNetwork {
  nowMs = 0;
  interference: Interference = {};
  /** Sees each datagram as it was sent. */
  observe: (passing: Passing) => void = () => undefined;
  readonly delayMs: number;
  readonly #hosts = new Map<string, MemoryHost>();
  readonly #agenda = new Agenda();

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
    this.#agenda.add(this.nowMs + afterMs, run);
  }

  /** Lets time pass until the condition holds; false if it does not within the time. */
  runUntil(condition: () => boolean, withinMs: number): boolean {
    const endMs = this.nowMs + withinMs;
    while (!condition()) {
      const { nextMs } = this.#agenda;
      if (nextMs === undefined || nextMs > endMs) {
        this.nowMs = endMs;
        return condition();
      }
      this.nowMs = nextMs;
      this.#agenda.take()?.();
    }
    return true;
  }

  /** Lets this much time pass. */
  run(forMs: number): void {
    this.runUntil(() => false, forMs);
  }
}

function nameOf({ address, port }: Endpoint): string {
  return `${address}|${String(port)}`;
}
