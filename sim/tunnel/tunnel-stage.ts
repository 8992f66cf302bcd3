import type { FrontEvent, TunnelWish } from "../../runtime/roles/tunnel/front/front-events.ts";
import type { Consent } from "../../runtime/roles/tunnel/front/front-events.ts";
import type { TunnelLimits } from "../../generated/tunnel/limits.ts";
import type { LinkPlan, TopologyPlan } from "../network/topology.ts";
import type { ProcessPlan, ProgramFactory } from "../world/world.ts";
import { askerProgram, echoProgram } from "./programs/echo-roles.ts";
import { frontProgram } from "./programs/front-program.ts";
import { mainProgram } from "./programs/main-program.ts";
import { nodeProgram } from "./programs/node-program.ts";

/** Programs of a tunnel network by the names that process plans use. */
export const TUNNEL_PROGRAMS: Readonly<Record<string, ProgramFactory>> = {
  main: mainProgram,
  node: nodeProgram,
  front: frontProgram,
  asker: askerProgram,
  echo: echoProgram,
};

/** The roles that each program plays, as the specs call them. */
export const TUNNEL_ROLES: Readonly<Record<string, readonly string[]>> = {
  main: ["mainServer", "party"],
  node: ["node", "party"],
  front: ["front", "party"],
  asker: [],
  echo: [],
};

/** Where programs come to the front of ada. */
export const LOCAL_PORT = 5000;
const MAIN_PORT = 7600;
const FRONT_PORT = 7610;
const ECHO_PORT = 80;

/** The hosts that build and end tunnels, without relays. */
export const ENDS: readonly string[] = ["main", "node ada", "node bob", "front ada", "front bob"];

/** A network: ada opens tunnels to bob, over relays of operators of their own. */
export interface TunnelStageOptions {
  /** How many nodes relay, >= 0. */
  readonly relays: number;
  readonly wish: Omit<TunnelWish, "user">;
  /** The link of a host. */
  readonly linkOf: (host: string) => LinkPlan;
  readonly limits?: Partial<TunnelLimits>;
  readonly consent?: Consent;
  readonly answer?: { readonly isAllowed: boolean; readonly afterMs: number };
}

/** The hosts of the relays. */
export function relayHosts(relays: number): readonly string[] {
  return Array.from({ length: relays }, (_, at) => `relay ${String(at + 1)}`);
}

/** All hosts on the Internet. Fronts are hosts of their own, so that their way to the node can break as well. */
export function tunnelTopology({ relays, linkOf }: TunnelStageOptions): TopologyPlan {
  const names = [...ENDS, ...relayHosts(relays), "app ada", "app bob"];
  return {
    segments: [{ name: "internet" }],
    hosts: names.map((name, at) => ({
      name,
      segment: "internet",
      address: `192.0.2.${String(at + 1)}`,
      link: linkOf(name),
    })),
    nats: [],
  };
}

/** The processes, in the order in which they start. */
export function tunnelProcesses(options: TunnelStageOptions): readonly ProcessPlan[] {
  const limits = options.limits ?? {};
  const node = (user: string, relays: boolean): unknown => ({
    identity: `node ${user}`,
    limits,
    main: "main",
    user,
    operator: `operator of ${user}`,
    relays,
    frontPort: FRONT_PORT,
  });
  const front = (user: string, more: object): unknown => ({
    identity: `front ${user}`,
    limits,
    user,
    node: `node ${user}`,
    nodePort: FRONT_PORT,
    ...more,
  });
  const { answer, consent, wish } = options;
  const offers = { host: "app bob", port: ECHO_PORT };
  const opens = { wish: { ...wish, user: "bob" }, port: LOCAL_PORT };
  return [
    { host: "main", program: "main", options: { identity: "main", limits }, tcpPort: MAIN_PORT },
    ...["ada", "bob"].map((user) => ({
      host: `node ${user}`,
      program: "node",
      options: node(user, false),
    })),
    ...relayHosts(options.relays).map((host) => ({
      host,
      program: "node",
      options: node(host.replace(" ", "-"), true),
    })),
    { host: "app bob", program: "echo", options: {}, tcpPort: ECHO_PORT },
    { host: "front bob", program: "front", options: front("bob", { offers, consent, answer }) },
    { host: "front ada", program: "front", options: front("ada", { opens }) },
    { host: "app ada", program: "asker", options: {} },
  ];
}

/** Whether an event of a front says that its port leads to the other user. */
export function isOpened(event: unknown): event is Extract<FrontEvent, { type: "opened" }> {
  return typeof event === "object" && event !== null && "type" in event && event.type === "opened";
}
