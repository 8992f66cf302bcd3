import type { PeerLimits } from "../../generated/peer/limits.ts";
import { drawFaults } from "../campaign/draw-faults.ts";
import type { Action, Case, CaseChoices } from "../campaign/scenario.ts";
import { drawSwarm } from "../campaign/swarm.ts";
import type { Swarm } from "../campaign/swarm.ts";
import type { RandomStream } from "../engine/index.ts";
import type { TopologyPlan } from "../network/topology.ts";
import type { PeerDisk, PeerMood } from "./peer-programs.ts";

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
  /** How disks bear files, in turn. */
  readonly disks: readonly PeerDisk[];
  /** The peer that forges what it reveals; none if it is missing. */
  readonly forger?: string;
}

/** When the faults end, virtual ms. */
const HEAL_AT_MS = 60_000;
const PACKETS_MAX = 400;
const ACTIONS_MAX = 40;
const FIRST_TRANSFER = 1000;
const FILE_BYTES_MAX = 60_000;
const SMALL_FILE_BYTES_MAX = 2_000;
/** How often two peers live in one home, and one forges. */
const NEIGHBOURS_CHANCE = 0.25;
const FORGER_CHANCE = 0.15;

/** Draws a case: two servers on the Internet, three peers in homes, and what they say to each other while things go wrong. */
export function drawPeerCase(scenario: string, random: RandomStream, choices: CaseChoices): Case {
  const swarm = drawSwarm(random.fork("swarm"), { choices });
  const apart = drawHomes(random.fork("network"), swarm);
  const topology = random.fork("neighbours").chance(NEIGHBOURS_CHANCE) ? together(apart) : apart;
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

/** Peer 2 moves in with peer 1: behind one box they have one address, and after the box was switched off perhaps the other's port. */
function together(topology: TopologyPlan): TopologyPlan {
  const [home] = topology.nats;
  const hosts = topology.hosts.map((host) =>
    host.name === "peer 2" && home !== undefined
      ? { ...host, segment: home.inner, address: "192.168.1.3" }
      : host,
  );
  return {
    segments: topology.segments.filter(({ name }) => name !== "peer 2 home"),
    hosts,
    nats: topology.nats.filter(({ inner }) => inner !== "peer 2 home"),
  };
}

/** Some limits are drawn short, so that what is rare happens. */
function drawParameters(random: RandomStream): PeerParameters {
  const short = (limits: Partial<PeerLimits>): Partial<PeerLimits> =>
    random.chance(0.3) ? limits : {};
  return {
    direct: random.chance(0.7),
    disks: random.pick<readonly PeerDisk[]>([
      ["good"],
      ["good", "slow", "damaged"],
      ["full", "good", "failing"],
      ["slow", "stuck"],
    ]),
    ...(random.chance(FORGER_CHANCE) ? { forger: random.pick(PEER_HOSTS) } : {}),
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
      // Between these bounds lie holes that NATs of thirty seconds keep.
      ...short({
        registrationMs: 120_000,
        keepAliveMinMs: 5_000,
        keepAliveMaxMs: 50_000,
        keepAliveResolutionMs: 12_000,
        probePauseMs: 1_000,
      }),
      ...short({ transfersMax: 1 }),
      ...short({ directPingMs: 1_000, directAgainMs: 3_000 }),
      ...short({ compareMs: 4_000 }),
      ...short({ fileSilentMs: 1_500, fileDecideMs: 4_000 }),
      ...short({ unavailableRetryMs: 3_000 }),
    },
  };
}

/** What users do; what stands here twice they do twice as often. */
const ACTIONS = [
  ...["say", "say", "say", "say", "poison", "compare", "compare", "file", "file"],
  ...["cancel", "again", "network", "quit"],
];

/** So long after what it did last a peer is stopped at most, virtual ms. */
const QUIT_AFTER_MS_MAX = 800;

function drawActions(random: RandomStream): readonly Action[] {
  const count = random.integer(5, ACTIONS_MAX);
  const actions = Array.from({ length: count }, (_none, at): Action => {
    const host = random.pick(PEER_HOSTS);
    const to = random.pick(PEER_HOSTS.filter((other) => other !== host));
    const name = random.pick(ACTIONS);
    const transfer = FIRST_TRANSFER + at;
    const sizeBytes = random.integer(0, random.chance(0.5) ? FILE_BYTES_MAX : SMALL_FILE_BYTES_MAX);
    const afterMs = random.integer(0, QUIT_AFTER_MS_MAX);
    const first = random.pick(["say", "compare", "restart"]);
    return {
      atMs: random.integer(0, HEAL_AT_MS - 1_000),
      name,
      host,
      with: { to, text: `${host} says ${String(at)}`, transfer, sizeBytes, afterMs, first },
    };
  });
  return actions.toSorted((one, other) => one.atMs - other.atMs);
}
