import type { TunnelLimits } from "../../generated/tunnel/limits.ts";
import { drawFaults } from "../campaign/draw-faults.ts";
import type { Action, Case, CaseChoices } from "../campaign/scenario.ts";
import { drawSwarm } from "../campaign/swarm.ts";
import type { FaultKind, Swarm } from "../campaign/swarm.ts";
import type { RandomStream } from "../engine/index.ts";
import type { Fault } from "../network/fault.ts";
import type { LinkPlan } from "../network/topology.ts";
import type { TunnelMoment } from "./draw-moments.ts";
import type { FrontMood } from "./programs/front-program.ts";
import { RUN_MODES } from "./tunnel-apps.ts";
import { ENDS, nodeHosts, relayHosts, tunnelTopology } from "./tunnel-stage.ts";
import type { TunnelStageOptions } from "./tunnel-stage.ts";

/** What a case has besides its network. */
export interface TunnelParameters {
  readonly stage: TunnelStageOptions;
  /** How it is seen to that nobody wants a tunnel any more: the user closes the port, or the fronts are gone. */
  readonly finish: "close" | "crash";
  /** Relays that have faults; undefined where anything may. */
  readonly failing?: readonly string[];
  /** What happens when machines come to states. Default nothing. */
  readonly moments?: readonly TunnelMoment[];
}

/** When the faults end, virtual ms. */
export const HEAL_AT_MS = 60_000;
const RUNS = 8;
const RUN_BYTES_MAX = 120_000;
const PACKETS_MAX = 120;
const ACTIONS_MAX = 8;
const PACKET_KINDS: readonly FaultKind[] = ["drop", "duplicate", "delay"];

/** Draws a case in which anything may fail and users change their minds. */
export function drawTunnelCase(scenario: string, random: RandomStream, choices: CaseChoices): Case {
  const faultKinds: readonly FaultKind[] = [
    ...PACKET_KINDS,
    "linkDown",
    "partition",
    "natReboot",
    "crash",
  ];
  const swarm = drawSwarm(random.fork("swarm"), { faultKinds, choices });
  const stage = drawStage(random.fork("stage"), swarm);
  const crashable = [...ENDS, ...relayHosts(stage.relays)];
  const finish = random.fork("finish").pick(["close", "crash"] as const);
  return {
    ...drawCase(random, { stage, swarm, crashable, choices }),
    scenario,
    actions: [...drawRuns(random.fork("actions")), ...drawDeeds(random.fork("deeds"), stage)],
    parameters: { stage, finish } satisfies TunnelParameters,
  };
}

/** Draws a case in which relays fail, and always as many are left as a tunnel needs. */
export function drawRelayCase(scenario: string, random: RandomStream, choices: CaseChoices): Case {
  const drawing = random.fork("stage");
  const wish = { relays: drawing.integer(1, 3), exclude: [], plain: false };
  const stage: TunnelStageOptions = { relays: 6, wish, consent: "always" };
  const most = stage.relays - wish.relays;
  const failing = drawing.shuffle(relayHosts(stage.relays)).slice(0, drawing.integer(1, most));
  const faultKinds: readonly FaultKind[] = ["crash", "linkDown", "partition"];
  const swarm = drawSwarm(random.fork("swarm"), { faultKinds, choices });
  const drawn = drawCase(random, { stage, swarm, crashable: failing, choices });
  return {
    ...drawn,
    scenario,
    faults: drawn.faults.flatMap((fault) => onlyOf(fault, failing)),
    actions: drawRuns(random.fork("actions")),
    parameters: { stage, finish: "close", failing } satisfies TunnelParameters,
  };
}

function drawStage(random: RandomStream, { profiles }: Swarm): TunnelStageOptions {
  const relays = random.integer(0, 4);
  const isHome = random.chance(0.4);
  const most = Math.max(0, relays - 1);
  return {
    relays,
    wish: {
      relays: random.integer(0, most),
      exclude: random.chance(0.1) ? ["relay-1"] : [],
      plain: random.chance(0.15),
    },
    consent: random.pick(["always", "ask", "ask"]),
    moods: random.pick<readonly FrontMood[]>([["yes"], ["yes"], ["no", "yes"], ["nothing", "yes"]]),
    limits: drawLimits(random.fork("limits")),
    ...(isHome && { homeProfile: random.pick(profiles) }),
    ...(random.chance(0.3) && { stalls: drawStalls(random.fork("stalls"), relays) }),
  };
}

/** In half of the cases some limits are short, so that what is rare happens. */
export function drawLimits(random: RandomStream): Partial<TunnelLimits> {
  if (random.chance(0.5)) return {};
  const short = (limits: Partial<TunnelLimits>): Partial<TunnelLimits> =>
    random.chance(0.2) ? limits : {};
  return {
    ...short({ consentMs: 5_000 }),
    ...short({ openMs: 20_000 }),
    ...short({ endMs: 1_000 }),
    ...short({ nextMs: 1_000 }),
    ...short({ frontMs: 400 }),
    ...short({ drainMs: 50 }),
    ...short({ authMs: 300 }),
    ...short({ listenMs: 0 }),
    ...short({ makeMs: 3_000 }),
    ...short({ saveMs: 1_000 }),
    ...short({ hopMs: 500 }),
    ...short({ earlyBytesMax: 0 }),
    ...short({ openMs: 3_000, endMs: 20_000 }),
    ...short({ buildMs: 500 }),
    ...short({ askingPerPairMax: 1, consentMs: 5_000 }),
  };
}

function drawStalls(
  random: RandomStream,
  relays: number,
): NonNullable<TunnelStageOptions["stalls"]> {
  const host = random.pick(["main", ...nodeHosts(relays)]);
  const fromMs = random.integer(0, HEAL_AT_MS / 2);
  return { [host]: { fromMs, toMs: fromMs + random.integer(1_000, 20_000) } };
}

interface CaseDrawing {
  readonly stage: TunnelStageOptions;
  readonly swarm: Swarm;
  readonly crashable: readonly string[];
  readonly choices: CaseChoices;
}

/** Network and faults. */
function drawCase(
  random: RandomStream,
  { stage, swarm, crashable }: CaseDrawing,
): Pick<Case, "seed" | "topology" | "faults" | "healAtMs"> {
  const links = random.fork("links");
  // Fronts are in the house of their node: what waits for them is bound for that.
  const linkOf = (host: string): LinkPlan => ({
    preset: /^(front|app) /.test(host) ? "lan" : links.pick(swarm.presets),
  });
  const topology = tunnelTopology(stage, linkOf);
  const faults = drawFaults(topology, random.fork("faults"), {
    swarm,
    untilMs: HEAL_AT_MS,
    eachMax: 2,
    crashable,
    clocks: [],
    movable: [],
    packetsMax: PACKETS_MAX,
  });
  const seed = random.fork("seed").integer(1, 2 ** 31);
  return { seed, topology, faults, healAtMs: HEAL_AT_MS };
}

function drawRuns(random: RandomStream): readonly Action[] {
  return Array.from({ length: RUNS }, (_, at) => ({
    atMs: random.integer(2_000, HEAL_AT_MS),
    name: "run",
    host: "app ada",
    with: {
      run: at + 1,
      mode: random.pick(RUN_MODES),
      bytes: random.integer(1, RUN_BYTES_MAX),
    },
  }));
}

/** What users, operators and strangers do meanwhile. */
function drawDeeds(random: RandomStream, { homeProfile, relays }: TunnelStageOptions): Action[] {
  const strange = homeProfile === undefined ? [] : ["knock", "knock", "crowd"];
  const names = [
    "logout",
    "close",
    "closeTube",
    "list",
    "stop",
    "impersonate",
    "forget",
    "refuse",
    "reopen",
  ];
  return Array.from({ length: random.integer(0, ACTIONS_MAX) }, (): Action => {
    const name = random.pick([...names, ...strange]);
    const isNodes = ["logout", "forget"].includes(name);
    const fronts = ["front ada", "front bob"];
    const stoppable = [...ENDS, ...relayHosts(relays)];
    const host = random.pick(isNodes ? nodeHosts(relays) : name === "stop" ? stoppable : fronts);
    return {
      atMs: random.integer(500, HEAL_AT_MS - 1_000),
      name,
      host: strange.includes(name) ? "stranger" : host,
      with: { forMs: random.integer(100, 15_000) },
    };
  });
}

/** What of a fault befalls these hosts and nobody else. */
function onlyOf(fault: Fault, hosts: readonly string[]): readonly Fault[] {
  if (fault.kind === "linkDown") return hosts.includes(fault.link) ? [fault] : [];
  if (fault.kind !== "partition") return [fault];
  const nodes = fault.nodes.filter((node) => hosts.includes(node));
  return nodes.length === 0 ? [] : [{ ...fault, nodes }];
}
