import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlNetwork } from "../world/control-network.ts";

test("a client finds the router through the hub and reads its uptime through a server", () => {
  const world = ControlNetwork.settled({ servers: 2 });
  const startMs = world.network.nowMs;
  const session = world.connect();
  assert.ok(world.client.isConnected(session), JSON.stringify(world.outcomeOf(session)));
  assert.ok(world.network.nowMs - startMs < 60, "a connect takes round trips");
  const outcome = world.client.call(session, "system.uptime");
  assert.deepEqual(outcome, { ok: true, result: { uptimeS: 4711 } });
});

test("client and router meet over a network as slow as a satellite's", () => {
  const world = ControlNetwork.settled({ delayMs: 300 });
  assert.ok(world.works());
});
