import { Simulation } from "../../../sim/engine/index.ts";
import type { EventHandler } from "../../../sim/engine/index.ts";
import type { NetworkNode, UdpOwner } from "../../../sim/network/network-node.ts";
import { SimNetwork } from "../../../sim/network/sim-network.ts";
import type { HostPlan, TopologyPlan } from "../../../sim/network/topology.ts";
import type { Endpoint } from "../../../runtime/core/index.ts";
import type { LoadRun, LoadSize } from "./contestant.ts";
import { Meter } from "./meter.ts";

/** Of ten nodes one is a hub and the others are its routers: ns-3 looks through all links of a hub for each datagram. */
const CELL_NODES = 10;
const HUB_PORT = 7000;
const ROUTER_PORT = 2000;
const PERIOD_US = 20_000_000;
const REPORT_BYTES = 64;
const ANSWER_BYTES = 32;
/** After the last report, so that each is answered. */
const QUIET_US = 1_000_000;

interface Totals {
  events: number;
  checksum: number;
  readonly untilUs: number;
}

function count(totals: Totals, state: number): void {
  totals.events += 1;
  totals.checksum = (totals.checksum + state) | 0;
}

function stateOf(bytes: Uint8Array): number {
  return (
    ((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
  );
}

function datagramOf(state: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes[0] = state >>> 24;
  bytes[1] = state >>> 16;
  bytes[2] = state >>> 8;
  bytes[3] = state;
  return bytes;
}

/** Reports every 20 s and hears the answer. */
class LoadRouter implements EventHandler<undefined>, UdpOwner {
  readonly label: string;
  readonly #node: NetworkNode;
  readonly #totals: Totals;
  readonly #hub: Endpoint;
  #state: number;

  constructor(node: NetworkNode, hub: Endpoint, index: number, totals: Totals) {
    this.label = `${node.name} report`;
    this.#node = node;
    this.#totals = totals;
    this.#hub = hub;
    this.#state = Math.imul(index, 2654435761);
    node.bindUdp(ROUTER_PORT, this);
    node.simulation.schedule(1 + ((index * 7_919_000) % PERIOD_US), this, undefined);
  }

  handle(): void {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    count(this.#totals, this.#state);
    this.#node.sendUdp(ROUTER_PORT, this.#hub, datagramOf(this.#state, REPORT_BYTES));
    const { simulation } = this.#node;
    if (simulation.nowUs + PERIOD_US > this.#totals.untilUs) return;
    simulation.schedule(PERIOD_US, this, undefined);
  }

  onDatagram(_from: Endpoint, bytes: Uint8Array): void {
    count(this.#totals, stateOf(bytes));
  }
}

/** Answers each report. */
class LoadHub implements UdpOwner {
  readonly #node: NetworkNode;
  readonly #totals: Totals;

  constructor(node: NetworkNode, totals: Totals) {
    this.#node = node;
    this.#totals = totals;
    node.bindUdp(HUB_PORT, this);
  }

  onDatagram(from: Endpoint, bytes: Uint8Array): void {
    const state = stateOf(bytes);
    count(this.#totals, state);
    this.#node.sendUdp(HUB_PORT, from, datagramOf(state, ANSWER_BYTES));
  }
}

/**
 * Routers that report to hubs and are answered, over UDP of the simulated network with its trace. An event is a report,
 * its arrival, or the arrival of its answer.
 */
export function runTelemetryLoad({ nodes, untilUs }: LoadSize): LoadRun {
  const meter = new Meter();
  const simulation = new Simulation({ seed: 1 });
  const network = new SimNetwork(simulation, { topology: topologyOf(nodes) });
  const totals: Totals = { events: 0, checksum: 0, untilUs };
  for (let index = 0; index < nodes; index += 1) {
    const node = network.node(nameOf(index));
    const hub = index - (index % CELL_NODES);
    if (index === hub) new LoadHub(node, totals);
    else new LoadRouter(node, { address: addressOf(hub), port: HUB_PORT }, index, totals);
  }
  meter.start();
  simulation.run({ untilUs: untilUs + QUIET_US });
  return { events: totals.events, checksum: totals.checksum >>> 0, ...meter.stop() };
}

function nameOf(index: number): string {
  return `node ${String(index)}`;
}

function addressOf(index: number): string {
  return `10.${String(index >> 16)}.${String((index >> 8) & 255)}.${String(index & 255)}`;
}

/** 1 Gbit/s and 125 µs each way to the middle, and nothing random. */
function topologyOf(nodes: number): TopologyPlan {
  const link = { preset: "lan", latencyUs: 125, jitterUs: 0 } as const;
  const hosts: HostPlan[] = [];
  for (let index = 0; index < nodes; index += 1) {
    hosts.push({ name: nameOf(index), segment: "internet", address: addressOf(index), link });
  }
  return { segments: [{ name: "internet" }], hosts, nats: [] };
}
