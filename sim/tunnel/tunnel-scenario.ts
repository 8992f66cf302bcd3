import { SYSTEM_ELEMENTS } from "../../generated/system/elements.ts";
import { TUNNEL_ELEMENTS } from "../../generated/tunnel/elements.ts";
import type { MainServer } from "../../runtime/roles/tunnel/main/main-server.ts";
import type { TunnelNode } from "../../runtime/roles/tunnel/node/tunnel-node.ts";
import { drawFaults } from "../campaign/draw-faults.ts";
import type {
  Action,
  Case,
  CaseChoices,
  CaseRun,
  Checker,
  Scenario,
} from "../campaign/scenario.ts";
import { drawSwarm } from "../campaign/swarm.ts";
import type { FaultKind } from "../campaign/swarm.ts";
import type { RandomStream } from "../engine/index.ts";
import type { LinkPlan } from "../network/topology.ts";
import type { Asker, AskerEvent } from "./programs/echo-roles.ts";
import {
  ENDS,
  LOCAL_PORT,
  TUNNEL_PROGRAMS,
  TUNNEL_ROLES,
  relayHosts,
  tunnelProcesses,
  tunnelTopology,
} from "./tunnel-stage.ts";
import type { TunnelStageOptions } from "./tunnel-stage.ts";

/** What tunnels may not do, whatever befalls the network. */
const CHECKERS: readonly Checker[] = [
  {
    name: "bytes-exactly-once",
    doc: "What comes out of a tunnel is what went in, each byte once and in order, or the beginning of it.",
  },
  {
    name: "ends-at-both-sides",
    doc: "Every use of a tunnel comes to an end at both sides once the network is whole.",
  },
  {
    name: "nobody-is-locked-out",
    doc: "Once the network is whole every node has a session again, whichever answers and writes were lost.",
  },
  {
    name: "tunnels-come-back",
    doc: "Once the network is whole a tunnel carries bytes to the end.",
  },
  {
    name: "nothing-half-open",
    doc: "When nobody wants a tunnel any more, no node has a stream, a port or a timer of one.",
  },
];

/** What cases of a scenario are drawn from. */
interface TunnelDraw {
  readonly name: string;
  readonly doc: string;
  /** What the stage of a case is. */
  readonly stage: (random: RandomStream) => Omit<TunnelStageOptions, "linkOf">;
  /** Hosts that may crash. */
  readonly crashable: (stage: Omit<TunnelStageOptions, "linkOf">) => readonly string[];
  readonly faultKinds: readonly FaultKind[];
}

const HEAL_AT_MS = 60_000;
const RUNS = 8;
const RUN_BYTES_MAX = 120_000;
const PACKETS_MAX = 120;
/** Signs of life find a dead session within 25 s; a node waits at most 30 s before it tries again. */
const SESSIONS_MS = 120_000;
/** A dead connection that nobody writes to is found by keep-alive probes. */
const RUNS_END_MS = 600_000;
const RUN_MS = 60_000;
const ATTEMPTS = 5;
/** Longer than a node waits for the next of a chain. */
const CLEAN_MS = 240_000;

/** A scenario of tunnels from ada to bob. */
function tunnelScenario(draw: TunnelDraw): Scenario {
  return {
    name: draw.name,
    doc: draw.doc,
    checkers: CHECKERS,
    programs: TUNNEL_PROGRAMS,
    spec: { protocols: [SYSTEM_ELEMENTS, TUNNEL_ELEMENTS], rolesOf: TUNNEL_ROLES },
    draw: (random, choices) => drawCase(draw, random, choices),
    run: runTunnels,
  };
}

function drawCase(draw: TunnelDraw, random: RandomStream, choices: CaseChoices): Case {
  const stage = draw.stage(random.fork("stage"));
  const { faultKinds } = draw;
  const swarm = drawSwarm(random.fork("swarm"), { faultKinds, choices });
  const links = random.fork("links");
  // Fronts are in the house of their node: what waits for them is bound for that.
  const linkOf = (host: string): LinkPlan => ({
    preset: /^(front|app) /.test(host) ? "lan" : links.pick(swarm.presets),
  });
  const topology = tunnelTopology({ ...stage, linkOf });
  const faults = drawFaults(topology, random.fork("faults"), {
    swarm,
    untilMs: HEAL_AT_MS,
    eachMax: 2,
    crashable: draw.crashable(stage),
    clocks: [],
    movable: [],
    packetsMax: PACKETS_MAX,
  });
  const times = random.fork("actions");
  const actions = Array.from({ length: RUNS }, (_, at): Action => ({
    atMs: times.integer(2_000, HEAL_AT_MS),
    name: "run",
    host: "app ada",
    with: { run: at + 1, bytes: times.integer(1, RUN_BYTES_MAX) },
  }));
  return {
    scenario: draw.name,
    seed: random.fork("seed").integer(1, 2 ** 31),
    topology,
    faults,
    actions,
    healAtMs: HEAL_AT_MS,
    parameters: { stage },
  };
}

async function runTunnels({ world, case: given, violate }: CaseRun): Promise<void> {
  const stage = given.parameters["stage"] as Omit<TunnelStageOptions, "linkOf">;
  const plans = tunnelProcesses({ ...stage, linkOf: () => ({ preset: "lan" }) });
  for (const plan of plans) await world.add(plan);
  const asker = world.process("app ada");
  asker.onEvent((event) => {
    const { isRight, run } = event as AskerEvent;
    if (!isRight) violate("bytes-exactly-once", `run ${String(run)} got back other bytes`);
  });
  world.process("app bob").onEvent(() => {
    violate("bytes-exactly-once", "other bytes came out of the tunnel");
  });
  const begin = (run: number, bytes: number): void => {
    const to = { ...world.endpointOf("front ada"), port: LOCAL_PORT };
    asker.command({ run, to, bytes });
  };
  for (const { atMs, with: more = {} } of given.actions) {
    world.schedule(atMs, "run", () => {
      begin(Number(more["run"]), Number(more["bytes"]));
    });
  }
  await world.pass(given.healAtMs);
  await healed({ world, violate, stage, begin });
}

/** What must hold once nothing goes wrong any more. */
async function healed({
  world,
  violate,
  stage,
  begin,
}: Pick<CaseRun, "world" | "violate"> & {
  readonly stage: Omit<TunnelStageOptions, "linkOf">;
  readonly begin: (run: number, bytes: number) => void;
}): Promise<void> {
  const nodes = [...relayHosts(stage.relays), "node ada", "node bob"];
  const main = (): MainServer => world.process("main").role as unknown as MainServer;
  const areOnline = (): boolean => main().nodes.length === nodes.length;
  if (!(await world.until(areOnline, SESSIONS_MS))) {
    violate("nobody-is-locked-out", `only ${main().nodes.join(", ")} have a session`);
  }
  const asker = world.process("app ada");
  const running = (): number => (asker.role as unknown as Asker).running;
  if (!(await world.until(() => running() === 0, RUNS_END_MS))) {
    violate("ends-at-both-sides", `${String(running())} runs have not ended`);
  }
  let isCarried = false;
  for (let attempt = 1; attempt <= ATTEMPTS && !isCarried; attempt += 1) {
    const run = RUNS + attempt;
    begin(run, RUN_BYTES_MAX);
    const ended = (): AskerEvent | undefined =>
      (asker.events as AskerEvent[]).find((event) => event.run === run);
    await world.until(() => ended() !== undefined, RUN_MS);
    isCarried = ended()?.isWhole === true;
    if (!isCarried) await world.pass(RUN_MS / 2);
  }
  if (!isCarried) violate("tunnels-come-back", "no run is whole");
  await finish({ world, violate, nodes, main });
}

/** Ends the fronts for good: then nobody wants a tunnel, and nothing of one may be left. */
async function finish({
  world,
  violate,
  nodes,
  main,
}: Pick<CaseRun, "world" | "violate"> & {
  readonly nodes: readonly string[];
  readonly main: () => MainServer;
}): Promise<void> {
  for (const front of ["front ada", "front bob"]) await world.process(front).crash();
  const leftAt = (host: string): string | undefined => {
    const { listeners, streams } = (world.process(host).role as unknown as TunnelNode).resources;
    // The session with the main server, and the port for fronts.
    if (streams <= 1 && listeners <= 1) return undefined;
    return `${host} has ${String(streams)} streams and ${String(listeners)} listeners`;
  };
  const left = (): readonly string[] => [
    ...nodes.flatMap((host) => leftAt(host) ?? []),
    ...(main().tunnels === 0 ? [] : [`the main server has ${String(main().tunnels)} tunnels`]),
  ];
  await world.until(() => left().length === 0, CLEAN_MS);
  const [first] = left();
  if (first !== undefined) violate("nothing-half-open", first);
}

const PACKET_KINDS: readonly FaultKind[] = ["drop", "duplicate", "delay"];

/** Tunnels while links, nodes and fronts fail; everything comes back. */
const tunnels: Scenario = tunnelScenario({
  name: "tunnels",
  doc: "Bytes pass a tunnel once and in order, or the tunnel ends at both sides, whatever fails; and afterwards nothing of it is left.",
  stage: (random) => {
    const relays = random.integer(0, 3);
    return {
      relays: relays + random.integer(1, 3),
      wish: { relays, exclude: [], plain: random.chance(0.2) },
      consent: random.pick(["always", "ask"]),
    };
  },
  crashable: ({ relays }) => [...ENDS, ...relayHosts(relays)],
  faultKinds: [...PACKET_KINDS, "linkDown", "partition", "crash"],
});

/** Relays fail, one or two at a time, while tunnels are built and used. */
const relaysFail: Scenario = tunnelScenario({
  name: "tunnel-relays-fail",
  doc: "A relay that fails while a tunnel opens is replaced; one that fails later ends the tunnel at both sides.",
  stage: (random) => ({
    relays: 6,
    wish: { relays: random.integer(1, 3), exclude: [], plain: false },
    consent: "always",
  }),
  crashable: ({ relays }) => relayHosts(relays),
  faultKinds: ["crash", "linkDown", "partition"],
});

/** The scenarios of tunnels, the general one first. */
export const TUNNEL_SCENARIOS: readonly Scenario[] = [tunnels, relaysFail];
