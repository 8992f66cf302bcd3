/** Seeds `first`, `first + step`, … `count` of them. */
export interface SeedRange {
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** A part of a range for one of several machines. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** Reads `2/8`; undefined if the text is not of this form or names no shard. */
export function parseShard(text: string): Shard | undefined {
  const match = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text);
  if (match === null) return undefined;
  const [index, of] = [Number(match[1]), Number(match[2])];
  return index <= of ? { index, of } : undefined;
}

/**
 * The part of a range that a shard runs: every `of`th seed, so that all shards get a share of each stretch.
 * @throws {RangeError} if the shard is none.
 */
export function shardSeeds({ first, count, step }: SeedRange, { index, of }: Shard): SeedRange {
  if (!(Number.isInteger(of) && Number.isInteger(index) && index >= 1 && index <= of)) {
    throw new RangeError(`there is no shard ${String(index)} of ${String(of)}`);
  }
  const before = index - 1;
  return {
    first: first + before * step,
    count: Math.max(0, Math.ceil((count - before) / of)),
    step: step * of,
  };
}

/** The seeds of a range. */
export function* seedsOf({ first, count, step }: SeedRange): Generator<number> {
  for (let index = 0; index < count; index += 1) yield first + index * step;
}

/**
 * The union of ranges in as few ranges as a walk from the lowest seed finds: shards that complete each other become
 * one range again.
 * @throws {RangeError} if a seed is in two of them.
 */
export function joinSeeds(ranges: readonly SeedRange[]): readonly SeedRange[] {
  const seeds = ranges.flatMap((range) => [...seedsOf(range)]).sort((one, other) => one - other);
  const joined: { first: number; count: number; step: number }[] = [];
  let before: number | undefined;
  for (const seed of seeds) {
    if (seed === before) throw new RangeError(`seed ${String(seed)} was run twice`);
    before = seed;
    const last = joined.at(-1);
    if (last === undefined) joined.push({ first: seed, count: 1, step: 1 });
    else if (last.count === 1) Object.assign(last, { count: 2, step: seed - last.first });
    else if (seed === last.first + last.count * last.step) last.count += 1;
    else joined.push({ first: seed, count: 1, step: 1 });
  }
  return joined;
}
