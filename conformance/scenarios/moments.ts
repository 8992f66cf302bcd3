import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCOUNT, ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";
import type { Endpoint } from "../../runtime/core/index.ts";

type PartyKind = "hub" | "router" | "server" | "client";

function endpointOf(world: ControlNetwork, kind: PartyKind): Endpoint {
  const { client, hub, router } = world;
  const server = world.servers[0] ?? assert.fail();
  return { client, hub, router, server }[kind].host.endpoint;
}

/** Something that may happen at any moment, and how it is mended. */
interface Mishap {
  readonly begin: (world: ControlNetwork) => void;
  readonly mend: (world: ControlNetwork) => void;
}

/** All from one party to another vanishes. */
function cutBetween(one: PartyKind, other: PartyKind): Mishap {
  return {
    begin: (world) => {
      const [from, to] = [endpointOf(world, one), endpointOf(world, other)];
      world.network.interference.cut = (a, b) => a.port === from.port && b.port === to.port;
    },
    mend: (world) => {
      world.network.interference = {};
    },
  };
}

function restarted(kind: "hub" | "router" | "server", first: "kill" | "stop"): Mishap {
  const partyOf = (world: ControlNetwork) =>
    ({ hub: world.hub, router: world.router, server: world.servers[0] ?? assert.fail() })[kind];
  return {
    begin: (world) => {
      if (first === "kill") partyOf(world).kill();
      else partyOf(world).host.command({ type: "stop" });
    },
    mend: (world) => {
      if (kind === "hub") world.hub.flush();
      partyOf(world).start();
    },
  };
}

const PAIRS: readonly (readonly [PartyKind, PartyKind])[] = [
  ["router", "hub"],
  ["hub", "router"],
  ["hub", "server"],
  ["server", "hub"],
  ["router", "server"],
  ["server", "router"],
  ["client", "server"],
  ["server", "client"],
];

const MISHAPS: Readonly<Record<string, Mishap>> = {
  ...Object.fromEntries(
    PAIRS.map(([from, to]) => [`nothing from ${from} to ${to}`, cutBetween(from, to)]),
  ),
  ...Object.fromEntries(
    (["hub", "router", "server"] as const).flatMap((kind) => [
      [`${kind} killed`, restarted(kind, "kill")],
      [`${kind} stopped`, restarted(kind, "stop")],
    ]),
  ),
};

/** Long enough for every wait of every party. */
const SETTLED_MS = 130_000;

/** How many moments after the start of a connect something may still be under way, milliseconds. */
const MOMENTS_MS = 32;

for (const [name, { begin, mend }] of Object.entries(MISHAPS)) {
  test(`${name} at any moment of a connect: all hear of it, nothing is left, and it works again`, () => {
    for (let atMs = 0; atMs < MOMENTS_MS; atMs += 1) {
      const world = ControlNetwork.settled();
      const session = world.client.connect(ROUTER_MAC);
      world.network.run(atMs);
      begin(world);
      world.network.run(70_000);
      const isOver = world.client.problemOf(session) !== undefined;
      assert.ok(isOver || world.client.isConnected(session), `${String(atMs)} ms: said`);
      world.client.close(session);
      mend(world);
      world.network.run(SETTLED_MS);
      assert.ok(world.works(), `${String(atMs)} ms: works again`);
      world.network.run(1000);
      assert.equal(world.placesTaken, 0, `${String(atMs)} ms: places`);
      const [router] = world.hub.role.routersOf(ACCOUNT);
      assert.equal(router?.wanted.size, 0);
    }
  });
}

test("mishaps at any moment of the enrolment and the first report only delay them", () => {
  for (const { begin, mend } of Object.values(MISHAPS)) {
    for (let atMs = 0; atMs < 16; atMs += 2) {
      const world = new ControlNetwork();
      world.network.run(atMs);
      begin(world);
      world.network.run(20_000);
      mend(world);
      world.network.run(SETTLED_MS);
      world.claim(world.router);
      world.network.run(SETTLED_MS);
      assert.ok(world.works(), String(atMs));
    }
  }
});
