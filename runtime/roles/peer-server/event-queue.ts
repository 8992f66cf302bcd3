/** Events for one peer that is away. */
export class EventQueue {
  #events: { readonly datagram: Uint8Array; readonly untilMs: number }[] = [];

  get length(): number {
    return this.#events.length;
  }

  /** Appends an event; says how many the queue has more than before, which is 0 if the oldest made room. */
  push(datagram: Uint8Array, untilMs: number, eventsMax: number): number {
    this.#events.push({ datagram, untilMs });
    if (this.#events.length <= eventsMax) return 1;
    this.#events.shift();
    return 0;
  }

  /** Takes all out, and gives those that are not too old, in order. */
  take(nowMs: number): readonly Uint8Array[] {
    const fresh = this.#events.filter(({ untilMs }) => untilMs > nowMs);
    this.#events = [];
    return fresh.map(({ datagram }) => datagram);
  }
}
