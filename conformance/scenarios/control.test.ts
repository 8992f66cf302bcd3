import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlNetwork } from "../world/control-network.ts";

test("a client finds the router through the hub and reads its uptime through a server", async () => {
  const world = await ControlNetwork.create({ servers: 2 });
  world.settle();
  const session = world.connect();
  const startMs = world.network.nowMs;
  assert.ok(
    world.network.runUntil(() => world.isConnected(session), 60_000),
    JSON.stringify(world.outcomeOf(session)),
  );
  assert.ok(world.network.nowMs - startMs < 60, "a connect takes round trips");
  assert.deepEqual(world.call(session, "system.uptime"), { ok: true, result: { uptimeS: 4711 } });
});
