import assert from "node:assert/strict";
import { test } from "node:test";
import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import type { FrontEvent } from "../../runtime/roles/tunnel/front/front-events.ts";
import type { MainServer } from "../../runtime/roles/tunnel/main/main-server.ts";
import { SimulatedWorld } from "../world/simulated-world.ts";
import { RUN_MODES, TunnelApps } from "./tunnel-apps.ts";
import { LOCAL_PORT, TUNNEL_PROGRAMS, tunnelProcesses, tunnelTopology } from "./tunnel-stage.ts";
import type { TunnelStageOptions } from "./tunnel-stage.ts";

const STAGE: TunnelStageOptions = { relays: 5, wish: { relays: 3, exclude: [], plain: false } };
const BYTES = 100_000;
const WITHIN_MS = 60_000;

/** A network in which a tunnel is ready, and the programs at its ends. */
async function ready(
  stage = STAGE,
): Promise<{ readonly world: SimulatedWorld; readonly apps: TunnelApps }> {
  const topology = tunnelTopology(stage, () => ({ preset: "lan" }));
  const world = new SimulatedWorld({ seed: 1, topology, programs: TUNNEL_PROGRAMS });
  for (const plan of tunnelProcesses(stage, topology)) await world.add(plan);
  const apps = new TunnelApps(world, {
    wrong: (message) => {
      assert.fail(message);
    },
    trustsEnds: () => true,
  });
  assert.ok(await world.until(() => opened(world) === 1, WITHIN_MS));
  return { world, apps };
}

function opened(world: SimulatedWorld): number {
  const events = world.process("front ada").events as readonly FrontEvent[];
  return events.filter(({ type }) => type === "opened").length;
}

function begin(world: SimulatedWorld, apps: TunnelApps, run: number): void {
  const to = { ...world.endpointOf("front ada"), port: LOCAL_PORT };
  const mode = RUN_MODES[(run - 1) % RUN_MODES.length] ?? "echo";
  world.schedule(world.nowMs, "run", () => {
    apps.begin({ run, mode, bytes: BYTES }, to);
  });
}

async function assertWhole(world: SimulatedWorld, apps: TunnelApps, run: number): Promise<void> {
  begin(world, apps, run);
  await world.pass(1);
  assert.ok(await world.until(() => apps.running.length === 0, WITHIN_MS));
  const { isNearWhole, isFarWhole } = apps.runs.get(run) ?? {};
  assert.deepEqual({ isNearWhole, isFarWhole }, { isNearWhole: true, isFarWhole: true });
}

test("a tunnel over three relays carries bytes, whichever side ends first, and the other direction goes on", async () => {
  const { world, apps } = await ready();
  for (const [at] of RUN_MODES.entries()) await assertWhole(world, apps, at + 1);
});

test("a tunnel is not cut as long as bytes pass, however long a slow relay takes for the last of them", async () => {
  const wish = { relays: 1, exclude: [], plain: false };
  const { world, apps } = await ready({ relays: 1, wish, bytesPerS: { "relay 1": 400 } });
  const done: number[] = [];
  world.onObservation((seen) => {
    if (seen.kind === "transition" && seen.machine === "NodeTube" && seen.on === "ended") {
      done.push(world.nowMs);
    }
  });
  begin(world, apps, RUN_MODES.indexOf("greeting") + 1);
  await world.pass(1);
  assert.ok(await world.until(() => apps.running.length === 0, 20 * WITHIN_MS));
  const [run] = apps.runs.values();
  assert.ok(run?.isNearWhole && run.isFarWhole);
  const [first = 0] = done;
  assert.ok((done.at(-1) ?? 0) - first > TUNNEL_LIMITS.drainMs, "the tail is long");
});

test("a main server that restarts ends its tunnels at both sides, and knows its nodes by what is on its disk", async () => {
  const { world, apps } = await ready();
  begin(world, apps, 1);
  await world.until(() => apps.runs.get(1)?.hasFarEnded === false, WITHIN_MS);
  const main = world.process("main");
  await main.crash("machine");
  assert.ok(await world.until(() => apps.running.length === 0, WITHIN_MS));
  await main.start();
  await world.pass(1);
  const nodes = STAGE.relays + 2;
  const areOnline = (): boolean => (main.role as unknown as MainServer).nodes.length === nodes;
  assert.ok(await world.until(areOnline, 2 * WITHIN_MS));
  await assertWhole(world, apps, 2);
});

test("an answer to a logout arrives, and the node has no tunnel from then on", async () => {
  const { world } = await ready();
  const node = world.process("node bob");
  const answers: string[] = [];
  world.onObservation((seen) => {
    if (seen.kind === "transition" && seen.machine === "NodeSession") answers.push(seen.on);
  });
  node.command({ type: "logout" });
  await world.pass(1_000);
  assert.deepEqual(answers, ["logout", "loggedOut"]);
  assert.equal((world.process("main").role as unknown as MainServer).tunnels, 0);
});

test("a question that is on its way when its node logs out leaves nothing with the front that is asked", async () => {
  const { world, apps } = await ready();
  let isOut = false;
  world.onObservation((seen) => {
    if (seen.kind !== "transition" || seen.machine !== "MainTunnel") return;
    if (seen.to !== "asking" || isOut) return;
    isOut = true;
    world.schedule(world.nowMs, "logout", () => {
      world.process("node bob").command({ type: "logout" });
    });
  });
  begin(world, apps, 1);
  await world.pass(5_000);
  assert.ok(isOut);
  const { timers } = world.process("front bob").simHost;
  assert.deepEqual(
    timers.filter((name) => name.startsWith("accept/")),
    [],
  );
});
