import type { Effect, Endpoint, Input, Role, StreamId } from "../../runtime/core/index.ts";
import type { MemoryHost } from "./memory-host.ts";
import type { MemoryNetwork } from "./memory-network.ts";

/** A host that writes whatever bytes it is told to and remembers what it gets. */
export class RawPeer implements Role<Effect<never>, never> {
  readonly host: MemoryHost;
  /** What came on each stream, in order. */
  readonly received: Map<StreamId, number[]> = new Map();
  readonly closed: Set<StreamId> = new Set();
  readonly #effects: Effect<never>[] = [];
  #nextStream: StreamId = 1;

  constructor(network: MemoryNetwork, endpoint: Endpoint) {
    this.host = network.host(endpoint.address, endpoint.port);
    this.host.run(this, () => undefined);
  }

  /** Opens a stream and writes to it in these pieces once it is open. */
  open(network: MemoryNetwork, to: Endpoint, pieces: readonly Uint8Array[]): StreamId {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.received.set(stream, []);
    this.host.command({ type: "openStream", stream, to });
    network.run(3 * network.delayMs);
    for (const bytes of pieces) this.host.command({ type: "writeStream", stream, bytes });
    return stream;
  }

  handle(input: Input<Effect<never>>): void {
    if (input.type === "command") this.#effects.push(input.command);
    if (input.type === "streamData") this.received.get(input.stream)?.push(...input.bytes);
    if (input.type === "streamClosed") this.closed.add(input.stream);
  }

  poll(): Effect<never> | undefined {
    return this.#effects.shift();
  }
}
