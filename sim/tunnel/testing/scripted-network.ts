import type { MainServerEvent } from "../../../runtime/roles/tunnel/main/main-events.ts";
import type { TunnelLimits } from "../../../generated/tunnel/limits.ts";
import { SimulatedWorld } from "../../world/simulated-world.ts";
import type { ProgramFactory, WorldProcess } from "../../world/world.ts";
import { mainProgram } from "../programs/main-program.ts";
import { nodeProgram } from "../programs/node-program.ts";
import { NodeActor } from "./scripted-node.ts";
import type { NodeScript } from "./scripted-node.ts";

const MAIN_PORT = 7600;

/** What a network of scripted nodes is made of. */
export interface ScriptedNetworkOptions {
  /** What each node answers, by host. */
  readonly nodes: Readonly<Record<string, NodeScript>>;
  /** Addresses that differ from 192.0.2.x, by host. */
  readonly addresses?: Readonly<Record<string, string>>;
  readonly limits?: Partial<TunnelLimits>;
  /** When the main server's disk does nothing. */
  readonly stall?: { readonly fromMs: number; readonly toMs: number };
}

/** A real main server and nodes that do what a test has them do. */
export class ScriptedNetwork {
  readonly world: SimulatedWorld;

  private constructor(world: SimulatedWorld) {
    this.world = world;
  }

  static async start(options: ScriptedNetworkOptions): Promise<ScriptedNetwork> {
    const { addresses = {}, limits = {}, nodes, stall } = options;
    const programs: Record<string, ProgramFactory> = { main: mainProgram, node: nodeProgram };
    for (const [host, script] of Object.entries(nodes)) {
      programs[host] = () => NodeActor.program(host, "main", script);
    }
    const hosts = ["main", ...Object.keys(nodes)].map((name, at) => ({
      name,
      segment: "internet",
      address: addresses[name] ?? `192.0.2.${String(at + 1)}`,
      link: { preset: "lan" as const },
    }));
    const topology = { segments: [{ name: "internet" }], hosts, nats: [] };
    const world = new SimulatedWorld({ seed: 1, topology, programs });
    const main = { identity: "main", limits, ...(stall !== undefined && { stall }) };
    await world.add({ host: "main", program: "main", options: main, tcpPort: MAIN_PORT });
    return new ScriptedNetwork(world);
  }

  /** What the main server has reported so far. */
  get events(): readonly MainServerEvent[] {
    return this.world.process("main").events as readonly MainServerEvent[];
  }

  /** What it reported of one kind. */
  eventsOf<Type extends MainServerEvent["type"]>(
    type: Type,
  ): readonly Extract<MainServerEvent, { readonly type: Type }>[] {
    return this.events.filter(
      (event): event is Extract<MainServerEvent, { readonly type: Type }> => event.type === type,
    );
  }

  /** Connects the node of a host. */
  connect(host: string): Promise<NodeActor> {
    return NodeActor.connect(this.world, host);
  }

  /** Starts a real node on a host, which goes by the host's name. */
  async run(host: string): Promise<WorldProcess> {
    const party = { identity: host, main: "main", user: host, operator: host };
    const options = { ...party, relays: false, frontPort: 7610 };
    return this.world.add({ host, program: "node", options });
  }

  /** Connects the node of a host and has it in, under the host's name. */
  async enter(host: string): Promise<NodeActor> {
    const node = await this.connect(host);
    await node.enter(host);
    return node;
  }
}
