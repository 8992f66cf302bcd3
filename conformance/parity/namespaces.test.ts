import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { SPECIFIED } from "../scenarios/worlds/control-cast.ts";
import { WORLD_SCENARIOS } from "../scenarios/worlds/scenarios.ts";
import type { WorldScenario } from "../scenarios/worlds/scenarios.ts";
import { WORLD_TOPOLOGY } from "../scenarios/worlds/topology.ts";
import { NamespaceWorld } from "../world/namespaces/namespace-world.ts";
import { requireNamespaces } from "../world/namespaces/require-namespaces.ts";
import { differences, missing, specTrace } from "./equivalence.ts";
import { observedRun, simulatedWorld } from "./observed-run.ts";

/** How much the line of each home and of the carrier loses each way, where it loses. */
const LOSS_RATIO = 0.05;

// Runs wait for reports and for silence most of the time.
suite(
  "The same happens in the simulator and through NATs of the kernel",
  { concurrency: 3 },
  () => {
    // The first two are how the others begin.
    for (const scenario of WORLD_SCENARIOS.slice(2)) {
      test(scenario.name, async (context) => {
        if (!requireNamespaces(context)) return;
        const world = await NamespaceWorld.open({ topology: WORLD_TOPOLOGY });
        const real = specTrace(await observedRun(world, scenario));
        const simulated = specTrace(await observedRun(simulatedWorld(1), scenario));
        assert.deepEqual(differences(simulated, real), []);
      });
    }

    const [, , meeting] = WORLD_SCENARIOS;
    assert.ok(meeting !== undefined);
    test(`${meeting.name}, though every line loses 5% each way`, async (context) => {
      if (!requireNamespaces(context)) return;
      const world = await NamespaceWorld.open({ topology: WORLD_TOPOLOGY, lossRatio: LOSS_RATIO });
      let lost = 0;
      const counted: WorldScenario = {
        ...meeting,
        run: async (...all) => {
          await meeting.run(...all);
          for (const { name } of WORLD_TOPOLOGY.nats) lost += world.network.lostPackets(name);
        },
      };
      const real = specTrace(await observedRun(world, counted, SPECIFIED));
      assert.ok(lost > 0, "something was lost");
      const simulated = specTrace(await observedRun(simulatedWorld(1), meeting));
      assert.deepEqual(missing(simulated, real), []);
    });
  },
);
