import type { EventHandler, Simulation } from "../engine/index.ts";
import type { NatMapping } from "../nat/index.ts";
import { isPacketFault } from "./fault.ts";
import type { Fault, LinkDirection, TimedFault } from "./fault.ts";
import { Link } from "./link.ts";
import type { PacketTaker, Surroundings } from "./link.ts";
import { NatBox } from "./nat-box.ts";
import { NetworkNode } from "./network-node.ts";
import { NetworkTrace } from "./network-trace.ts";
import type { NetworkCounters } from "./network-trace.ts";
import { NetworkSegment } from "./segment.ts";
import type { Attachment, Partition } from "./segment.ts";
import { checkTopology, innerLinkOf, linkOf, outerLinkOf } from "./topology.ts";
import type { HostPlan, NamedLink, NatPlan, TopologyPlan } from "./topology.ts";

/** What befalls a host and not its network: `SimHost` takes these. */
export type HostFault = Extract<
  TimedFault,
  { readonly kind: "crash" } | { readonly kind: "clockRate" } | { readonly kind: "clockJump" }
>;

/** Takes the faults of a host. */
export interface HostFaultTaker {
  takeFault(fault: HostFault): void;
}

/** What a network is made of. */
export interface SimNetworkOptions {
  readonly topology: TopologyPlan;
  /** What is to go wrong. Faults that match nothing are ignored. Default nothing. */
  readonly faults?: readonly Fault[];
  /** From when on no packet has a fault, microseconds, an integer: the n-th packet may come late. Default never. */
  readonly healAtUs?: number;
}

/** A host's place. */
interface Placed {
  readonly node: NetworkNode;
  readonly segment: NetworkSegment;
  readonly attachment: Attachment;
}

/** A NAT box's place outside. */
interface PlacedNat {
  readonly box: NatBox;
  readonly outer: NetworkSegment;
  readonly attachment: Attachment;
}

/** A whole network in one simulation: segments, links, NAT boxes, hosts, and what goes wrong. */
export class SimNetwork {
  readonly simulation: Simulation;
  readonly #around: Surroundings;
  readonly #segments = new Map<string, NetworkSegment>();
  readonly #hosts = new Map<string, Placed>();
  readonly #nats = new Map<string, PlacedNat>();
  readonly #links = new Map<string, Readonly<Record<LinkDirection, Link>>>();
  readonly #partitions: Partition[] = [];
  readonly #hostFaults = new Map<string, HostFaultTaker>();
  readonly #timed: EventHandler<TimedFault>;
  #numbers = 0;

  /** @throws {RangeError} if the topology makes no sense, or a time is past or no integer. */
  constructor(simulation: Simulation, { topology, faults = [], healAtUs }: SimNetworkOptions) {
    checkTopology(topology);
    this.simulation = simulation;
    this.#around = { simulation, trace: new NetworkTrace(simulation) };
    this.#timed = {
      label: "fault",
      handle: (fault: TimedFault) => {
        this.#apply(fault);
      },
    };
    for (const { name } of topology.segments) {
      this.#segments.set(name, new NetworkSegment(name, this.#around, this.#partitions));
    }
    for (const nat of topology.nats) this.#addNat(nat);
    for (const host of topology.hosts) this.#addHost(host);
    for (const fault of faults) this.#plan(fault);
    if (healAtUs !== undefined) simulation.scheduleAt(healAtUs, this.#healing, undefined);
  }

  /** What happened to packets so far. */
  get counters(): NetworkCounters {
    return this.#around.trace.counters;
  }

  hasHost(name: string): boolean {
    return this.#hosts.has(name);
  }

  /** The network's side of a host. @throws {RangeError} if there is no such host. */
  node(host: string): NetworkNode {
    const placed = this.#hosts.get(host);
    if (placed === undefined) throw new RangeError(`there is no host ${host}`);
    return placed.node;
  }

  /** What a NAT box has in its table. @throws {RangeError} if there is no such box. */
  mappings(nat: string): readonly NatMapping[] {
    const placed = this.#nats.get(nat);
    if (placed === undefined) throw new RangeError(`there is no NAT box ${nat}`);
    return placed.box.nat.mappings(this.simulation.nowUs / 1000);
  }

  /** Names who takes the faults of a host, which are nothing without. */
  onHostFault(host: string, taker: HostFaultTaker): void {
    this.#hostFaults.set(host, taker);
  }

  #segment(name: string): NetworkSegment {
    return this.#segments.get(name) as NetworkSegment;
  }

  #addHost(plan: HostPlan): void {
    const segment = this.#segment(plan.segment);
    const link = linkOf(plan);
    const [up, attachment] = this.#attach(plan.name, link, {
      segment,
      take: (packet) => {
        node.take(packet);
      },
    });
    const node: NetworkNode = new NetworkNode(this.#around, {
      name: plan.name,
      address: plan.address,
      mtuBytes: link.parameters.mtuBytes,
      up,
      nextNumber: this.#nextNumber,
    });
    segment.attach(plan.address, attachment);
    this.#hosts.set(plan.name, { node, segment, attachment });
  }

  #addNat(plan: NatPlan): void {
    const outer = this.#segment(plan.outer);
    const inner = this.#segment(plan.inner);
    const [toInner, inside] = this.#attach(plan.name, innerLinkOf(plan), {
      segment: inner,
      take: (packet) => {
        box.take(packet, "inside");
      },
    });
    const [toOuter, attachment] = this.#attach(plan.name, outerLinkOf(plan), {
      segment: outer,
      take: (packet) => {
        box.take(packet, "outside");
      },
    });
    const box: NatBox = new NatBox(this.#around, {
      plan,
      inner: toInner,
      outer: toOuter,
      nextNumber: this.#nextNumber,
    });
    inner.wayOut = inside;
    for (const address of plan.externalAddresses) outer.attach(address, attachment);
    this.#nats.set(plan.name, { box, outer, attachment });
  }

  #attach(
    node: string,
    { name, parameters }: NamedLink,
    ends: PacketTaker & { readonly segment: NetworkSegment },
  ): [Link, Attachment] {
    const down = new Link(this.#around, { name, direction: "down", parameters, taker: ends });
    const attachment: Attachment = { node, down };
    const taker: PacketTaker = {
      take: (packet) => {
        ends.segment.pass(packet, attachment);
      },
    };
    const up = new Link(this.#around, { name, direction: "up", parameters, taker });
    this.#links.set(name, { up, down });
    return [up, attachment];
  }

  readonly #nextNumber = (): number => {
    this.#numbers += 1;
    return this.#numbers;
  };

  readonly #healing: EventHandler<undefined> = {
    label: "heal",
    handle: () => {
      for (const { up, down } of this.#links.values()) {
        up.heal();
        down.heal();
      }
    },
  };

  #plan(fault: Fault): void {
    if (isPacketFault(fault)) {
      this.#links.get(fault.link)?.[fault.direction].addFault(fault);
      return;
    }
    switch (fault.kind) {
      case "linkDown": {
        const link = this.#links.get(fault.link);
        link?.up.addDown(fault);
        link?.down.addDown(fault);
        return;
      }
      case "partition":
        this.#partitions.push(fault);
        return;
      case "addressChange":
        if (this.#hosts.has(fault.node) || this.#nats.has(fault.node)) this.#schedule(fault);
        return;
      case "natReboot":
        if (this.#nats.has(fault.nat)) this.#schedule(fault);
        return;
      case "crash":
      case "clockRate":
      case "clockJump":
        if (this.#hosts.has(fault.host)) this.#schedule(fault);
        return;
    }
  }

  #schedule(fault: Exclude<TimedFault, { readonly fromUs: number }>): void {
    this.simulation.scheduleAt<TimedFault>(fault.atUs, this.#timed, fault);
  }

  #apply(fault: TimedFault): void {
    const { trace } = this.#around;
    switch (fault.kind) {
      case "addressChange":
        this.#changeAddress(fault);
        return;
      case "natReboot":
        trace.fault(fault.nat, fault);
        this.#nats.get(fault.nat)?.box.reboot();
        return;
      case "crash":
      case "clockRate":
      case "clockJump":
        trace.fault(fault.host, fault);
        this.#hostFaults.get(fault.host)?.takeFault(fault);
        return;
      case "linkDown":
      case "partition":
        return;
    }
  }

  #changeAddress(fault: Extract<TimedFault, { readonly kind: "addressChange" }>): void {
    const { node, address } = fault;
    const host = this.#hosts.get(node);
    const nat = this.#nats.get(node);
    const segment = host?.segment ?? nat?.outer;
    const attachment = host?.attachment ?? nat?.attachment;
    if (segment === undefined || attachment === undefined) return;
    if (segment.at(address) !== undefined) return;
    this.#around.trace.fault(node, fault);
    const addresses = host === undefined ? nat?.box.nat.externalAddresses : [host.node.address];
    for (const old of addresses ?? []) segment.detach(old);
    segment.attach(address, attachment);
    host?.node.changeAddress(address);
    nat?.box.changeAddresses([address]);
  }
}
