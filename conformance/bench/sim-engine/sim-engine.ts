import assert from "node:assert/strict";
import type { BenchGoal, BenchReport, BenchRow } from "../bench.ts";
import { SIMPY_MISSING, findSimpy, runSimpy } from "./simpy.ts";
import { runTimerLoad } from "./timer-load.ts";
import type { LoadRun } from "./timer-load.ts";

/** About a million events either way: a node fires every half a virtual second. */
const SIZES = [
  { nodes: 1_000, untilUs: 500_000_000 },
  { nodes: 100_000, untilUs: 5_000_000 },
] as const;
const ROUNDS = 3;

type Size = (typeof SIZES)[number];
type Contestants = ReadonlyMap<string, (size: Size) => LoadRun | Promise<LoadRun>>;

/**
 * Events a second of processor time, of plain timers at two numbers of nodes, beside SimPy. All do the same:
 * as many events, with the same states. Contestants take turns, and the ratios are those within a round.
 */
export async function benchSimEngine(): Promise<BenchReport> {
  const python = findSimpy();
  const contestants = contestantsOf(python);
  const rows: BenchRow[] = [];
  const goals: BenchGoal[] = [];
  for (const size of SIZES) {
    const task = `${String(size.nodes)} nodes`;
    const rates = await measure(contestants, size);
    const ours = rates.get("tagwire") ?? [];
    for (const [name, own] of rates) {
      const values = { eventsPerS: median(own), ratioToTagwire: median(ratios(own, ours)) };
      rows.push({ task, name, values });
    }
    const fastest = rates.get("simpy callbacks");
    const ratio = fastest === undefined ? Number.NaN : median(ratios(ours, fastest));
    const goal = `${task}: tagwire to the faster way of simpy`;
    goals.push({ goal, value: ratio, bound: 10 });
  }
  if (python === undefined) rows.push({ task: "peer", name: SIMPY_MISSING, values: {} });
  return { bench: "sim-engine", rows, goals };
}

function contestantsOf(python: string | undefined): Contestants {
  const ours: Contestants = new Map([
    ["tagwire", (size: Size) => runTimerLoad(size)],
    ["tagwire, draining", (size: Size) => runTimerLoad({ ...size, drain: "tick" })],
    ["tagwire, a turn each", (size: Size) => runTimerLoad({ ...size, drain: "turn" })],
  ]);
  if (python === undefined) return ours;
  return new Map([
    ...ours,
    ["simpy callbacks", (size: Size) => runSimpy(python, "callbacks", size)],
    ["simpy processes", (size: Size) => runSimpy(python, "processes", size)],
  ]);
}

/** Events a second of each contestant in each round. The first round warms up, and is not counted. */
async function measure(
  contestants: Contestants,
  size: Size,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rates = new Map<string, number[]>([...contestants.keys()].map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    let work: Omit<LoadRun, "seconds"> | undefined;
    for (const [name, run] of contestants) {
      const { seconds, ...done } = await run(size);
      work ??= done;
      assert.deepEqual(done, work, `${name} did other work`);
      if (round > 0) rates.get(name)?.push(done.events / seconds);
    }
  }
  return rates;
}

function ratios(one: readonly number[], other: readonly number[]): readonly number[] {
  return one.map((value, round) => value / (other[round] ?? Number.NaN));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
