import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { CONTROL_PROGRAMS } from "../../sim/control/programs/control-programs.ts";
import { routerProgram } from "../../sim/control/programs/router.ts";
import type { RouterProgramOptions } from "../../sim/control/programs/router.ts";
import { WORLD_SCENARIOS } from "../scenarios/worlds/scenarios.ts";
import { SocketWorld } from "../world/sockets/socket-world.ts";
import { differences, specTrace } from "./equivalence.ts";
import { observedRun, simulatedWorld, socketWorld } from "./observed-run.ts";

// Runs wait for reports most of the time.
suite("The same happens in the simulator and on sockets", { concurrency: 3 }, () => {
  for (const scenario of WORLD_SCENARIOS) {
    test(scenario.name, async () => {
      const simulated = specTrace(await observedRun(simulatedWorld(1), scenario));
      const onSockets = specTrace(await observedRun(socketWorld(), scenario));
      assert.deepEqual(differences(simulated, onSockets), []);
      assert.ok(simulated.instances.size > 5 && simulated.datagrams.size > 8);
    });
  }
});

test("what the simulator does in the words of the spec does not depend on the seed", async () => {
  for (const scenario of WORLD_SCENARIOS) {
    const first = specTrace(await observedRun(simulatedWorld(1), scenario));
    for (const seed of [2, 3]) {
      const other = specTrace(await observedRun(simulatedWorld(seed), scenario));
      assert.deepEqual(differences(first, other), [], `${scenario.name}, seed ${String(seed)}`);
    }
  }
});

test("a router that says one thing more on sockets is found out", async () => {
  const [scenario] = WORLD_SCENARIOS;
  assert.ok(scenario !== undefined);
  const talkative = (options: RouterProgramOptions): ReturnType<typeof routerProgram> =>
    routerProgram({ ...options, claim: "no code that anybody made" });
  const world = new SocketWorld({ programs: { ...CONTROL_PROGRAMS, router: talkative } });
  const otherwise = specTrace(await observedRun(world, scenario));
  const simulated = specTrace(await observedRun(simulatedWorld(1), scenario));
  const found = differences(simulated, otherwise);
  assert.deepEqual(found.map((line) => line.slice(0, line.indexOf(" only"))).sort(), [
    "hub channel/1:",
    "hub channel/1:",
    "hub visit:",
    "hub visit:",
    "router channel/1:",
    "router channel/1:",
  ]);
  assert.equal(found.filter((line) => /(sent|received) ClaimDevice/.test(line)).length, 2);
});
