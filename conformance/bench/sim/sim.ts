import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { BenchGoal, BenchReport, BenchRow } from "../bench.ts";
import type { Contestant, LoadRun, LoadSize } from "./contestant.ts";
import { NS3_DEFAULT, findNs3 } from "./ns3.ts";
import type { RoleRun } from "./role-load.ts";
import { runProcess, runProcessAs } from "./run-process.ts";
import { findSimpy } from "./simpy.ts";

/** Rounds that count; in each, every contestant runs once. */
const ROUNDS = 5;

/** About a million events either way: a node fires every half a virtual second. */
const TIMER_SIZES: readonly LoadSize[] = [
  { nodes: 1_000, untilUs: 500_000_000 },
  { nodes: 100_000, untilUs: 5_000_000 },
];
/** A router reports every 20 s. */
const TELEMETRY_SIZES: readonly LoadSize[] = [
  { nodes: 1_000, untilUs: 4_000_000_000 },
  { nodes: 100_000, untilUs: 40_000_000 },
];
const SIMPY_RATIO = 10;
const NS3_RATIO = 1;
const ROLE_EVENTS_PER_S = 100_000;
const ROLE_ROUTERS = 1_000;
const ROLE_TIMED_US = 2_400_000_000;
const FLEET_ROUTERS = 100_000;
/** Ten virtual minutes, of which the first is that of the beginning. */
const FLEET_TIMED_US = 540_000_000;
const FLEET_RSS_BYTES = 1_500_000_000;
/** Without a bound V8 lets garbage grow to as much again as what is used. */
const FLEET_FLAGS = ["--max-old-space-size=1250", "--max-semi-space-size=8"];

/**
 * The simulator beside its peers, in one run: plain timers on the engine, UDP between routers and hubs on the network,
 * the real control roles, and a fleet of them. All contestants do the same work, told by count and checksum.
 */
export function benchSim(): BenchReport {
  const simpy = findSimpy();
  const ns3 = findNs3();
  try {
    const timers = TIMER_SIZES.map((size) => {
      const ours = ["timer", "timer-tick", "timer-turn"].map(ownContestant);
      return compare("timers", size, [...ours, ...simpy.timer, ...ns3.timer]);
    });
    const telemetry = TELEMETRY_SIZES.map((size) => {
      const peers = [...simpy.telemetry, ...ns3.telemetry];
      return compare("UDP telemetry", size, [ownContestant("telemetry"), ...peers]);
    });
    const roles = benchRoles();
    const peers = [simpy.version, ns3.version].map((name) => ({ task: "peer", name, values: {} }));
    return {
      bench: "sim",
      rows: [...peers, ...[...timers, ...telemetry].flatMap(({ rows }) => rows), ...roles.rows],
      goals: [...timers.flatMap(goalsOf), ...roles.goals],
    };
  } finally {
    ns3.dispose();
  }
}

/** What the rounds of one load and size came to. */
interface Comparison {
  readonly task: string;
  readonly rows: readonly BenchRow[];
  /** How many times as fast as this one ours is, by name; medians of the ratios within each round. */
  readonly ratios: ReadonlyMap<string, number>;
}

const OWN_NAMES: Readonly<Record<string, string>> = {
  timer: "tagwire",
  "timer-tick": "tagwire, draining",
  "timer-turn": "tagwire, a turn each",
  telemetry: "tagwire",
};

function ownContestant(load: string): Contestant {
  const program = fileURLToPath(new URL("run-load.ts", import.meta.url));
  return {
    name: OWN_NAMES[load] ?? load,
    run: ({ nodes, untilUs }) => runProcess(process.execPath, [program, load, nodes, untilUs]),
  };
}

/** Contestants take turns, so that what disturbs the machine falls out of the ratios within a round. */
function compare(load: string, size: LoadSize, contestants: readonly Contestant[]): Comparison {
  const runs = new Map<string, LoadRun[]>(contestants.map(({ name }) => [name, []]));
  let work: Pick<LoadRun, "events" | "checksum"> | undefined;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, run } of contestants) {
      const done = run(size);
      const { events, checksum } = done;
      work ??= { events, checksum };
      assert.deepEqual({ events, checksum }, work, `${name} did other work`);
      runs.get(name)?.push(done);
    }
  }
  const ours = runs.get("tagwire") ?? [];
  const ratios = new Map(
    [...runs].map(([name, own]) => [
      name,
      median(own.map(({ seconds }, round) => seconds / (ours[round]?.seconds ?? Number.NaN))),
    ]),
  );
  const task = `${load}, ${String(size.nodes)} nodes`;
  const rows = [...runs].map(([name, own]) => ({
    task,
    name,
    values: {
      eventsPerS: median(own.map(({ events, seconds }) => events / seconds)),
      tagwireRatio: ratios.get(name) ?? Number.NaN,
      bytesPerNode: median(own.map(({ bytes }) => bytes / size.nodes)),
    },
  }));
  return { task, rows, ratios };
}

/** Of peers that are here: the fastest way of SimPy, and ns-3 as it comes. */
function goalsOf({ task, ratios }: Comparison): readonly BenchGoal[] {
  const goals: BenchGoal[] = [];
  const simpy = [...ratios].filter(([name]) => name.startsWith("simpy")).map(([, ratio]) => ratio);
  if (simpy.length > 0) {
    const value = Math.min(...simpy);
    goals.push({ goal: `${task}: tagwire to the faster way of simpy`, value, bound: SIMPY_RATIO });
  }
  const ns3 = ratios.get(`ns-3 ${NS3_DEFAULT}`);
  if (ns3 !== undefined) {
    goals.push({ goal: `${task}: tagwire to ns-3's scheduler`, value: ns3, bound: NS3_RATIO });
  }
  return goals;
}

/** The real roles: how fast they are, and how many fit. */
function benchRoles(): Pick<BenchReport, "rows" | "goals"> {
  const runs = Array.from({ length: ROUNDS }, () => runRoles(ROLE_ROUTERS, ROLE_TIMED_US));
  const eventsPerS = median(runs.map(({ events, seconds }) => events / seconds));
  const datagramsPerS = median(runs.map(({ delivered, seconds }) => delivered / seconds));
  const fleet = runRoles(FLEET_ROUTERS, FLEET_TIMED_US, FLEET_FLAGS);
  const { peakRssBytes } = fleet;
  return {
    rows: [
      {
        task: "control roles, 1000 routers",
        name: "tagwire",
        values: { eventsPerS, datagramsPerS },
      },
      {
        task: "control roles, 100000 routers, 10 virtual minutes",
        name: `tagwire, ${FLEET_FLAGS.join(" ")}`,
        values: {
          eventsPerS: fleet.events / fleet.seconds,
          secondsTotal: fleet.secondsTotal,
          peakRssBytes,
          bytesPerRouter: peakRssBytes / FLEET_ROUTERS,
        },
      },
    ],
    goals: [
      { goal: "control roles: events/s", value: eventsPerS, bound: ROLE_EVENTS_PER_S },
      {
        goal: "100000 routers for 10 virtual minutes: bytes of memory at most",
        value: peakRssBytes,
        bound: FLEET_RSS_BYTES,
        isMost: true,
      },
    ],
  };
}

/** @throws {assert.AssertionError} if not all routers reported as often as they should. */
function runRoles(routers: number, untilUs: number, flags: readonly string[] = []): RoleRun {
  const program = fileURLToPath(new URL("run-load.ts", import.meta.url));
  const words = [...flags, program, "roles", routers, untilUs];
  const run = runProcessAs(process.execPath, words) as RoleRun;
  const reports = (routers * untilUs) / 20_000_000;
  assert.equal(run.online, routers, "some routers are not online");
  assert.ok(run.delivered >= 2 * 0.95 * reports, "some routers did not report");
  return run;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
