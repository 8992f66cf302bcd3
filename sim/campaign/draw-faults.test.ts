import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RandomStream, Simulation } from "../engine/index.ts";
import { NAT_PROFILES } from "../nat/index.ts";
import { isPacketFault } from "../network/fault.ts";
import type { Fault } from "../network/fault.ts";
import { SimNetwork } from "../network/sim-network.ts";
import { homeBehindCarrier, pair } from "../network/testing/topologies.ts";
import { linksOf } from "../network/topology.ts";
import { drawFaults } from "./draw-faults.ts";
import type { FaultDrawOptions } from "./draw-faults.ts";
import { drawSwarm, FAULT_KINDS } from "./swarm.ts";
import type { Swarm } from "./swarm.ts";

const ALL: Swarm = { faultKinds: FAULT_KINDS, presets: ["dsl"], profiles: ["full-cone"] };
const TOPOLOGY = homeBehindCarrier({ home: "full-cone", carrier: "symmetric-random" });
const UNTIL_MS = 30_000;

function draw(seed: number, options: Partial<FaultDrawOptions> = {}): readonly Fault[] {
  const random = RandomStream.fromSeed(seed);
  return drawFaults(TOPOLOGY, random, { swarm: ALL, untilMs: UNTIL_MS, ...options });
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 });

function endUs(fault: Fault): number {
  if (isPacketFault(fault)) return 0;
  if ("toUs" in fault) return fault.toUs;
  return fault.atUs + (fault.kind === "crash" ? (fault.downForUs ?? Infinity) : 0);
}

test("all faults that are drawn fit the topology and are over by the end of the safety phase", () => {
  const links = linksOf(TOPOLOGY).map(({ name }) => name);
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 100_000 }), (seed, untilMs) => {
      const faults = draw(seed, { untilMs, packetsMax: 50 });
      for (const fault of faults) {
        assert.ok(endUs(fault) <= Math.max(1, untilMs * 1000), JSON.stringify(fault));
        if (!isPacketFault(fault)) continue;
        assert.ok(links.includes(fault.link) && fault.packet >= 1 && fault.packet <= 50);
      }
      // A network that takes the plan checks its times and kinds.
      const simulation = new Simulation({ seed });
      const network = new SimNetwork(simulation, { topology: TOPOLOGY, faults });
      assert.equal(network.counters.dropped.size, 0);
      assert.deepEqual(JSON.parse(JSON.stringify(faults)), faults);
    }),
    { numRuns: 60 },
  );
});

test("switching a kind off leaves all faults of the other kinds as they were", () => {
  fc.assert(
    fc.property(seeds, fc.subarray([...FAULT_KINDS]), (seed, faultKinds) => {
      const some = draw(seed, { swarm: { ...ALL, faultKinds } });
      const expected = draw(seed).filter(({ kind }) => faultKinds.includes(kind));
      assert.deepEqual(some, expected);
    }),
    { numRuns: 30 },
  );
});

test("every kind of fault is drawn for some seed, and for some seed none", () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 40; seed += 1) for (const { kind } of draw(seed)) kinds.add(kind);
  assert.deepEqual([...kinds].sort(), [...FAULT_KINDS].sort());
  assert.equal(draw(1, { swarm: { ...ALL, faultKinds: [] } }).length, 0);
});

test("who gets another address gets one that nobody has, and only those who may move do", () => {
  const taken = [...TOPOLOGY.hosts.map(({ address }) => address)];
  for (const { externalAddresses } of TOPOLOGY.nats) taken.push(...externalAddresses);
  let changes = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    for (const fault of draw(seed)) {
      if (fault.kind !== "addressChange") continue;
      changes += 1;
      assert.ok(!taken.includes(fault.address));
      assert.ok(["a", "box", "cgn"].includes(fault.node));
    }
  }
  assert.ok(changes > 10);
});

test("hosts that the scenario excepts neither crash nor have wrong clocks", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const faults = draw(seed, { crashable: ["b"], clocks: [], movable: [] });
    const kinds = ["clockRate", "clockJump", "addressChange"];
    assert.ok(!faults.some(({ kind }) => kinds.includes(kind)));
    assert.ok(faults.every((fault) => fault.kind !== "crash" || fault.host === "b"));
  }
});

test("a topology without NAT boxes and of IPv6 addresses gets what befalls it", () => {
  const plain = pair();
  const hosts = plain.hosts.map((host, index) => ({
    ...host,
    address: `2001:db8::${String(index + 1)}`,
  }));
  const topology = { ...plain, hosts };
  const addresses: string[] = [];
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = RandomStream.fromSeed(seed);
    const faults = drawFaults(topology, random, {
      swarm: ALL,
      untilMs: UNTIL_MS,
      movable: ["a"],
    });
    assert.ok(!faults.some(({ kind }) => kind === "natReboot"));
    for (const fault of faults) if (fault.kind === "addressChange") addresses.push(fault.address);
  }
  assert.ok(addresses.length > 0);
  assert.ok(addresses.every((address) => /^2001:db8::[0-9a-f]{1,4}$/.test(address)));
});

test("a swarm has some of everything, other things for other seeds, and what the user fixed", () => {
  const swarms = Array.from({ length: 200 }, (_, seed) => drawSwarm(RandomStream.fromSeed(seed)));
  assert.ok(swarms.some(({ faultKinds }) => faultKinds.length === 0));
  assert.ok(swarms.some(({ faultKinds }) => faultKinds.length === FAULT_KINDS.length));
  for (const kind of FAULT_KINDS) {
    const on = swarms.filter(({ faultKinds }) => faultKinds.includes(kind)).length;
    assert.ok(on > 60 && on < 140, `${kind} is on in ${String(on)} of 200`);
  }
  const profiles = new Set(swarms.flatMap((swarm) => swarm.profiles));
  assert.equal(profiles.size, NAT_PROFILES.length);
  for (const { presets, profiles: some } of swarms) {
    assert.ok(presets.length >= 1 && some.length >= 1 && some.length <= 4);
    assert.ok(!presets.includes("loopback"));
  }
  const choices = { preset: "lte", nat: "full-cone" } as const;
  const fixed = drawSwarm(RandomStream.fromSeed(1), { choices, faultKinds: ["drop"] });
  assert.deepEqual([fixed.presets, fixed.profiles], [["lte"], ["full-cone"]]);
  assert.ok(fixed.faultKinds.every((kind) => kind === "drop"));
});
