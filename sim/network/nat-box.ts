import type { EventHandler, EventId } from "../engine/index.ts";
import { createNat, natProfile } from "../nat/index.ts";
import type { Nat, NatAnswer, NatMapping, NatVerdict } from "../nat/index.ts";
import type { PacketTaker, Surroundings } from "./link.ts";
import { icmpPacket, resetFor } from "./packet.ts";
import type { Packet } from "./packet.ts";
import type { NatPlan } from "./topology.ts";

/** How late the end of a mapping may be recorded that was made since the table was looked at last. */
const LOOK_AFTER_US = 10_000_000;
/** Tables may be large, so they are not looked at more often. */
const LOOK_AGAIN_US = 5_000_000;

/** Which side of the box a packet came from. */
export type NatSide = "inside" | "outside";

/** An answer that waits. */
interface DelayedAnswer {
  readonly packet: Packet;
  readonly answer: NatAnswer;
  readonly side: NatSide;
}

/** What a NAT box is made with. */
export interface NatBoxOptions {
  readonly plan: NatPlan;
  /** Towards the inner and the outer segment. */
  readonly inner: PacketTaker;
  readonly outer: PacketTaker;
  /** Numbers what the box itself sends. */
  readonly nextNumber: () => number;
}

/** A NAT between two links. It looks at its table now and then so that the trace tells of mappings that came to an end. */
export class NatBox {
  readonly name: string;
  readonly nat: Nat;
  readonly #around: Surroundings;
  readonly #options: NatBoxOptions;
  readonly #known = new Map<string, NatMapping>();
  readonly #answer: EventHandler<DelayedAnswer>;
  readonly #look: EventHandler<undefined>;
  #nextLookUs = Infinity;
  #nextLook: EventId | undefined;

  /** @throws {RangeError} if there is no such profile. */
  constructor(around: Surroundings, options: NatBoxOptions) {
    const { name, profile, externalAddresses } = options.plan;
    this.name = name;
    this.#around = around;
    this.#options = options;
    const random = around.simulation.random(`nat ${name}`);
    this.nat = createNat(natProfile(profile), { externalAddresses, random });
    this.#answer = {
      label: `${name} answer`,
      handle: (delayed: DelayedAnswer) => {
        if (this.nat.isAnswerDue(delayed.packet, this.#nowMs)) this.#send(delayed);
      },
    };
    this.#look = {
      label: `${name} mappings`,
      handle: () => {
        this.#nextLookUs = Infinity;
        this.#nextLook = undefined;
        this.#expire();
      },
    };
  }

  /** A packet arrives. */
  take(packet: Packet, side: NatSide): void {
    if (packet.icmp !== undefined) {
      this.#takeError(packet, side);
      return;
    }
    const isInside = side === "inside";
    const verdict: NatVerdict<Packet> = isInside
      ? this.nat.fromInside(packet, this.#nowMs)
      : this.nat.fromOutside(packet, this.#nowMs);
    switch (verdict.kind) {
      case "forwarded":
        if (isInside) this.#note(packet, verdict.packet);
        this.#around.trace.crossed(this.name, verdict.packet, isInside ? "outer" : "inner");
        (isInside ? this.#options.outer : this.#options.inner).take(verdict.packet);
        return;
      case "hairpinned":
        this.#around.trace.crossed(this.name, verdict.packet, "inner");
        this.#options.inner.take(verdict.packet);
        return;
      case "local":
        this.#around.trace.dropped(this.name, packet, "nat local");
        break;
      case "dropped":
        this.#around.trace.dropped(this.name, packet, `nat ${verdict.reason}`);
        break;
    }
    const { answer } = verdict;
    if (answer === undefined) return;
    const delayed: DelayedAnswer = { packet, answer, side };
    if (answer.afterMs === 0) this.#send(delayed);
    else this.#around.simulation.schedule(answer.afterMs * 1000, this.#answer, delayed);
  }

  /** Forgets all mappings. */
  reboot(): void {
    this.nat.reset();
    this.#expire();
  }

  /** Has other external addresses from now on, and forgets all mappings. */
  changeAddresses(addresses: readonly string[]): void {
    this.nat.changeExternalAddresses(addresses);
    this.#expire();
  }

  get #nowMs(): number {
    return this.#around.simulation.nowUs / 1000;
  }

  #takeError(packet: Packet, side: NatSide): void {
    if (packet.icmp === undefined) return;
    const isInside = side === "inside";
    const error = isInside
      ? this.nat.errorFromInside(packet.icmp, this.#nowMs)
      : this.nat.errorFromOutside(packet.icmp, this.#nowMs);
    if (error === undefined) {
      this.#around.trace.dropped(this.name, packet, "nat no-mapping");
      return;
    }
    const link = isInside ? this.#options.outer : this.#options.inner;
    const passed = icmpPacket(error, packet.number);
    this.#around.trace.crossed(this.name, passed, isInside ? "outer" : "inner");
    link.take(passed);
  }

  #send({ packet, answer, side }: DelayedAnswer): void {
    const number = this.#options.nextNumber();
    const { destination, source } = packet;
    const link = side === "inside" ? this.#options.inner : this.#options.outer;
    const sent =
      answer.kind === "tcp-rst"
        ? resetFor(packet, number)
        : icmpPacket(
            {
              kind: answer.kind,
              reporter: destination.address,
              destination: source.address,
              about: packet,
            },
            number,
          );
    if (sent === undefined) return;
    this.#around.trace.sent(this.name, sent);
    link.take(sent);
  }

  /** Records a mapping that a packet from inside made. */
  #note({ protocol, source: internal }: Packet, { source: external }: Packet): void {
    const mapping: NatMapping = { protocol, internal, external, expiresMs: Infinity };
    const key = keyOf(mapping);
    if (this.#known.has(key)) return;
    this.#known.set(key, mapping);
    this.#around.trace.mapping(this.name, "nat-mapping-made", mapping);
    this.#lookAfter(LOOK_AFTER_US);
  }

  #expire(): void {
    const live = new Set<string>();
    let nextMs = Infinity;
    for (const mapping of this.nat.mappings(this.#nowMs)) {
      live.add(keyOf(mapping));
      nextMs = Math.min(nextMs, mapping.expiresMs);
    }
    for (const [key, mapping] of this.#known) {
      if (live.has(key)) continue;
      this.#known.delete(key);
      this.#around.trace.mapping(this.name, "nat-mapping-expired", mapping);
    }
    if (nextMs === Infinity) return;
    const afterUs = Math.ceil(nextMs * 1000) - this.#around.simulation.nowUs;
    this.#lookAfter(Math.max(afterUs, LOOK_AGAIN_US));
  }

  #lookAfter(delayUs: number): void {
    const { simulation } = this.#around;
    const atUs = simulation.nowUs + delayUs;
    if (this.#nextLookUs <= atUs) return;
    if (this.#nextLook !== undefined) simulation.cancel(this.#nextLook);
    this.#nextLookUs = atUs;
    this.#nextLook = simulation.schedule(delayUs, this.#look, undefined);
  }
}

function keyOf({ protocol, internal, external }: NatMapping): string {
  return `${protocol} ${internal.address} ${String(internal.port)} ${external.address} ${String(external.port)}`;
}
