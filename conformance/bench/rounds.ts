/** One of the things compared: a name and one operation, numbered so that inputs can vary. */
export interface Contestant {
  readonly name: string;
  /** Returns something of the result, so that no engine leaves the work out. */
  readonly run: (iteration: number) => number;
}

/** What a contestant came to. */
export interface Measured {
  readonly name: string;
  /** Median over the rounds, nanoseconds an operation. */
  readonly nsPerOperation: number;
  /** Speed relative to the first contestant: above 1 is faster. Median of the ratios within each round. */
  readonly ratio: number;
}

/** How long to measure. */
export interface RoundOptions {
  /** Rounds in which every contestant runs once. Default 120, at least 1. */
  readonly rounds?: number;
  /** Operations of a contestant in a round. Default 8000. */
  readonly operations?: number;
}

/**
 * Measures contestants in turn, many short rounds over: what disturbs the machine disturbs all of a
 * round, and falls out of the ratios within it.
 */
export function measure(
  contestants: readonly Contestant[],
  options: RoundOptions = {},
): readonly Measured[] {
  const { rounds = 120, operations = 8000 } = options;
  const loops = contestants.map(({ run }) => loopOf(run));
  const times: number[][] = contestants.map(() => []);
  for (let warm = 0; warm < 12; warm += 1) for (const loop of loops) loop(operations);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, loop] of loops.entries()) {
      const start = process.hrtime.bigint();
      loop(operations);
      times[index]?.push(Number(process.hrtime.bigint() - start) / operations);
    }
  }
  const [first = []] = times;
  return contestants.map(({ name }, index) => {
    const own = times[index] ?? [];
    const ratios = own.map((time, round) => (first[round] ?? time) / time);
    return { name, nsPerOperation: median(own), ratio: median(ratios) };
  });
}

/** A loop of its own for each contestant, so that the engine does not compile one for all of them. */
function loopOf(run: Contestant["run"]): (operations: number) => number {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- a closure made twice shares its code
  const make = new Function(
    "run",
    "return function loop(operations) { let sum = 0; for (let i = 0; i < operations; i += 1) sum += run(i); return sum; };",
  ) as (run: Contestant["run"]) => (operations: number) => number;
  return make(run);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
