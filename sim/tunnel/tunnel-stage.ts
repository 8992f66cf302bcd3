import type { Consent, TunnelWish } from "../../runtime/roles/tunnel/front/front-events.ts";
import type { TunnelLimits } from "../../generated/tunnel/limits.ts";
import type { HostPlan, LinkPlan, NatPlan, TopologyPlan } from "../network/topology.ts";
import type { ProcessPlan, ProgramFactory } from "../world/world.ts";
import type { FrontMood } from "./programs/front-program.ts";
import { frontProgram } from "./programs/front-program.ts";
import { mainProgram } from "./programs/main-program.ts";
import { nodeProgram } from "./programs/node-program.ts";

/** Programs of a tunnel network by the names that process plans use. */
export const TUNNEL_PROGRAMS: Readonly<Record<string, ProgramFactory>> = {
  main: mainProgram,
  node: nodeProgram,
  front: frontProgram,
};

/** The roles that each program plays, as the specs call them. */
export const TUNNEL_ROLES: Readonly<Record<string, readonly string[]>> = {
  main: ["mainServer", "party"],
  node: ["node", "party"],
  front: ["front", "party"],
};

/** Where programs come to the front of ada. */
export const LOCAL_PORT = 5000;
/** Where fronts come to their node. */
export const FRONT_PORT = 7610;
const MAIN_PORT = 7600;
const ECHO_PORT = 80;

/** The hosts that build and end tunnels, without relays. */
export const ENDS: readonly string[] = ["main", "node ada", "node bob", "front ada", "front bob"];
const HOME_OF_BOB: ReadonlySet<string> = new Set(["node bob", "front bob", "app bob", "stranger"]);

/** A network: ada opens tunnels to bob, over relays of operators of their own. JSON. */
export interface TunnelStageOptions {
  /** How many nodes relay, >= 0. */
  readonly relays: number;
  readonly wish: Omit<TunnelWish, "user">;
  /** The NAT profile of bob's home, where the stranger lives too; undefined for neither home nor stranger. */
  readonly homeProfile?: string;
  readonly limits?: Partial<TunnelLimits>;
  readonly consent?: Consent;
  /** Whether bob takes tunnels without encryption. Default as ada wishes. */
  readonly takesPlain?: boolean;
  /** What bob says when he is asked, in turn. Default yes. */
  readonly moods?: readonly FrontMood[];
  /** When disks do nothing, by host. Default never. */
  readonly stalls?: Readonly<Record<string, { readonly fromMs: number; readonly toMs: number }>>;
  /** Most bytes a second of one tunnel in each direction, by node. Default: no bound. */
  readonly bytesPerS?: Readonly<Record<string, number>>;
}

/** The hosts of the relays. */
export function relayHosts(relays: number): readonly string[] {
  return Array.from({ length: relays }, (_, at) => `relay ${String(at + 1)}`);
}

/** The hosts of all nodes. */
export function nodeHosts(relays: number): readonly string[] {
  return ["node ada", "node bob", ...relayHosts(relays)];
}

/** The name of the user of a node or front. */
export function userOf(host: string): string {
  return host.replace(/^(node|front) /, "").replace(" ", "-");
}

/**
 * All hosts on the Internet, or bob's behind NAT. Fronts are hosts of their own, so that their way to the node can break as well.
 * @param linkOf the link of a host, and that of bob's NAT box to the Internet.
 */
export function tunnelTopology(
  { relays, homeProfile }: TunnelStageOptions,
  linkOf: (host: string) => LinkPlan,
): TopologyPlan {
  const isHome = (name: string): boolean => homeProfile !== undefined && HOME_OF_BOB.has(name);
  const stranger = homeProfile === undefined ? [] : ["stranger"];
  const names = [...ENDS, ...relayHosts(relays), "app ada", "app bob", ...stranger];
  const hosts = names.map((name, at): HostPlan => ({
    name,
    segment: isHome(name) ? "home of bob" : "internet",
    address: `${isHome(name) ? "192.168.1" : "192.0.2"}.${String(at + 1)}`,
    link: isHome(name) ? { preset: "lan" } : linkOf(name),
  }));
  if (homeProfile === undefined) return { segments: [{ name: "internet" }], hosts, nats: [] };
  const box: NatPlan = {
    name: "box of bob",
    profile: homeProfile,
    inner: "home of bob",
    outer: "internet",
    externalAddresses: ["198.51.100.1"],
    outerLink: linkOf("box of bob"),
  };
  return { segments: [{ name: "internet" }, { name: "home of bob" }], hosts, nats: [box] };
}

/** The processes, in the order in which they start. Programs at the ends are no processes: see `TunnelApps`. */
export function tunnelProcesses(
  stage: TunnelStageOptions,
  topology: TopologyPlan,
): readonly ProcessPlan[] {
  const { bytesPerS, consent, limits = {}, moods, relays, stalls, wish } = stage;
  const party = (host: string): object => ({ identity: host, limits, stall: stalls?.[host] });
  const node = (host: string): ProcessPlan => {
    const user = userOf(host);
    const [operator, isRelay] = [`operator of ${user}`, host.startsWith("relay ")];
    const more = { main: "main", user, operator, relays: isRelay, frontPort: FRONT_PORT };
    const bound = bytesPerS?.[host];
    const options = { ...party(host), ...more, ...(bound !== undefined && { bytesPerS: bound }) };
    return { host, program: "node", options };
  };
  const front = (user: string, more: object): ProcessPlan => {
    const host = `front ${user}`;
    const at = { user, node: `node ${user}`, nodePort: FRONT_PORT };
    return { host, program: "front", options: { ...party(host), ...at, ...more } };
  };
  const { address = "" } = topology.hosts.find(({ name }) => name === "app bob") ?? {};
  const offers = { address, port: ECHO_PORT };
  const opens = { wish: { ...wish, user: "bob" }, port: LOCAL_PORT };
  const plans = [
    { host: "main", program: "main", options: party("main"), tcpPort: MAIN_PORT },
    ...nodeHosts(relays).map(node),
    front("bob", { offers, takesPlain: stage.takesPlain ?? wish.plain, consent, moods }),
    front("ada", { opens }),
  ];
  const here = new Set(topology.hosts.map(({ name }) => name));
  return plans.filter(({ host }) => here.has(host));
}
