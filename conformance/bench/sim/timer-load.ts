import { Simulation } from "../../../sim/engine/index.ts";
import type { Drain, EventHandler } from "../../../sim/engine/index.ts";
import type { LoadRun, LoadSize } from "./contestant.ts";
import { Meter } from "./meter.ts";

interface Totals {
  events: number;
  checksum: number;
}

/** A node with one timer, set anew to 1 µs … 1 s whenever it fires. */
class TimerNode implements EventHandler<number> {
  readonly label: string;
  readonly #simulation: Simulation;
  readonly #totals: Totals;
  /** 32 bits, signed. */
  #state: number;

  constructor(simulation: Simulation, node: number, totals: Totals) {
    this.label = `node-${String(node)}`;
    this.#simulation = simulation;
    this.#totals = totals;
    this.#state = Math.imul(node, 2654435761);
    simulation.schedule(delayUs(this.#state), this, node);
  }

  handle(node: number): void {
    const state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    const totals = this.#totals;
    this.#state = state;
    totals.events += 1;
    totals.checksum = (totals.checksum + state) | 0;
    this.#simulation.schedule(delayUs(state), this, node);
  }
}

function delayUs(state: number): number {
  return 1 + ((state >>> 0) % 1_000_000);
}

/**
 * Runs the load on the engine, with everything that a run has: traps, labels, the trace hash.
 * @param drain default: handlers are synchronous, and nothing is drained.
 */
export async function runTimerLoad({ nodes, untilUs }: LoadSize, drain?: Drain): Promise<LoadRun> {
  const meter = new Meter();
  const simulation = new Simulation({ seed: 1 });
  const totals: Totals = { events: 0, checksum: 0 };
  for (let node = 0; node < nodes; node += 1) new TimerNode(simulation, node, totals);
  meter.start();
  if (drain === undefined) simulation.run({ untilUs });
  else await simulation.runDraining({ untilUs, drain });
  return { events: totals.events, checksum: totals.checksum >>> 0, ...meter.stop() };
}
