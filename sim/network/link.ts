import type { EventHandler, RandomStream, Simulation } from "../engine/index.ts";
import type { LinkDirection, PacketFault, TimedFault } from "./fault.ts";
import type { LinkParameters } from "./link-presets.ts";
import type { NetworkTrace } from "./network-trace.ts";
import { headerBytes } from "./packet.ts";
import type { Packet } from "./packet.ts";

/** Takes what a link delivers. */
export interface PacketTaker {
  take(packet: Packet): void;
}

/** What the parts of a network share. */
export interface Surroundings {
  readonly simulation: Simulation;
  readonly trace: NetworkTrace;
}

/** A period in which nothing enters a link. */
export type LinkDown = Extract<TimedFault, { readonly kind: "linkDown" }>;

/** Jitter beyond so many of its means is cut off: queues in the real world are finite too. */
const JITTER_MEANS_MAX = 8;
const MICROSECONDS = 1_000_000;

/** What a direction of a link is made with. */
export interface LinkOptions {
  readonly name: string;
  readonly direction: LinkDirection;
  readonly parameters: LinkParameters;
  readonly taker: PacketTaker;
}

/**
 * One direction of a link: a queue that drains at the link's rate, then latency and jitter. Packets arrive in
 * the order in which they were sent, unless a fault delays one. A packet that waits costs one event and no
 * memory but its own.
 */
export class Link implements EventHandler<Packet>, PacketTaker {
  readonly label: string;
  readonly parameters: LinkParameters;
  readonly #around: Surroundings;
  readonly #taker: PacketTaker;
  readonly #microsecondsPerByte: number;
  /** Made when it is first drawn from, and the lists when there is something in them: most links never need them. */
  #jitter: RandomStream | undefined;
  #faults: Map<number, PacketFault[]> | undefined;
  #downs: LinkDown[] | undefined;
  #packets = 0;
  /** When what was sent so far has left. */
  #freeUs = 0;
  #lastArrivalUs = 0;

  constructor(around: Surroundings, { name, direction, parameters, taker }: LinkOptions) {
    this.label = `${name} ${direction}`;
    this.parameters = parameters;
    this.#around = around;
    this.#taker = taker;
    const isUp = direction === "up";
    const rate = isUp ? parameters.upBitsPerSecond : parameters.downBitsPerSecond;
    this.#microsecondsPerByte = (8 * MICROSECONDS) / rate;
  }

  /** Adds a fault of one packet of this direction. */
  addFault(fault: PacketFault): void {
    this.#faults ??= new Map();
    const known = this.#faults.get(fault.packet);
    if (known === undefined) this.#faults.set(fault.packet, [fault]);
    else known.push(fault);
  }

  addDown(down: LinkDown): void {
    this.#downs ??= [];
    this.#downs.push(down);
  }

  /** From now on no packet has a fault. */
  heal(): void {
    this.#faults = undefined;
  }

  /** A packet enters the link. */
  take(packet: Packet): void {
    this.#packets += 1;
    const jitterUs = this.parameters.jitterUs > 0 ? this.#drawJitterUs() : 0;
    const down = this.#downs === undefined ? undefined : this.#downNow(this.#downs);
    if (down !== undefined) {
      this.#around.trace.fault(this.label, down, packet);
      this.#around.trace.dropped(this.label, packet, "link-down");
      return;
    }
    const clamped = packet.flags?.syn === true ? this.#clamped(packet) : packet;
    const faults = this.#faults?.get(this.#packets);
    if (faults === undefined) this.#transmit(clamped, jitterUs);
    else this.#applyFaults(clamped, jitterUs, faults);
  }

  /** A packet leaves the link. */
  handle(packet: Packet): void {
    this.#taker.take(packet);
  }

  #transmit(packet: Packet, jitterUs: number, delayUs = 0): void {
    const { simulation, trace } = this.#around;
    const { queueBytes, mtuBytes, latencyUs } = this.parameters;
    const { sizeBytes } = packet;
    if (sizeBytes > mtuBytes) {
      trace.dropped(this.label, packet, "too-big");
      return;
    }
    const { nowUs } = simulation;
    const startUs = this.#freeUs > nowUs ? this.#freeUs : nowUs;
    // What waits is what the link has yet to send, except for the packet that it is sending.
    if ((startUs - nowUs) / this.#microsecondsPerByte > queueBytes) {
      trace.dropped(this.label, packet, "queue-full");
      return;
    }
    this.#freeUs = startUs + sizeBytes * this.#microsecondsPerByte;
    const arrivalUs = Math.ceil(this.#freeUs) + latencyUs + jitterUs;
    if (delayUs > 0) {
      simulation.scheduleAt(arrivalUs + delayUs, this, packet);
      return;
    }
    if (arrivalUs > this.#lastArrivalUs) this.#lastArrivalUs = arrivalUs;
    simulation.scheduleAt(this.#lastArrivalUs, this, packet);
  }

  #applyFaults(packet: Packet, jitterUs: number, faults: readonly PacketFault[]): void {
    const { trace } = this.#around;
    let passing = packet;
    let delayUs = 0;
    const copiesUs: number[] = [];
    let isLost = false;
    for (const fault of faults) {
      trace.fault(this.label, fault, packet);
      switch (fault.kind) {
        case "drop":
          isLost = true;
          break;
        case "duplicate":
          copiesUs.push(fault.afterUs);
          break;
        case "delay":
          delayUs += fault.byUs;
          break;
        case "corrupt":
          passing = corrupted(passing, fault.byte, fault.mask);
          break;
      }
    }
    if (isLost) {
      trace.dropped(this.label, packet, "fault");
      return;
    }
    this.#transmit(passing, jitterUs, delayUs);
    for (const afterUs of copiesUs) this.#transmit(passing, jitterUs, delayUs + afterUs);
  }

  #clamped(packet: Packet): Packet {
    const { segment } = packet;
    if (segment === undefined) return packet;
    const { mtuBytes } = this.parameters;
    const fittingBytes = mtuBytes - headerBytes("tcp", packet.destination.address);
    if (segment.segmentBytesMax <= fittingBytes) return packet;
    return { ...packet, segment: { ...segment, segmentBytesMax: fittingBytes } };
  }

  /** The n-th packet has the n-th draw, whatever befalls the others. */
  #drawJitterUs(): number {
    const { jitterUs } = this.parameters;
    this.#jitter ??= this.#around.simulation.random(`link ${this.label} jitter`);
    return Math.round(Math.min(this.#jitter.exponential(jitterUs), JITTER_MEANS_MAX * jitterUs));
  }

  #downNow(downs: readonly LinkDown[]): LinkDown | undefined {
    const { nowUs } = this.#around.simulation;
    return downs.find(({ fromUs, toUs }) => nowUs >= fromUs && nowUs < toUs);
  }
}

function corrupted(packet: Packet, byte: number, mask: number): Packet {
  const { payload, protocol } = packet;
  if (protocol === "tcp") return { ...packet, isDamaged: true };
  if (payload.length === 0) return packet;
  const changed = payload.slice();
  const at = byte % changed.length;
  changed[at] = (changed[at] ?? 0) ^ mask;
  return { ...packet, payload: changed, isChanged: true };
}
