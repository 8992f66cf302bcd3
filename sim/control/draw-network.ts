import type { Swarm } from "../campaign/swarm.ts";
import type { RandomStream } from "../engine/index.ts";
import type {
  HostPlan,
  LinkPlan,
  NatPlan,
  SegmentPlan,
  TopologyPlan,
} from "../network/topology.ts";

/** How many of each a network has. */
export interface NetworkSize {
  /** 1–20. */
  readonly servers: number;
  /** 1–90. */
  readonly routers: number;
  /** 0–90. */
  readonly clients: number;
  /** Hosts on the Internet that belong to nobody. Default 0. */
  readonly attackers?: number;
  /** Machines in homes that say to be one of the routers. Default 0. */
  readonly impostors?: number;
  /** Link of each server. Default: a data centre's. */
  readonly serverLink?: LinkPlan;
}

/** One home in so many is behind a carrier's NAT besides its own. */
const CARRIER_RATIO = 0.3;
const CARRIER = "carrier";

/** The names of the hosts of each kind, in order. */
export function hostNames(size: NetworkSize): {
  readonly servers: readonly string[];
  readonly routers: readonly string[];
  readonly clients: readonly string[];
  readonly attackers: readonly string[];
  readonly impostors: readonly string[];
} {
  const named = (kind: string, count: number): readonly string[] =>
    Array.from({ length: count }, (_none, index) => `${kind} ${String(index + 1)}`);
  return {
    servers: named("server", size.servers),
    routers: named("router", size.routers),
    clients: named("client", size.clients),
    attackers: named("attacker", size.attackers ?? 0),
    impostors: named("impostor", size.impostors ?? 0),
  };
}

/** Hub, servers and attackers on the Internet; each router and each client in a home of its own, behind its own NAT box. */
export function drawNetwork(random: RandomStream, swarm: Swarm, size: NetworkSize): TopologyPlan {
  const { servers, routers, clients, attackers, impostors } = hostNames(size);
  const inside = [...routers, ...clients, ...impostors];
  const homes = inside.map((host, index) => drawHome(random.fork(host), swarm, { host, index }));
  const carrier = drawCarrier(random.fork(CARRIER), swarm);
  const isCarried = homes.some(({ nat }) => nat.outer === CARRIER);
  return {
    segments: [
      { name: INTERNET },
      ...homes.map(({ segment }) => segment),
      ...(isCarried ? [{ name: CARRIER }] : []),
    ],
    hosts: [
      onInternet("hub", "192.0.2.1"),
      ...servers.map((name, index) => ({
        ...onInternet(name, `203.0.113.${String(index + 1)}`),
        link: size.serverLink ?? DATA_CENTRE,
      })),
      ...attackers.map((name, index) => onInternet(name, `192.0.2.${String(index + 101)}`)),
      ...homes.map(({ host }) => host),
    ],
    nats: [...homes.map(({ nat }) => nat), ...(isCarried ? [carrier] : [])],
  };
}

const INTERNET = "internet";
const DATA_CENTRE = { preset: "dataCentre" } as const;

function onInternet(name: string, address: string): HostPlan {
  return { name, segment: INTERNET, address, link: DATA_CENTRE };
}

function drawHome(
  random: RandomStream,
  swarm: Swarm,
  { host: name, index }: { readonly host: string; readonly index: number },
): { readonly host: HostPlan; readonly segment: SegmentPlan; readonly nat: NatPlan } {
  const segment = { name: `${name} home` };
  const isCarried = random.chance(CARRIER_RATIO);
  const number = String(index + 10);
  const nat: NatPlan = {
    name: `${name} box`,
    profile: random.pick(swarm.profiles),
    inner: segment.name,
    outer: isCarried ? CARRIER : INTERNET,
    externalAddresses: [isCarried ? `100.64.0.${number}` : `198.51.100.${number}`],
    outerLink: { preset: random.pick(swarm.presets) },
  };
  const link = { preset: "lan" } as const;
  return { host: { name, segment: segment.name, address: "192.168.1.10", link }, segment, nat };
}

function drawCarrier(random: RandomStream, swarm: Swarm): NatPlan {
  return {
    name: "carrier box",
    profile: random.pick(swarm.profiles),
    inner: CARRIER,
    outer: INTERNET,
    externalAddresses: ["198.51.100.200"],
    innerLink: DATA_CENTRE,
    outerLink: DATA_CENTRE,
  };
}
