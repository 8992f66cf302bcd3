import type { TimedFault } from "./fault.ts";
import type { PacketTaker, Surroundings } from "./link.ts";
import type { Packet } from "./packet.ts";

/** A period in which some nodes cannot reach the others. */
export type Partition = Extract<TimedFault, { readonly kind: "partition" }>;

/** What is attached to a segment. */
export interface Attachment {
  /** Name of the host or NAT box. */
  readonly node: string;
  /** The link towards it. */
  readonly down: PacketTaker;
}

/** Passes packets by address between what is attached to it, in no time; other addresses go to the way out. */
export class NetworkSegment {
  readonly name: string;
  /** The NAT box that leads out of here, if any. */
  wayOut: Attachment | undefined;
  readonly #around: Surroundings;
  readonly #byAddress = new Map<string, Attachment>();
  readonly #partitions: Partition[];

  /** @param partitions those of the whole network. */
  constructor(name: string, around: Surroundings, partitions: Partition[]) {
    this.name = name;
    this.#around = around;
    this.#partitions = partitions;
  }

  /** Where packets to this address go; undefined if the address is free. */
  at(address: string): Attachment | undefined {
    return this.#byAddress.get(address);
  }

  attach(address: string, attachment: Attachment): void {
    this.#byAddress.set(address, attachment);
  }

  detach(address: string): void {
    this.#byAddress.delete(address);
  }

  /** Passes a packet on. */
  pass(packet: Packet, from: Attachment): void {
    const to = this.#byAddress.get(packet.destination.address) ?? this.wayOut;
    if (to === undefined || (to === this.wayOut && from === this.wayOut)) {
      this.#around.trace.dropped(this.name, packet, "no-route");
      return;
    }
    if (this.#partitions.length > 0) {
      const partition = this.#between(from.node, to.node);
      if (partition !== undefined) {
        this.#around.trace.fault(this.name, partition, packet);
        this.#around.trace.dropped(this.name, packet, "partition");
        return;
      }
    }
    to.down.take(packet);
  }

  #between(from: string, to: string): Partition | undefined {
    const { nowUs } = this.#around.simulation;
    return this.#partitions.find(
      ({ fromUs, toUs, nodes }) =>
        nowUs >= fromUs && nowUs < toUs && nodes.includes(from) !== nodes.includes(to),
    );
  }
}
