import type { SimNetwork, HostFault, HostFaultTaker } from "../network/sim-network.ts";
import type { NetworkNode } from "../network/network-node.ts";
import { HostClock } from "../host/host-clock.ts";
import { createNodeModules } from "./node-modules.ts";
import type { NodeModules } from "./node-modules.ts";
import { NodeProcess } from "./node-process.ts";

/** What a host is made with. */
export interface NodeHostOptions {
  readonly network: SimNetwork;
  /** Its name in the topology. */
  readonly name: string;
  /** `process.env` of its programs. Default: nothing is set. */
  readonly env?: Readonly<Record<string, string>>;
  /** Addresses of names beyond those of the network's hosts, as `/etc/hosts` has them. Default none. */
  readonly names?: Readonly<Record<string, string>>;
  /** The program. Called at each start, in an event of its own, on behalf of the host. Default none: see `run`. */
  readonly program?: (host: NodeHost) => unknown;
}

/**
 * A host of a simulated network that runs code written for Node: its sockets, timers, clocks and randomness are those
 * of the simulation. It can crash and start again; what its program held is gone then.
 */
export class NodeHost implements HostFaultTaker {
  readonly name: string;
  readonly clock: HostClock;
  readonly #options: NodeHostOptions;
  readonly #node: NetworkNode;
  #starts = 0;
  #process: NodeProcess;
  #modules: NodeModules;

  /** Starts it, at the first event. @throws {RangeError} if the network has no such host. */
  constructor(options: NodeHostOptions) {
    this.name = options.name;
    this.#options = options;
    this.#node = options.network.node(options.name);
    this.clock = new HostClock(options.network.simulation);
    options.network.onHostFault(options.name, this);
    this.#process = this.#begin();
    this.#modules = createNodeModules(this.#process);
  }

  /** The process that runs; after a crash the one that has ended, until the next start. */
  get process(): NodeProcess {
    return this.#process;
  }

  /** Node's modules for the process that runs, to be given to code that takes them. */
  get modules(): NodeModules {
    return this.#modules;
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  get isRunning(): boolean {
    return !this.#process.isOver;
  }

  /**
   * Has code run on behalf of this host, as an event of the simulation that is due now: what it asks of the machine by
   * global names and Node's modules is answered by the host. If it gives a promise that is rejected, the run fails.
   */
  run(code: () => unknown): void {
    this.#process.after(0, "program", code);
  }

  takeFault(fault: HostFault): void {
    switch (fault.kind) {
      case "crash":
        this.#crash(fault);
        return;
      case "clockRate":
        this.clock.setRate(fault.rate);
        this.#process.clockChanged();
        return;
      case "clockJump":
        this.clock.jump(fault.byMs);
        return;
    }
  }

  #crash({ what, downForUs }: Extract<HostFault, { readonly kind: "crash" }>): void {
    if (!this.isRunning) return;
    this.#process.end();
    if (what === "process") this.#node.endProcess();
    else this.#node.powerOff();
    if (downForUs === undefined) return;
    const restart = {
      label: `${this.name} start`,
      handle: () => {
        this.#process = this.#begin();
        this.#modules = createNodeModules(this.#process);
      },
    };
    this.#options.network.simulation.schedule(downForUs, restart, 0);
  }

  #begin(): NodeProcess {
    const { network, env = {}, program } = this.#options;
    this.#starts += 1;
    this.#node.powerOn();
    const process = new NodeProcess({
      simulation: network.simulation,
      node: this.#node,
      clock: this.clock,
      start: this.#starts,
      env,
      resolveName: (name) => this.#addressOf(name),
    });
    if (program !== undefined) process.after(0, "program", () => program(this));
    return process;
  }

  #addressOf(name: string): string | undefined {
    const { names = {}, network } = this.#options;
    if (Object.hasOwn(names, name)) return names[name];
    return network.hasHost(name) ? network.node(name).address : undefined;
  }
}
