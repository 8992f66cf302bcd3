import { Simulation } from "../../../sim/engine/index.ts";
import type { Drain, EventHandler } from "../../../sim/engine/index.ts";

/** What a run of the load came to. */
export interface LoadRun {
  readonly events: number;
  /** Sum of all states that all nodes had, modulo 2^32: whatever the order of what is due at the same time. */
  readonly checksum: number;
  /** Processor time of handling the events, all threads. */
  readonly seconds: number;
}

/** How many nodes, how long, and how their events come to their ends. */
export interface LoadOptions {
  readonly nodes: number;
  readonly untilUs: number;
  /** Default: handlers are synchronous, and nothing is drained. */
  readonly drain?: Drain;
}

const MODULUS = 2 ** 32;

/** A node with one timer, set anew to 1 µs … 1 s whenever it fires. */
class TimerNode implements EventHandler<number> {
  readonly label: string;
  readonly #simulation: Simulation;
  readonly #totals: { events: number; checksum: number };
  #state: number;

  constructor(simulation: Simulation, node: number, totals: { events: number; checksum: number }) {
    this.label = `node-${String(node)}`;
    this.#simulation = simulation;
    this.#totals = totals;
    this.#state = Math.imul(node, 2654435761) >>> 0;
    simulation.schedule(1 + (this.#state % 1_000_000), this, node);
  }

  handle(node: number): void {
    const state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    this.#state = state;
    this.#totals.events += 1;
    this.#totals.checksum = (this.#totals.checksum + state) % MODULUS;
    this.#simulation.schedule(1 + (state % 1_000_000), this, node);
  }
}

/** Runs the load on the engine, with everything that a run has: traps, labels, the trace hash. */
export async function runTimerLoad({ nodes, untilUs, drain }: LoadOptions): Promise<LoadRun> {
  const simulation = new Simulation({ seed: 1 });
  const totals = { events: 0, checksum: 0 };
  for (let node = 0; node < nodes; node += 1) new TimerNode(simulation, node, totals);
  const before = process.cpuUsage();
  if (drain === undefined) simulation.run({ untilUs });
  else await simulation.runDraining({ untilUs, drain });
  const { user, system } = process.cpuUsage(before);
  return { ...totals, seconds: (user + system) / 1e6 };
}
