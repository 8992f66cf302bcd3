import type { Fault } from "../../network/fault.ts";
import { isPacketFault } from "../../network/fault.ts";
import type { TopologyPlan } from "../../network/topology.ts";
import type { Case, Scenario } from "../scenario.ts";
import { without } from "./reduction.ts";
import type { Reduction } from "./reduction.ts";

/** Fewer faults. */
export const FEWER_FAULTS: Reduction = {
  name: "faults",
  count: ({ faults }) => faults.length,
  reduce: (given, from, to) => ({ ...given, faults: without(given.faults, from, to) }),
};

/** Fewer actions. */
export const FEWER_ACTIONS: Reduction = {
  name: "actions",
  count: ({ actions }) => actions.length,
  reduce: (given, from, to) => ({ ...given, actions: without(given.actions, from, to) }),
};

/** Fewer of the hosts that a scenario can do without, and of the NAT boxes with nobody left behind them. */
export function fewerHosts(scenario: Scenario): Reduction {
  const optionalOf = ({ topology }: Case): readonly string[] =>
    scenario.optionalHosts?.(topology) ?? [];
  return {
    name: "hosts",
    count: (given) => optionalOf(given).length,
    reduce: (given, from, to) => withoutHosts(given, new Set(optionalOf(given).slice(from, to))),
  };
}

function withoutHosts(given: Case, gone: ReadonlySet<string>): Case {
  const { topology, actions } = given;
  const hosts = topology.hosts.filter(({ name }) => !gone.has(name));
  const left = withoutEmptyHomes({ ...topology, hosts });
  const nodes = new Set([...left.hosts, ...left.nats].map(({ name }) => name));
  const links = new Set(left.hosts.map(({ name }) => name));
  for (const { name } of left.nats) links.add(`${name} inner`).add(`${name} outer`);
  return {
    ...given,
    topology: left,
    actions: actions.filter(({ host }) => !gone.has(host)),
    faults: given.faults.filter((fault) => isAboutAny(fault, nodes, links)),
  };
}

/** Boxes and segments are taken away as long as there is a box with nothing inside. */
function withoutEmptyHomes(topology: TopologyPlan): TopologyPlan {
  let { nats } = topology;
  const isEmpty = (segment: string): boolean =>
    !topology.hosts.some((host) => host.segment === segment) &&
    !nats.some(({ outer }) => outer === segment);
  for (let before = -1; before !== nats.length;) {
    before = nats.length;
    nats = nats.filter(({ inner }) => !isEmpty(inner));
  }
  const segments = topology.segments.filter(({ name }) => !isEmpty(name));
  return { ...topology, nats, segments };
}

/** Faults of what is gone are harmless, but they would stand in the way of who reads the case. */
function isAboutAny(fault: Fault, nodes: ReadonlySet<string>, links: ReadonlySet<string>): boolean {
  if (isPacketFault(fault)) return links.has(fault.link);
  switch (fault.kind) {
    case "linkDown":
      return links.has(fault.link);
    case "partition":
      return fault.nodes.some((node) => nodes.has(node));
    case "addressChange":
      return nodes.has(fault.node);
    case "natReboot":
      return nodes.has(fault.nat);
    case "crash":
    case "clockRate":
    case "clockJump":
      return nodes.has(fault.host);
  }
}
