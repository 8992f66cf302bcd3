import type { TopologyPlan } from "../../network/topology.ts";
import type { PacketHistory } from "../packet-history.ts";
import type { TraceLine } from "../trace-lines.ts";
import type { Lifeline } from "./diagram-data.ts";

/** The vertical lines of a diagram, and which of them a place or an address belongs to. */
export class Lifelines {
  readonly list: readonly Lifeline[];
  readonly #indices: ReadonlyMap<string, number>;
  readonly #addresses = new Map<string, number>();

  /** @param topology orders the lines and tells addresses; without it they stand as they first appear. */
  constructor(
    trace: readonly TraceLine[],
    packets: readonly PacketHistory[],
    topology?: TopologyPlan,
  ) {
    const { hosts, nats } = placesOf(trace, packets);
    const names = topology === undefined ? [...hosts, ...nats] : orderOf(topology);
    const downs = downsOf(trace);
    this.list = names.map((name) => ({
      name,
      kind: nats.has(name) || isNat(name, topology) ? "nat" : "host",
      about: aboutOf(name, topology),
      downs: downs.get(name) ?? [],
    }));
    this.#indices = new Map(names.map((name, index) => [name, index]));
    for (const { sent, crossings, arrivals } of packets) {
      this.#know(sent.addresses.from, sent.at);
      for (const { at, side, addresses } of crossings) {
        if (side === "outer") this.#know(addresses.from, at);
      }
      for (const { at, addresses } of arrivals) this.#know(addresses.to, at);
    }
  }

  /** The line of a host or NAT box. */
  indexOf(name: string): number | undefined {
    return this.#indices.get(name);
  }

  /** The line that a link, or a place named after a host or box, belongs to: `router box outer up` is `router box`. */
  indexOfPlace(place: string): number | undefined {
    for (let name = place; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf(" ")))) {
      const index = this.#indices.get(name);
      if (index !== undefined) return index;
    }
    return undefined;
  }

  /** The line that had this address, the last one if several had. */
  indexOfAddress(address: string): number | undefined {
    return this.#addresses.get(address);
  }

  #know(address: string, place: string): void {
    const index = this.#indices.get(place);
    if (index !== undefined) this.#addresses.set(address, index);
  }
}

function placesOf(
  trace: readonly TraceLine[],
  packets: readonly PacketHistory[],
): { readonly hosts: ReadonlySet<string>; readonly nats: ReadonlySet<string> } {
  const nats = new Set<string>();
  const hosts = new Set<string>();
  for (const { kind, host } of trace) {
    if (kind.startsWith("nat-mapping-") || kind.endsWith("-crossed")) nats.add(host);
    if (kind === "host" || kind === "transition") hosts.add(host);
  }
  for (const { sent, arrivals } of packets) {
    for (const { at } of [sent, ...arrivals]) if (!nats.has(at)) hosts.add(at);
  }
  return { hosts, nats };
}

/**
 * What is on the Internet stands in the middle, homes to its left and right in turn, each with its hosts outside and its boxes
 * towards the middle: most arrows are then short.
 */
function orderOf({ segments, hosts, nats }: TopologyPlan): readonly string[] {
  const inner = new Set(nats.map((nat) => nat.inner));
  const [middle, left, right]: string[][] = [[], [], []];
  const placed = new Set<string>();
  const boxesUp = (segment: string): readonly string[] => {
    const box = nats.find((nat) => nat.inner === segment && !placed.has(nat.name));
    if (box === undefined) return [];
    placed.add(box.name);
    return [box.name, ...boxesUp(box.outer)];
  };
  let isLeft = true;
  for (const { name: segment } of segments) {
    const here = hosts.filter((host) => host.segment === segment).map(({ name }) => name);
    if (!inner.has(segment)) {
      middle?.push(...here);
    } else if (here.length > 0) {
      const home = [...here, ...boxesUp(segment)];
      if (isLeft) left?.push(...home);
      else right?.unshift(...home.reverse());
      isLeft = !isLeft;
    }
  }
  const rest = nats.map(({ name }) => name).filter((name) => !placed.has(name));
  return [...(left ?? []), ...(middle ?? []), ...rest, ...(right ?? [])];
}

function isNat(name: string, topology: TopologyPlan | undefined): boolean {
  return topology?.nats.some((nat) => nat.name === name) ?? false;
}

function aboutOf(name: string, topology: TopologyPlan | undefined): string {
  const host = topology?.hosts.find((each) => each.name === name);
  if (host !== undefined) return host.address;
  return topology?.nats.find((each) => each.name === name)?.profile ?? "";
}

/** When hosts were down: between a crash and the next start. */
function downsOf(trace: readonly TraceLine[]): ReadonlyMap<string, [number, number?][]> {
  const downs = new Map<string, [number, number?][]>();
  for (const { kind, host, timeUs, fields } of trace) {
    if (kind !== "host") continue;
    const list = downs.get(host) ?? [];
    const open = list.at(-1);
    if (fields["text"] === "started") {
      if (open?.length === 1) open.push(timeUs);
    } else if (open?.length !== 1) {
      list.push([timeUs]);
    }
    downs.set(host, list);
  }
  return downs;
}
