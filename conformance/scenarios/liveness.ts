import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectProblem } from "../../generated/control/types.ts";
import { ROUTER_METHODS } from "../../generated/control/rpc/router.ts";
import { SYSTEM_LIMITS } from "../../generated/system/limits.ts";
import type { Endpoint } from "../../runtime/core/index.ts";
import { ControlNetwork } from "../world/control-network.ts";

/** What is promised. */
const FOUND_MS = 30_000;

test("an idle session stays open", () => {
  const world = ControlNetwork.settled();
  const session = world.connect();
  world.network.run(600_000);
  assert.equal(world.client.problemOf(session), undefined);
  assert.equal(world.client.call(session, "system.uptime")?.ok, true);
  assert.equal(world.placesTaken, 1);
});

test("a connection whose other end is gone without a word is found out within 30 s", () => {
  const isServer = ({ address }: Endpoint): boolean => address === "203.0.113.1";
  const cuts: Readonly<Record<string, (from: Endpoint, to: Endpoint) => boolean>> = {
    "from the server": (from) => isServer(from),
    "to the server": (_, to) => isServer(to),
    both: (from, to) => isServer(from) || isServer(to),
    all: () => true,
  };
  for (const [name, cut] of Object.entries(cuts)) {
    const world = ControlNetwork.settled();
    const session = world.connect();
    world.client.call(session, "system.uptime");
    world.network.interference.cut = cut;
    const call = world.client.begin(session, "log.tail", { lines: 1 }, 60_000);
    world.network.run(FOUND_MS);
    assert.equal(world.client.problemOf(session), ConnectProblem.connectionLost, name);
    const outcome = world.client.outcomeOf(call);
    assert.ok(outcome !== undefined && !outcome.ok, "the call ends with the session");
    assert.ok(
      world.router.events.some(({ type }) => type === "sessionOver"),
      name,
    );
  }
});

test("a router that vanishes during a call is found out, and works when it is back", () => {
  const world = ControlNetwork.settled();
  const session = world.connect();
  const port = world.router.host.endpoint.port;
  world.network.interference.cut = (from, to) => from.port === port || to.port === port;
  world.network.run(FOUND_MS);
  assert.equal(world.client.problemOf(session), ConnectProblem.connectionLost);
  assert.equal(world.placesTaken, 0, "the client's end of the relay ended the meeting");
  world.network.interference = {};
  world.network.run(30_000);
  assert.ok(world.works());
});

test("each end answers the other's probe, and takes anything it hears for an answer to its own", () => {
  const { livenessIdleMs } = SYSTEM_LIMITS;
  const { timeoutMs } = ROUTER_METHODS["system.uptime"];
  // The router hears the call, the client nothing since it connected, so the client probes alone. The
  // router's own limit ends the call just while the probe is on its way, or not.
  for (const callAtMs of [livenessIdleMs - timeoutMs, livenessIdleMs - timeoutMs + 1000]) {
    const world = ControlNetwork.settled();
    const session = world.connect();
    world.router.answers.clear();
    world.network.run(callAtMs);
    world.client.begin(session, "system.uptime", {}, 20_000);
    world.network.run(100_000);
    assert.equal(world.client.problemOf(session), undefined);
    assert.equal(world.placesTaken, 1);
  }
});
