import type { BenchGoal, BenchReport, BenchRow } from "../bench.ts";
import { nodePipeWay } from "./node-pipe-way.ts";
import { socatWay } from "./socat-way.ts";
import { sshWay } from "./ssh-way.ts";
import { TagwireTunnels } from "./tagwire-way.ts";
import { Target, median, roundTripUs, untilUsable } from "./target.ts";
import { RELAY_COUNTS } from "./way.ts";
import type { Chain, MissingWay, Way } from "./way.ts";

const ROUNDS = 5;
const BULK_BYTES = 192 * 1024 * 1024;
const ROUND_TRIPS = 400;
const OPENINGS = 20;
/** Made before, so that no engine's first run is measured. */
const WARM_OPENINGS = 5;
const NEW_PROCESSES = 5;
const OPEN_RELAYS = 3;
const OPEN_MS_MOST = 50;

/**
 * Tunnels over several lengths beside ssh with as many jumps and, as floors, as many processes of socat and of Node that only
 * pass bytes on: bytes in bulk, small messages, and how long it takes to open. Ways take turns, so that what disturbs the machine falls
 * out of the ratios within a round.
 */
export async function benchTunnel(): Promise<BenchReport> {
  const target = await Target.open();
  const open: Way[] = [];
  try {
    const tagwire = await TagwireTunnels.start(target.port, "own node");
    open.push(tagwire);
    const shared = await TagwireTunnels.start(target.port, "shared node");
    open.push(shared);
    const found = [await sshWay(target.port), socatWay(target.port), nodePipeWay(target.port)];
    const missing = found.filter(isMissing);
    const [ssh] = found;
    for (const way of found) if (!isMissing(way)) open.push(way);
    const lengths: Length[] = [];
    for (const relays of RELAY_COUNTS) lengths.push(await measureLength(open, target, relays));
    const opening = await measureOpening(shared, isMissing(ssh) ? undefined : ssh);
    const sshName = isMissing(ssh) ? undefined : ssh?.name;
    return {
      bench: "tunnel",
      rows: [...lengths.flatMap((length) => rowsOf(length, open, sshName)), ...opening.rows],
      goals: [...lengths.flatMap((length) => goalsOf(length, tagwire.name, sshName)), opening.goal],
      missing: missing.map((way) => `${way.name} for want of ${way.missing}`),
    };
  } finally {
    for (const way of open.toReversed()) await way.close();
    await target.close();
  }
}

function isMissing(way: Way | MissingWay | undefined): way is MissingWay {
  return way !== undefined && "missing" in way;
}

interface Round {
  readonly mibPerS: number;
  readonly rttUs: number;
}

/** Rounds of each way, by name. */
interface Length {
  readonly relays: number;
  readonly rounds: ReadonlyMap<string, readonly Round[]>;
}

async function measureLength(
  ways: readonly Way[],
  target: Target,
  relays: number,
): Promise<Length> {
  const chains: { readonly name: string; readonly chain: Chain }[] = [];
  for (const way of ways) chains.push({ name: way.name, chain: await way.open(relays) });
  const rounds = new Map<string, Round[]>(ways.map(({ name }) => [name, []]));
  // The round before the first is for the engines to become warm.
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const { name, chain } of chains) {
      const rttUs = await roundTripUs(chain.port, ROUND_TRIPS);
      const mibPerS = await target.bulk(chain.port, BULK_BYTES);
      if (round >= 0) rounds.get(name)?.push({ mibPerS, rttUs });
    }
  }
  for (const { chain } of chains) await chain.close();
  return { relays, rounds };
}

/** Median of the ratios within each round: how much of `other` is `one`. */
function ratio(
  { rounds }: Length,
  [one, other]: readonly [string, string],
  read: (round: Round) => number,
): number {
  const others = rounds.get(other) ?? [];
  const ratios = (rounds.get(one) ?? []).map((round, at) => {
    const beside = others[at];
    return beside === undefined ? Number.NaN : read(round) / read(beside);
  });
  return median(ratios);
}

const speedOf = ({ mibPerS }: Round): number => mibPerS;
const rttOf = ({ rttUs }: Round): number => rttUs;

function rowsOf(length: Length, ways: readonly Way[], ssh: string | undefined): BenchRow[] {
  return ways.map(({ name }) => {
    const rounds = length.rounds.get(name) ?? [];
    const values = { mibPerS: median(rounds.map(speedOf)), rttUs: median(rounds.map(rttOf)) };
    const beside =
      ssh === undefined
        ? {}
        : {
            speedToSsh: ratio(length, [name, ssh], speedOf),
            rttToSsh: ratio(length, [name, ssh], rttOf),
          };
    return { task: taskOf(length), name, values: { ...values, ...beside } };
  });
}

function taskOf({ relays }: Length): string {
  return relays === 1 ? "1 relay" : `${String(relays)} relays`;
}

function goalsOf(length: Length, own: string, ssh: string | undefined): BenchGoal[] {
  if (ssh === undefined) return [];
  const task = taskOf(length);
  return [
    { goal: `${task}: speed to ssh -J`, value: ratio(length, [own, ssh], speedOf), bound: 1 },
    {
      goal: `${task}: round trip to that of ssh -J`,
      value: ratio(length, [own, ssh], rttOf),
      bound: 1,
      isMost: true,
    },
  ];
}

/** From a wish to a tunnel, and from a new process to the first answer through its port. */
async function measureOpening(
  tagwire: TagwireTunnels,
  ssh: Way | undefined,
): Promise<{ readonly rows: readonly BenchRow[]; readonly goal: BenchGoal }> {
  const openings = await tagwire.openingsMs(WARM_OPENINGS + OPENINGS, OPEN_RELAYS);
  const openMs = median(openings.slice(WARM_OPENINGS));
  const printed: number[] = [];
  const answered: number[] = [];
  const answeredBySsh: number[] = [];
  for (let round = 0; round < NEW_PROCESSES; round += 1) {
    const startMs = performance.now();
    const chain = await tagwire.open(OPEN_RELAYS);
    await untilUsable(chain.port);
    answered.push(performance.now() - startMs);
    printed.push(chain.openMs);
    await chain.close();
    if (ssh === undefined) continue;
    const sshStartMs = performance.now();
    // It opens when an answer has come.
    const sshChain = await ssh.open(OPEN_RELAYS);
    answeredBySsh.push(performance.now() - sshStartMs);
    await sshChain.close();
  }
  const task = `open ${String(OPEN_RELAYS)} relays`;
  const byNewProcess = { openMs: median(printed), processToAnswerMs: median(answered) };
  return {
    rows: [
      { task, name: `${tagwire.name}, in a front that runs`, values: { openMs } },
      { task, name: `${tagwire.name}, by a new process`, values: byNewProcess },
      ...(ssh === undefined
        ? []
        : [{ task, name: ssh.name, values: { processToAnswerMs: median(answeredBySsh) } }]),
    ],
    goal: { goal: `${task}, ms`, value: openMs, bound: OPEN_MS_MOST, isMost: true },
  };
}
