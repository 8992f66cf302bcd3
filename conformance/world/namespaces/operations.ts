import type { Endpoint } from "../../../runtime/core/index.ts";
import type { NatPacket, NatRandom, TcpFlags } from "../../../sim/nat/index.ts";
import { LAB_ADDRESSES, type LabSide } from "./nat-lab.ts";

/** A packet to let arrive at a NAT. */
export interface Operation {
  readonly side: LabSide;
  readonly packet: NatPacket;
}

/** Few enough that the same endpoints meet again and again, and of each class that Linux keeps apart. */
const PORTS_INSIDE = [5000, 5001, 5002, 700, 300];
const PORTS_OUTSIDE = [7000, 7001, 443];

/** The segments of a connection, the usual ones more often. */
const SEGMENTS: readonly TcpFlags[] = [
  { syn: true },
  { syn: true },
  { syn: true },
  { syn: true, ack: true },
  { syn: true, ack: true },
  { ack: true },
  { ack: true },
  { ack: true },
  { fin: true, ack: true },
  { fin: true, ack: true },
  { rst: true, ack: true },
];

/** How many flows that a NAT was seen to translate are remembered to be continued. */
const FLOWS_MAX = 24;

/** An inside packet and how it looked outside. */
interface Flow {
  readonly inner: NatPacket;
  readonly outer: NatPacket;
}

/**
 * Random packets at both sides of a NAT. Half of them continue what the NAT was seen to translate, as connections would;
 * the others hit and miss.
 */
export class Operations {
  readonly #random: NatRandom;
  readonly #protocols: readonly NatPacket["protocol"][];
  readonly #flows: Flow[] = [];

  constructor(random: NatRandom, protocols: readonly NatPacket["protocol"][]) {
    this.#random = random;
    this.#protocols = protocols;
  }

  next(): Operation {
    const flow = this.#random.below(2) === 0 ? this.#pick(this.#flows) : undefined;
    if (flow !== undefined) return this.#continue(flow);
    const protocol = this.#pick(this.#protocols) ?? "udp";
    const inside = this.#endpoint(LAB_ADDRESSES.inside, PORTS_INSIDE);
    const outside = this.#endpoint(LAB_ADDRESSES.outside, PORTS_OUTSIDE);
    const outer = { address: LAB_ADDRESSES.external, port: inside.port };
    switch (this.#random.below(8)) {
      case 0:
        return this.#operation("lan", protocol, inside, outer);
      case 1:
      case 2:
      case 3:
        return this.#operation("wan", protocol, outside, outer);
      default:
        return this.#operation("lan", protocol, inside, outside);
    }
  }

  /** Notes how the NAT translated a packet from inside. */
  learn(inner: NatPacket, outer: NatPacket): void {
    this.#flows.push({ inner, outer });
    if (this.#flows.length > FLOWS_MAX) this.#flows.shift();
  }

  #continue({ inner, outer }: Flow): Operation {
    const { protocol } = inner;
    switch (this.#random.below(5)) {
      case 0:
      case 1:
        return this.#operation("lan", protocol, inner.source, inner.destination);
      case 2:
      case 3:
        return this.#operation("wan", protocol, outer.destination, outer.source);
      default: {
        const stranger = this.#endpoint(LAB_ADDRESSES.outside, PORTS_OUTSIDE);
        return this.#operation("wan", protocol, stranger, outer.source);
      }
    }
  }

  #operation(
    side: LabSide,
    protocol: NatPacket["protocol"],
    source: Endpoint,
    destination: Endpoint,
  ): Operation {
    const ends = { source, destination };
    if (protocol === "udp") return { side, packet: { protocol, ...ends } };
    return { side, packet: { protocol, ...ends, flags: this.#pick(SEGMENTS) ?? { ack: true } } };
  }

  #endpoint(addresses: readonly string[], ports: readonly number[]): Endpoint {
    return { address: this.#pick(addresses) ?? "", port: this.#pick(ports) ?? 0 };
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#random.below(Math.max(items.length, 1))];
  }
}
