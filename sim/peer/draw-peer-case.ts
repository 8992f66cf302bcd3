import type { PeerLimits } from "../../generated/peer/limits.ts";
import { drawFaults } from "../campaign/draw-faults.ts";
import type { Action, Case, CaseChoices } from "../campaign/scenario.ts";
import { drawSwarm } from "../campaign/swarm.ts";
import type { Swarm } from "../campaign/swarm.ts";
import type { RandomStream } from "../engine/index.ts";
import type { TopologyPlan } from "../network/topology.ts";
import type { PeerMood } from "./peer-programs.ts";

/** Hosts of every case. */
export const SERVER_HOSTS: readonly string[] = ["server 1", "server 2"];
export const PEER_HOSTS: readonly string[] = ["peer 1", "peer 2", "peer 3"];

/** What a case has besides its network. */
export interface PeerParameters {
  readonly limits: Partial<PeerLimits>;
  /** Whether direct paths are looked for. */
  readonly direct: boolean;
  /** What users say, in turn. */
  readonly moods: readonly PeerMood[];
}

/** When the faults end, virtual ms. */
const HEAL_AT_MS = 60_000;
const PACKETS_MAX = 400;
const ACTIONS_MAX = 40;
const FIRST_TRANSFER = 1000;
const FILE_BYTES_MAX = 60_000;

/** Draws a case: two servers on the Internet, three peers in homes, and what they say to each other while things go wrong. */
export function drawPeerCase(scenario: string, random: RandomStream, choices: CaseChoices): Case {
  const swarm = drawSwarm(random.fork("swarm"), { choices });
  const topology = drawHomes(random.fork("network"), swarm);
  const boxes = topology.nats.map(({ name }) => name);
  return {
    scenario,
    seed: random.fork("seed").integer(0, 2 ** 31),
    topology,
    faults: drawFaults(topology, random.fork("faults"), {
      swarm,
      packetsMax: PACKETS_MAX,
      untilMs: HEAL_AT_MS,
      movable: boxes,
    }),
    actions: drawActions(random.fork("actions")),
    healAtMs: HEAL_AT_MS,
    parameters: { ...drawParameters(random.fork("parameters")) },
  };
}

function drawHomes(random: RandomStream, swarm: Swarm): TopologyPlan {
  return {
    segments: [{ name: "internet" }, ...PEER_HOSTS.map((host) => ({ name: `${host} home` }))],
    hosts: [
      ...SERVER_HOSTS.map((name, at) => ({
        name,
        segment: "internet",
        address: `192.0.2.${String(at + 1)}`,
        link: { preset: "dataCentre" as const },
      })),
      ...PEER_HOSTS.map((name, at) => ({
        name,
        segment: `${name} home`,
        address: `192.168.${String(at + 1)}.2`,
        link: { preset: "lan" as const },
      })),
    ],
    nats: PEER_HOSTS.map((host, at) => ({
      name: `${host} box`,
      profile: random.pick(swarm.profiles),
      inner: `${host} home`,
      outer: "internet",
      externalAddresses: [`198.51.100.${String(at + 1)}`],
      outerLink: { preset: random.pick(swarm.presets) },
    })),
  };
}

/** Some limits are drawn short, so that what is rare happens. */
function drawParameters(random: RandomStream): PeerParameters {
  const short = (limits: Partial<PeerLimits>): Partial<PeerLimits> =>
    random.chance(0.3) ? limits : {};
  return {
    direct: random.chance(0.8),
    moods: random.pick<readonly PeerMood[]>([
      ["yes"],
      ["yes", "no"],
      ["yes", "no", "nothing"],
      ["no"],
    ]),
    limits: {
      ...short({ sessionMs: 15_000 }),
      ...short({ sessionIdleMs: 6_000 }),
      // A registration must outlive the longest silence of a probe.
      ...short({
        registrationMs: 30_000,
        awayMs: 20_000,
        keepAliveMinMs: 2_000,
        keepAliveMaxMs: 20_000,
        keepAliveResolutionMs: 4_000,
        probePauseMs: 1_000,
      }),
      ...short({ directPingMs: 1_000, directAgainMs: 3_000 }),
      ...short({ compareMs: 4_000 }),
      ...short({ fileSilentMs: 3_000, fileDecideMs: 4_000 }),
      ...short({ unavailableRetryMs: 3_000 }),
    },
  };
}

function drawActions(random: RandomStream): readonly Action[] {
  const count = random.integer(5, ACTIONS_MAX);
  const actions = Array.from({ length: count }, (_none, at): Action => {
    const host = random.pick(PEER_HOSTS);
    const to = random.pick(PEER_HOSTS.filter((other) => other !== host));
    const name = random.pick(["say", "say", "say", "say", "compare", "file", "cancel", "network"]);
    const transfer = FIRST_TRANSFER + at;
    const sizeBytes = random.integer(0, FILE_BYTES_MAX);
    return {
      atMs: random.integer(0, HEAL_AT_MS - 1_000),
      name,
      host,
      with: { to, text: `${host} says ${String(at)}`, transfer, sizeBytes },
    };
  });
  return actions.toSorted((one, other) => one.atMs - other.atMs);
}
