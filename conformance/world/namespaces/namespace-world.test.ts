import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlCast, PATIENT } from "../../scenarios/worlds/control-cast.ts";
import { WORLD_TOPOLOGY } from "../../scenarios/worlds/topology.ts";
import { namespacesOf } from "./namespace-names.ts";
import { NamespaceNetwork } from "./namespace-network.ts";
import { NamespaceWorld } from "./namespace-world.ts";
import { requireNamespaces } from "./require-namespaces.ts";

test("Reports pass the home's box, and calls also the carrier's, under their addresses.", async (context) => {
  if (!requireNamespaces(context)) return;
  const world = await NamespaceWorld.open({ topology: WORLD_TOPOLOGY });
  try {
    const cast = await ControlCast.enrolled(world, { waits: PATIENT });
    await cast.claim();
    await cast.works();
    const translated = (box: string, protocol: string, within: string, without: string): boolean =>
      world.network
        .connections(box)
        .some(
          (line) =>
            line.includes(` ${protocol} `) &&
            line.includes(`src=${within} `) &&
            line.includes(`dst=${without} `),
        );
    assert.ok(translated("router box", "udp", "192.168.1.10", "198.51.100.1"));
    assert.ok(translated("router box", "tcp", "192.168.1.10", "198.51.100.1"));
    assert.ok(translated("client box", "tcp", "192.168.1.20", "100.64.0.9"));
    assert.ok(translated("carrier box", "tcp", "100.64.0.9", "198.51.100.2"));
    await assert.rejects(world.add({ host: "hub", program: "hub", options: {} }), /already/);
    await assert.rejects(world.add({ host: "nowhere", program: "hub", options: {} }), /no host/);
  } finally {
    await world.close();
  }
  assert.deepEqual(namespacesOf(), []);
});

test("A program that cannot start is reported, and a topology that the kernel cannot be is refused.", async (context) => {
  if (!requireNamespaces(context)) return;
  const world = await NamespaceWorld.open({ topology: WORLD_TOPOLOGY });
  try {
    const plan = { host: "hub", program: "no such program", options: {} };
    await assert.rejects(world.add(plan), /ended/);
  } finally {
    await world.close();
  }
  const [nat] = WORLD_TOPOLOGY.nats;
  assert.ok(nat !== undefined);
  for (const wrong of [
    { ...nat, profile: "full-cone" },
    { ...nat, externalAddresses: ["198.51.100.1", "198.51.100.9"] },
  ]) {
    const topology = { ...WORLD_TOPOLOGY, nats: [wrong] };
    await assert.rejects(NamespaceNetwork.open({ topology }), RangeError);
  }
  assert.deepEqual(namespacesOf(), []);
});

test("A world is taken away with its processes and folders even if its process is killed.", async (context) => {
  if (!requireNamespaces(context)) return;
  const [world, topology] = ["namespace-world.ts", "../../scenarios/worlds/topology.ts"].map(
    (file) => JSON.stringify(new URL(file, import.meta.url).href),
  );
  const script = `const { NamespaceWorld } = await import(${String(world)});
    const { WORLD_TOPOLOGY } = await import(${String(topology)});
    const world = await NamespaceWorld.open({ topology: WORLD_TOPOLOGY });
    const options = { identity: "hub", servers: [] };
    await world.add({ host: "hub", program: "hub", udpPort: 7400, tcpPort: 7400, options });
    console.log(world.folder);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { pid = 0 } = child;
  const [printed] = (await once(child.stdout, "data")) as Buffer[];
  const folder = (printed ?? "").toString().trim();
  assert.ok(existsSync(join(folder, "hub")));
  const made = namespacesOf(pid);
  assert.equal(made.length, 1 + WORLD_TOPOLOGY.hosts.length + WORLD_TOPOLOGY.nats.length);
  child.kill("SIGKILL");
  await once(child, "exit");
  // The folder goes last.
  for (let waits = 0; waits < 200 && existsSync(folder); waits += 1) await sleep(50);
  assert.ok(!existsSync(folder));
  assert.deepEqual(namespacesOf(pid), []);
});
