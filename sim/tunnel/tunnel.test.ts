import assert from "node:assert/strict";
import { test } from "node:test";
import { runSeed } from "../campaign/run-seed.ts";
import { SimulatedWorld } from "../world/simulated-world.ts";
import {
  LOCAL_PORT,
  TUNNEL_PROGRAMS,
  isOpened,
  tunnelProcesses,
  tunnelTopology,
} from "./tunnel-stage.ts";
import { TUNNEL_SCENARIOS } from "./tunnel-scenario.ts";
import type { TunnelStageOptions } from "./tunnel-stage.ts";

const LAN = { preset: "lan" } as const;

async function stage(options: Partial<TunnelStageOptions> = {}): Promise<SimulatedWorld> {
  const all: TunnelStageOptions = {
    relays: 5,
    wish: { relays: 3, exclude: [], plain: false },
    linkOf: () => LAN,
    ...options,
  };
  const world = new SimulatedWorld({
    seed: 1,
    topology: tunnelTopology(all),
    programs: TUNNEL_PROGRAMS,
  });
  for (const plan of tunnelProcesses(all)) await world.add(plan);
  return world;
}

test("a tunnel over three relays carries bytes", async () => {
  const world = await stage();
  const front = world.process("front ada");
  await world.until(() => front.events.some(isOpened), 20_000);
  const asker = world.process("app ada");
  const to = { ...world.endpointOf("front ada"), port: LOCAL_PORT };
  asker.command({ run: 1, to, bytes: 100_000 });
  await world.until(() => asker.events.length > 0, 20_000);
  assert.deepEqual(asker.events, [{ type: "ran", run: 1, isWhole: true, isRight: true }]);
});

for (const scenario of TUNNEL_SCENARIOS) {
  test(`${scenario.name}: ${scenario.doc}`, async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const { violations } = await runSeed(scenario, seed);
      assert.deepEqual(violations, [], `seed ${String(seed)}`);
    }
  });
}
