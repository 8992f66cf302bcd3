import { TUNNEL_ELEMENTS } from "../../generated/tunnel/elements.ts";
import type { Action, Case, CaseChoices } from "../campaign/scenario.ts";
import { drawSwarm } from "../campaign/swarm.ts";
import type { RandomStream } from "../engine/index.ts";
import type { TunnelParameters } from "./draw-tunnel-case.ts";
import { drawLimits, HEAL_AT_MS } from "./draw-tunnel-case.ts";
import { RUN_MODES } from "./tunnel-apps.ts";
import { ENDS, nodeHosts, relayHosts, tunnelTopology } from "./tunnel-stage.ts";
import type { TunnelStageOptions } from "./tunnel-stage.ts";

/** Something that happens as soon as a machine anywhere has come to a state. */
export interface TunnelMoment {
  readonly machine: string;
  readonly state: string;
  /** At which entry into the state, from 1. */
  readonly nth: number;
  /** What happens, to whom, and for how long: as an action of the case; `HERE` is the host whose machine it is. */
  readonly deed: Pick<Action, "name" | "host" | "with">;
}

/** The host of the machine that a moment is about. */
export const HERE = "here";

const MOMENTS_MAX = 3;
const NTH_MAX = 3;
const RELAYS = 3;
const RUNS = 3;
const RUN_BYTES_MAX = 60_000;

/** Where a machine may be. Channels are the system's and in them nothing of a tunnel happens. */
export const TUNNEL_STATES: readonly Pick<TunnelMoment, "machine" | "state">[] =
  TUNNEL_ELEMENTS.machines.flatMap(({ machine, transitions }) =>
    [...new Set(transitions.map(({ to }) => to))].map((state) => ({ machine, state })),
  );

/** The network of these cases: everything is fast, so that what happens at a moment happens in the middle of things. */
export const MOMENTS_STAGE: TunnelStageOptions = {
  relays: RELAYS,
  wish: { relays: 2, exclude: [], plain: false },
  consent: "ask",
};

/** A case without faults but those of the moments. */
export function caseOfMoments(scenario: string, moments: readonly TunnelMoment[]): Case {
  const stage = MOMENTS_STAGE;
  const actions = [3_000, 20_000].map((atMs, at): Action => {
    const [run, mode] = [at + 1, RUN_MODES[at]];
    return { atMs, name: "run", host: "app ada", with: { run, mode, bytes: RUN_BYTES_MAX } };
  });
  const parameters: TunnelParameters = { stage, finish: "close", moments };
  return {
    scenario,
    seed: 1,
    topology: tunnelTopology(stage, () => ({ preset: "lan" })),
    faults: [],
    actions,
    healAtMs: HEAL_AT_MS,
    parameters: { ...parameters },
  };
}

/** Draws what happens at which moments. */
export function drawMoments(scenario: string, random: RandomStream, choices: CaseChoices): Case {
  const swarm = drawSwarm(random.fork("swarm"), { choices });
  const drawing = random.fork("stage");
  const stage: TunnelStageOptions = {
    ...MOMENTS_STAGE,
    wish: {
      relays: drawing.integer(0, RELAYS - 1),
      exclude: [],
      plain: drawing.chance(0.2),
    },
    consent: drawing.pick(["always", "ask"]),
    moods: drawing.pick([["yes"], ["nothing", "yes"]] as const),
    limits: drawLimits(random.fork("limits")),
    ...(drawing.chance(0.1) && { stalls: { main: { fromMs: 0, toMs: 10_000 } } }),
  };
  const links = random.fork("links");
  const topology = tunnelTopology(stage, (host) => ({
    preset: /^(front|app) /.test(host) ? "lan" : links.pick(swarm.presets),
  }));
  const times = random.fork("actions");
  const moments = random.fork("moments");
  const parameters: TunnelParameters = {
    stage,
    finish: drawing.pick(["close", "crash"] as const),
    moments: Array.from({ length: moments.integer(1, MOMENTS_MAX) }, () => drawMoment(moments)),
  };
  return {
    scenario,
    seed: random.fork("seed").integer(1, 2 ** 31),
    topology,
    faults: [],
    actions: Array.from({ length: RUNS }, (_, at) => ({
      atMs: times.integer(2_000, HEAL_AT_MS),
      name: "run",
      host: "app ada",
      with: {
        run: at + 1,
        mode: times.pick(RUN_MODES),
        bytes: times.integer(1, RUN_BYTES_MAX),
      },
    })),
    healAtMs: HEAL_AT_MS,
    parameters: { ...parameters },
  };
}

function drawMoment(random: RandomStream): TunnelMoment {
  const name = random.pick(["crash", "fail", "stop", "logout", "close", "closeTube"]);
  const nodes = nodeHosts(RELAYS);
  const host = {
    logout: random.pick(nodes),
    close: "front ada",
    closeTube: random.pick(["front ada", "front bob"]),
  }[name];
  const all = [...ENDS, ...relayHosts(RELAYS)];
  const somewhere = random.chance(0.4) ? HERE : random.pick(all);
  const at = random.pick(TUNNEL_STATES);
  const isNodes = name === "logout" && /^Node/.test(at.machine);
  return {
    ...at,
    nth: random.integer(1, NTH_MAX),
    deed: {
      name,
      host: isNodes ? HERE : (host ?? somewhere),
      with: { forMs: random.pick([200, 2_000, 15_000, 40_000]) },
    },
  };
}
