import type { RandomStream } from "../../engine/index.ts";
import type { HostPlan, NatPlan, TopologyPlan } from "../../network/topology.ts";
import type { SimulatedProcess } from "../../world/simulated-process.ts";
import { drawFaults } from "../draw-faults.ts";
import type { Case, CaseChoices, CaseRun, Scenario } from "../scenario.ts";
import { drawSwarm } from "../swarm.ts";
import type { Swarm } from "../swarm.ts";
import { KEEPER_UDP_PORT, keeperProgram, ORDER_ELEMENTS, senderProgram } from "./order-roles.ts";
import type { OrderBug, OrderCounted } from "./order-roles.ts";

const HEAL_AT_MS = 30_000;
/** After this time without faults every order must be done: some retries, each of two seconds at most. */
const CONVERGE_MS = 20_000;
const RETRY_MS = 500;

/** The scenario of orders, with what is wrong with its roles. */
export function orderScenario(name: string, bug?: OrderBug): Scenario {
  return {
    name,
    doc: "Senders at homes order; a keeper counts each order once.",
    checkers: [
      { name: "orders-count-once", doc: "No order is counted twice." },
      { name: "orders-are-kept", doc: "What is done is on the keeper's disk." },
      { name: "orders-arrive", doc: "After healing every order is done within 20 s." },
    ],
    programs: { sender: senderProgram, keeper: keeperProgram },
    spec: {
      protocols: [ORDER_ELEMENTS],
      rolesOf: { sender: ["sender"], keeper: ["keeper"] },
    },
    bounds: { eventsMax: 200_000, virtualMsMax: 600_000 },
    optionalHosts: ({ hosts }) =>
      hosts.map((host) => host.name).filter((host) => !["keeper", "sender 1"].includes(host)),
    *simplify(given) {
      if (given.parameters["retryMs"] === RETRY_MS) return;
      yield { ...given, parameters: { retryMs: RETRY_MS } };
    },
    draw: (random, choices) => drawCase(name, random, choices),
    run: (run) => runOrders(run, bug),
  };
}

function drawCase(scenario: string, random: RandomStream, choices: CaseChoices): Case {
  const swarm = drawSwarm(random.fork("swarm"), { choices });
  const homes = random.fork("homes").integer(1, 4);
  const topology = drawTopology(homes, random.fork("topology"), swarm);
  const ordering = random.fork("actions");
  const actions = Array.from({ length: ordering.integer(1, 20) }, () => ({
    atMs: ordering.below(HEAL_AT_MS),
    name: "order",
    host: `sender ${String(ordering.integer(1, homes))}`,
  }));
  return {
    scenario,
    seed: random.fork("run").below(2 ** 32),
    topology,
    faults: drawFaults(topology, random.fork("faults"), {
      swarm,
      untilMs: HEAL_AT_MS,
      // A sender keeps in memory what it was ordered, so it may not crash; the keeper may.
      crashable: ["keeper"],
      movable: topology.nats.map((nat) => nat.name),
      packetsMax: 60,
    }),
    actions: actions.sort((one, other) => one.atMs - other.atMs),
    healAtMs: HEAL_AT_MS,
    parameters: { retryMs: random.fork("retry").integer(200, 2000) },
  };
}

function drawTopology(homes: number, random: RandomStream, swarm: Swarm): TopologyPlan {
  const lan = { preset: "lan" } as const;
  const link = { preset: "dataCentre" } as const;
  const keeper = { name: "keeper", segment: "internet", address: "192.0.2.1", link };
  const hosts: HostPlan[] = [keeper];
  const nats: NatPlan[] = [];
  for (let home = 1; home <= homes; home += 1) {
    const segment = `home ${String(home)}`;
    hosts.push({ name: `sender ${String(home)}`, segment, address: "192.168.1.2", link: lan });
    nats.push({
      name: `box ${String(home)}`,
      profile: random.pick(swarm.profiles),
      inner: segment,
      outer: "internet",
      externalAddresses: [`198.51.100.${String(home)}`],
      outerLink: { preset: random.pick(swarm.presets) },
    });
  }
  const segments = ["internet", ...nats.map(({ inner }) => inner)].map((name) => ({ name }));
  return { segments, hosts, nats };
}

async function runOrders({ world, case: given, violate }: CaseRun, bug?: OrderBug): Promise<void> {
  const { hosts } = given.topology;
  const options = bug === undefined ? {} : { bug };
  const keeper = await world.add({
    host: "keeper",
    program: "keeper",
    options,
    udpPort: KEEPER_UDP_PORT,
  });
  const senders = new Map<string, SimulatedProcess>();
  for (const { name } of hosts.filter((host) => host.name.startsWith("sender "))) {
    const sender = Number(name.slice("sender ".length));
    const retryMs = given.parameters["retryMs"];
    const plan = { host: name, program: "sender", options: { sender, retryMs, ...options } };
    senders.set(name, await world.add({ ...plan, udpPort: 5000 }));
  }
  let wanted = 0;
  for (const { atMs, host } of given.actions) {
    const sender = senders.get(host);
    if (sender === undefined) continue;
    wanted += 1;
    world.schedule(atMs, "order", () => {
      sender.command("order");
    });
  }
  watchCounting(keeper, violate);
  await world.pass(given.healAtMs);
  const done = (): number =>
    [...senders.values()].reduce((sum, { events }) => sum + events.length, 0);
  const arrive = await world.until(() => done() === wanted, CONVERGE_MS);
  if (!arrive) violate("orders-arrive", `${String(done())} of ${String(wanted)} orders were done`);
  const kept = keeper.disk.read("counted") ?? new Uint8Array(256);
  for (const [name, { events }] of senders) {
    const sender = Number(name.slice("sender ".length));
    if (kept[sender] === events.length) continue;
    violate(
      "orders-are-kept",
      `of ${name} ${String(kept[sender])} of ${String(events.length)} are kept`,
    );
  }
}

function watchCounting(keeper: SimulatedProcess, violate: CaseRun["violate"]): void {
  const counted = new Set<string>();
  keeper.onEvent((event) => {
    const { sender, number } = event as OrderCounted;
    const order = `${String(sender)}/${String(number)}`;
    if (counted.has(order)) violate("orders-count-once", `order ${order} was counted again`);
    counted.add(order);
  });
}

/** The scenario with sound roles, and one for each bug: the module of scenarios that tests give to workers. */
export const scenarios: readonly Scenario[] = [
  orderScenario("orders"),
  ...(
    ["no-retry", "no-dedup", "forgets", "no-sync", "trusts", "restless", "stuck", "exits"] as const
  ).map((bug) => orderScenario(`orders-${bug}`, bug)),
];
