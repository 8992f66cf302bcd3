import type { Endpoint, Role } from "../../runtime/core/index.ts";
import { Simulation } from "../../sim/engine/index.ts";
import { SimHost } from "../../sim/host/sim-host.ts";
import type { Fault } from "../../sim/network/fault.ts";
import { SimNetwork } from "../../sim/network/sim-network.ts";
import type { TopologyPlan } from "../../sim/network/topology.ts";
import type { PartyHost, PartyNetwork } from "./party.ts";

/** A host of the simulated network with one role of a party. */
class SimulatedHost implements PartyHost {
  readonly endpoint: Endpoint;
  readonly #network: SimNetwork;
  readonly #name: string;
  #running: SimHost<unknown, unknown> | undefined;

  constructor(network: SimNetwork, name: string, port: number) {
    this.#network = network;
    this.#name = name;
    this.endpoint = { address: network.node(name).address, port };
  }

  get streams(): number {
    return this.#running?.streams ?? 0;
  }

  get timers(): readonly string[] {
    return this.#running?.timers ?? [];
  }

  run<Command, Event>(role: Role<Command, Event>, onEvent: (event: Event) => void): void {
    const { port } = this.endpoint;
    this.#running = new SimHost<unknown, unknown>({
      network: this.#network,
      name: this.#name,
      createRole: () => role,
      onEvent: onEvent as (event: unknown) => void,
      udpPort: port,
      tcpPort: port,
    });
    this.#running.start();
  }

  command(command: unknown): void {
    this.#running?.command(command);
  }

  sendDatagram(to: Endpoint, bytes: Uint8Array): void {
    this.#network.node(this.#name).sendUdp(this.endpoint.port, to, bytes.slice());
  }

  receive(from: Endpoint, bytes: Uint8Array): void {
    this.#network.node(this.#name).injectUdp(this.endpoint.port, from, bytes.slice());
  }

  crash(): void {
    this.#running?.crash("process");
  }
}

/** What a simulated network of parties is made with. */
export interface SimulatedNetworkOptions {
  readonly seed: number;
  readonly topology: TopologyPlan;
  readonly faults?: readonly Fault[];
  /** The host of the topology that a party means by an address and a port. */
  readonly hostOf: (address: string, port: number) => string;
}

/** The simulator's network as parties know a network. */
export class SimulatedNetwork implements PartyNetwork {
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly #hostOf: SimulatedNetworkOptions["hostOf"];

  constructor({ seed, hostOf, ...network }: SimulatedNetworkOptions) {
    this.simulation = new Simulation({ seed });
    this.network = new SimNetwork(this.simulation, network);
    this.#hostOf = hostOf;
  }

  get nowMs(): number {
    return this.simulation.nowUs / 1000;
  }

  host(address: string, port: number): PartyHost {
    return new SimulatedHost(this.network, this.#hostOf(address, port), port);
  }

  remove(host: PartyHost): void {
    if (host instanceof SimulatedHost) host.crash();
  }

  runUntil(condition: () => boolean, withinMs: number): boolean {
    if (condition()) return true;
    this.simulation.run({ forUs: Math.ceil(withinMs * 1000), stopWhen: condition });
    return condition();
  }
}
