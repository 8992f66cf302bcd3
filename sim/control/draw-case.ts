import type { ControlLimits } from "../../generated/control/limits.ts";
import { drawFaults } from "../campaign/draw-faults.ts";
import type { Action, Case, CaseChoices } from "../campaign/scenario.ts";
import { drawSwarm } from "../campaign/swarm.ts";
import type { FaultKind } from "../campaign/swarm.ts";
import type { RandomStream } from "../engine/index.ts";
import type { Fault } from "../network/fault.ts";
import type { ProcessPlan } from "../world/world.ts";
import { drawNetwork, hostNames } from "./draw-network.ts";
import type { NetworkSize } from "./draw-network.ts";
import type { ControlParameters } from "./parties.ts";
import type { PartyProgramOptions } from "./programs/party-program.ts";

/** What the cases of a scenario are drawn from. */
export interface ControlDraw {
  readonly name: string;
  readonly size: NetworkSize;
  /** When the faults end, virtual ms. */
  readonly healAtMs: number;
  /** Kinds of faults that may be on. Default all. */
  readonly faultKinds?: readonly FaultKind[];
  /** Faults of each kind that has a time, at most. Default 3. */
  readonly timedMax?: number;
  /** Hosts that may crash. Default all parties. */
  readonly crashable?: readonly string[];
  /** Packets of each link's direction that may have a fault. Default 150. */
  readonly packetsMax?: number;
  /** Limits that differ from the spec's. Default: some are drawn short, so that what is rare happens. */
  readonly limits?: (random: RandomStream) => Partial<ControlLimits>;
  /** How often routers and servers report, ms. Default 1,000, 2,000, 5,000 or the spec's 20,000. */
  readonly periodsMs?: readonly number[];
  /** Sessions that each server takes. Default 1–6. */
  readonly places?: (random: RandomStream) => number;
  /** Disks that stall for a time, of ten. Default 1. */
  readonly stallsOfTen?: number;
  /** Whether machines crash while their disks stall, so that what was not synced is lost. Default false. */
  readonly crashesInStalls?: boolean;
  /** Accounts; routers and clients are dealt out to them in turn. Default 2. */
  readonly accounts?: number;
  /** Changes the options of a process. */
  readonly adapt?: (plan: ProcessPlan, random: RandomStream) => ProcessPlan;
  /** What goes wrong besides, as of what happens. Default nothing. */
  readonly faults?: (
    random: RandomStream,
    stage: DrawnStage,
    actions: readonly Action[],
  ) => readonly Fault[];
  /** What happens. */
  readonly actions: (random: RandomStream, stage: DrawnStage) => readonly Action[];
}

/** What actions are drawn for. */
export interface DrawnStage {
  readonly healAtMs: number;
  readonly servers: readonly string[];
  readonly routers: readonly string[];
  readonly clients: readonly string[];
  readonly attackers: readonly string[];
  readonly accounts: Readonly<Record<string, string>>;
}

const PERIODS_MS = [1_000, 2_000, 5_000, 20_000];
const PACKETS_MAX = 150;
const PLACES_MAX = 6;
const LOAD_PERMILLE_MAX = 1_000;
/** A report is told by its load from those before it. */
const LOAD_STEP_PERMILLE = 37;
const HTTP_MS_MAX = 150;
const FIRST_MAC = 0x0200_5e10_0001;
const HUB_PORT = 7400;
const SERVER_PORT = 7500;
/** Longer than the time after which a role gives up waiting for its disk. */
const STALL_MS_MIN = 4_000;

/** Draws a case. Each part has a stream of its own, so that a change of one changes none of the others. */
export function drawControlCase(
  draw: ControlDraw,
  random: RandomStream,
  choices: CaseChoices,
): Case {
  const { healAtMs, size } = draw;
  const { faultKinds, timedMax = 3, packetsMax = PACKETS_MAX } = draw;
  const swarm = drawSwarm(random.fork("swarm"), { ...(faultKinds && { faultKinds }), choices });
  const topology = drawNetwork(random.fork("network"), swarm, size);
  const { attackers, servers, routers, clients } = hostNames(size);
  const names = { servers, routers, clients };
  const parties = ["hub", ...servers, ...routers, ...clients];
  const parameters = drawParameters(draw, random.fork("parameters"));
  const stage = { ...names, attackers, healAtMs, accounts: parameters.accounts };
  const actions = draw.actions(random.fork("actions"), stage);
  const faults = drawFaults(topology, random.fork("faults"), {
    swarm,
    packetsMax,
    untilMs: healAtMs,
    eachMax: timedMax,
    crashable: draw.crashable ?? parties,
    clocks: parties,
  });
  const more = draw.faults?.(random.fork("more faults"), stage, actions) ?? [];
  return {
    scenario: draw.name,
    seed: random.fork("run").word(),
    topology,
    faults: [...faults, ...more, ...drawStallCrashes(draw, random.fork("stall"), parameters)],
    actions,
    healAtMs,
    parameters: { ...parameters },
  };
}

function drawStallCrashes(
  { crashesInStalls = false, healAtMs }: ControlDraw,
  random: RandomStream,
  { processes }: ControlParameters,
): readonly Fault[] {
  if (!crashesInStalls) return [];
  return processes.flatMap(({ host, options }) => {
    const { stalls = [] } = options as PartyProgramOptions;
    return stalls.map(({ fromMs, toMs }): Fault => {
      const atMs = random.integer(fromMs, toMs);
      const downMs = random.integer(0, Math.max(0, healAtMs - atMs));
      const [what, writesKept] = ["machine", 0] as const;
      return {
        kind: "crash",
        host,
        atUs: atMs * 1_000,
        what,
        writesKept,
        downForUs: downMs * 1_000,
      };
    });
  });
}

function drawParameters(draw: ControlDraw, random: RandomStream): ControlParameters {
  const { servers, routers, clients, impostors } = hostNames(draw.size);
  const limits = (draw.limits ?? drawLimits)(random.fork("limits"));
  const accountOf = (index: number): string => `account ${String(index % (draw.accounts ?? 2))}`;
  const accounts = Object.fromEntries(
    [routers, clients].flatMap((hosts) => hosts.map((host, index) => [host, accountOf(index)])),
  );
  const periodMs = random.pick(draw.periodsMs ?? PERIODS_MS);
  const drawPlaces = draw.places ?? ((stream): number => stream.integer(1, PLACES_MAX));
  const common = (host: string): PartyProgramOptions => ({
    identity: host,
    limits,
    ...drawStalls(draw, random.fork(`${host} disk`)),
  });
  const plans: ProcessPlan[] = [
    {
      host: "hub",
      program: "hub",
      options: { ...common("hub"), servers },
      udpPort: HUB_PORT,
      tcpPort: HUB_PORT,
    },
  ];
  for (const host of servers) {
    const stream = random.fork(host);
    const load = {
      places: drawPlaces(stream),
      loadPermille: stream.below(LOAD_PERMILLE_MAX),
      loadStepPermille: LOAD_STEP_PERMILLE,
    };
    const options = { ...common(host), hub: "hub", periodMs, ...load };
    plans.push({ host, program: "server", options, udpPort: SERVER_PORT, tcpPort: SERVER_PORT });
  }
  for (const [index, host] of routers.entries()) {
    const options = { ...common(host), hub: "hub", mac: FIRST_MAC + index, periodMs };
    plans.push({ host, program: "router", options, udpPort: 0 });
  }
  for (const host of clients) {
    plans.push({ host, program: "client", options: { identity: host, limits } });
  }
  for (const [index, host] of impostors.entries()) {
    const victimMac = FIRST_MAC + (index % routers.length);
    plans.push({
      host,
      program: "impostor",
      options: { identity: host, limits, hub: "hub", victimMac },
    });
  }
  const { adapt = (plan: ProcessPlan): ProcessPlan => plan } = draw;
  const processes = plans.map((plan) => adapt(plan, random.fork(`${plan.host} options`)));
  return { processes, limits, accounts, httpMs: random.integer(1, HTTP_MS_MAX) };
}

/** Limits for scenarios that state none: half of the runs have the spec's. */
export function drawLimits(random: RandomStream): Partial<ControlLimits> {
  if (random.chance(0.5)) return {};
  return {
    // A grant is void after two rotations, so a meeting must take less than that.
    keyRotationMs: random.pick([8_000, 15_000]),
    cookieRotationMs: random.pick([1_000, 5_000, 120_000]),
    loadPeriodMs: random.pick([5_000, 20_000]),
  };
}

function drawStalls(
  { stallsOfTen = 1, healAtMs }: ControlDraw,
  random: RandomStream,
): Pick<PartyProgramOptions, "stalls"> {
  if (random.below(10) >= stallsOfTen) return {};
  const lengthMs = random.integer(STALL_MS_MIN, 2 * STALL_MS_MIN);
  const fromMs = random.below(Math.max(1, healAtMs - lengthMs));
  return { stalls: [{ fromMs, toMs: fromMs + lengthMs }] };
}
