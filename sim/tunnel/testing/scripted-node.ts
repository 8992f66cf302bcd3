import { CertificateVerifier } from "../../../runtime/core/index.ts";
import type { Effect, Endpoint, Input, Role, RpcMethodTable } from "../../../runtime/core/index.ts";
import { Channel } from "../../../runtime/roles/channel/channel.ts";
import type { ChannelOwner } from "../../../runtime/roles/channel/channel.ts";
import { Kernel } from "../../../runtime/roles/kernel/kernel.ts";
import { Scratch } from "../../../runtime/roles/kernel/scratch.ts";
import type { NodeCalls } from "../../../runtime/roles/tunnel/main/main-session.ts";
import type { MainCalls } from "../../../runtime/roles/tunnel/node/node-session.ts";
import { RpcLink } from "../../../runtime/roles/channel/rpc-link.ts";
import type { LinkHandlers, LinkOutcome } from "../../../runtime/roles/channel/rpc-link.ts";
import { encodeRpc } from "../../../generated/system/messages/channel.ts";
import { PartyRole } from "../../../generated/system/types.ts";
import { MAIN_SERVER_METHODS } from "../../../generated/tunnel/rpc/main-server.ts";
import type { DescribeNodeParams } from "../../../generated/tunnel/rpc/main-server.ts";
import { TUBE_END_METHODS } from "../../../generated/tunnel/rpc/tube-end.ts";
import { TUBE_USER_METHODS } from "../../../generated/tunnel/rpc/tube-user.ts";
import { TUNNEL_NODE_METHODS } from "../../../generated/tunnel/rpc/tunnel-node.ts";
import type { SimulatedProcess } from "../../world/simulated-process.ts";
import type { SimulatedWorld } from "../../world/simulated-world.ts";
import type { Program } from "../../world/world.ts";
import { tunnelEnvironment } from "../programs/tunnel-party.ts";
import type { TunnelPartyEnvironment } from "../programs/tunnel-party.ts";

type Method = Extract<keyof MainCalls, string>;

/** What a test has a scripted node do. */
type ScriptedCommand = (link: RpcLink<NodeCalls, MainCalls>) => void;

/** What a scripted node answers to its main server. What is not given is never answered. */
export type NodeScript = Partial<LinkHandlers<NodeCalls>>;

const NO_HINT = new Uint8Array(0);

/** A node that says to its main server what a test has it say, and nothing else. */
class ScriptedNode implements Role<ScriptedCommand, never>, ChannelOwner {
  readonly #kernel: Kernel<never>;
  readonly #link: RpcLink<NodeCalls, MainCalls>;
  isConnected = false;

  constructor(party: TunnelPartyEnvironment, main: Endpoint, script: NodeScript) {
    this.#kernel = new Kernel<never>(party);
    const { identity, systemLimits, validators } = party;
    const verifier = new CertificateVerifier(party.crypto);
    const around = { kernel: this.#kernel, scratch: new Scratch(), identity, verifier };
    const hello = { from: PartyRole.node, to: PartyRole.mainServer, ticketHint: NO_HINT };
    const channel = Channel.dial(
      { ...around, systemLimits },
      { owner: this, responder: PartyRole.mainServer, hello },
      main,
    );
    const ours: RpcMethodTable<Extract<keyof NodeCalls, string>> = {
      ...TUNNEL_NODE_METHODS,
      ...TUBE_END_METHODS,
    };
    const silent = Object.fromEntries(Object.keys(ours).map((name) => [name, () => undefined]));
    this.#link = new RpcLink<NodeCalls, MainCalls>({
      clock: this.#kernel,
      scope: "link",
      ours,
      theirs: { ...MAIN_SERVER_METHODS, ...TUBE_USER_METHODS },
      handlers: { ...(silent as unknown as LinkHandlers<NodeCalls>), ...script },
      validators,
      callsMax: systemLimits.rpcCallsMax,
      send: (json) => {
        channel.send((bytes, view, offset) => encodeRpc({ json }, bytes, view, offset));
      },
    });
  }

  handle(input: Input<ScriptedCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "command") input.command(this.#link);
  }

  poll(): Effect<never> | undefined {
    return this.#kernel.poll();
  }

  admitPeer(): boolean {
    return true;
  }

  channelOpen(): void {
    this.isConnected = true;
  }

  channelFrame(): boolean {
    return false;
  }

  channelRpc(json: Uint8Array): void {
    this.#link.handle(json);
  }

  channelClosed(): void {
    this.isConnected = false;
    this.#link.close();
  }
}

/** A scripted node in a world, and what a test does with it. */
export class NodeActor {
  readonly #world: SimulatedWorld;
  readonly #process: SimulatedProcess;

  private constructor(world: SimulatedWorld, process: SimulatedProcess) {
    this.#world = world;
    this.#process = process;
  }

  /** The program of a node that does what it is told. @param main host of the main server. */
  static program(identity: string, main: string, script: NodeScript): Program<never, never> {
    return {
      createRole: (start) =>
        new ScriptedNode(tunnelEnvironment({ identity }, start), start.endpointOf(main), script),
    };
  }

  /** Starts the process of a host whose program is one of these, and waits for its connection. */
  static async connect(world: SimulatedWorld, host: string): Promise<NodeActor> {
    await world.add({ host, program: host, options: {} });
    const actor = new NodeActor(world, world.process(host));
    await world.until(() => actor.isConnected, 5_000);
    return actor;
  }

  get isConnected(): boolean {
    const { isRunning, role } = this.#process;
    return isRunning && (role as unknown as ScriptedNode).isConnected;
  }

  /** Starts anew, with a connection of its own. */
  async reconnect(): Promise<void> {
    const { role } = this.#process;
    await this.#process.crash();
    await this.#process.start();
    await this.#world.until(() => this.#process.role !== role && this.isConnected, 5_000);
  }

  /** Does something as the node, such as to answer a call later. */
  act(work: () => void): void {
    this.#process.command(work satisfies ScriptedCommand);
  }

  notify<Name extends Method>(method: Name, params: MainCalls[Name]["params"]): void {
    this.#process.command(((link) => {
      link.notify(method, params);
    }) satisfies ScriptedCommand);
  }

  /** Calls the main server; the outcome is in the array once it is there. */
  begin<Name extends Method>(
    method: Name,
    params: MainCalls[Name]["params"],
  ): readonly LinkOutcome<MainCalls[Name]["result"]>[] {
    const outcomes: LinkOutcome<MainCalls[Name]["result"]>[] = [];
    this.#process.command(((link) => {
      link.call(method, params, (outcome) => outcomes.push(outcome));
    }) satisfies ScriptedCommand);
    return outcomes;
  }

  /** Calls the main server and waits for the outcome. */
  async call<Name extends Method>(
    method: Name,
    params: MainCalls[Name]["params"],
  ): Promise<LinkOutcome<MainCalls[Name]["result"]>> {
    const outcomes = this.begin(method, params);
    await this.#world.until(() => outcomes.length > 0, 300_000);
    const [outcome] = outcomes;
    if (outcome === undefined) throw new Error(`${method} was not answered`);
    return outcome;
  }

  /** Calls the main server. @returns the result. @throws {Error} if it was refused. */
  async ask<Name extends Method>(
    method: Name,
    params: MainCalls[Name]["params"],
  ): Promise<MainCalls[Name]["result"]> {
    const outcome = await this.call(method, params);
    if (!outcome.ok) throw outcome.error;
    return outcome.result;
  }

  /** Registers and proves the first password. @returns the next one. */
  async enrol(): Promise<string> {
    const { password } = await this.ask("RegisterWithMainServer", {});
    const proved = await this.ask("AuthWithMainServer", { password: password ?? "" });
    return proved.next_password ?? "";
  }

  /** Enrols, and says who it is. */
  async enter(name: string, more: Partial<DescribeNodeParams> = {}): Promise<void> {
    await this.enrol();
    await this.ask("DescribeNode", { ...descriptionOf(name), ...more });
  }
}

/** What a node says of itself that relays for everybody. */
export function descriptionOf(name: string): DescribeNodeParams {
  return {
    name,
    operator: `operator of ${name}`,
    relays: true,
    relay_for: [],
    tunnels_max: 1000,
    address: null,
  };
}
