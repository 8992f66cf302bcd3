import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonLines, Simulation } from "../engine/index.ts";
import type { Fault } from "./fault.ts";
import { SimNetwork } from "./sim-network.ts";
import { homeBehindCarrier, pair } from "./testing/topologies.ts";
import type { LinkPlan, TopologyPlan } from "./topology.ts";

const PERFECT: LinkPlan = { preset: "lan", jitterUs: 0, latencyUs: 1000 };
const TO_B = { address: "192.0.2.2", port: 9 };

/** Sends datagrams of one byte, numbered, from `a` to `b`; tells when each came. */
function send(
  count: number,
  { link = PERFECT, faults = [], bytes = 1 }: { link?: LinkPlan; faults?: Fault[]; bytes?: number },
): { readonly came: readonly (readonly [number, number])[]; readonly network: SimNetwork } {
  const simulation = new Simulation({ seed: 1 });
  const network = new SimNetwork(simulation, { topology: pair(link), faults });
  const came: [number, number][] = [];
  network.node("b").bindUdp(9, {
    onDatagram: (_, datagram) => {
      came.push([datagram[0] ?? -1, simulation.nowUs]);
    },
  });
  for (let number = 0; number < count; number += 1) {
    network.node("a").sendUdp(5, TO_B, new Uint8Array(bytes).fill(number));
  }
  simulation.run();
  return { came, network };
}

const UP = { link: "a", direction: "up" } as const;

test("a datagram takes the latency and the time that its bytes need, on each link", () => {
  const link = { ...PERFECT, upBitsPerSecond: 8_000_000, downBitsPerSecond: 4_000_000 };
  const { came } = send(2, { link, bytes: 972 });
  // 1000 bytes with headers: 1 ms up and 2 ms down; the second waits for the first before the slower link.
  assert.deepEqual(came, [
    [0, 5000],
    [1, 7000],
  ]);
});

test("what the queue has no room for is dropped", () => {
  const link = { ...PERFECT, upBitsPerSecond: 8_000_000, queueBytes: 2500 };
  const { came, network } = send(10, { link, bytes: 972 });
  assert.deepEqual(
    came.map(([number]) => number),
    [0, 1, 2],
  );
  assert.equal(network.counters.dropped.get("queue-full"), 7);
});

test("faults drop, double, delay and corrupt the packet that they name and no other", () => {
  const numbers = (...faults: Fault[]): readonly number[] =>
    send(4, { faults }).came.map(([number]) => number);
  assert.deepEqual(numbers({ kind: "drop", ...UP, packet: 2 }), [0, 2, 3]);
  assert.deepEqual(numbers({ kind: "duplicate", ...UP, packet: 1, afterUs: 500 }), [0, 1, 2, 3, 0]);
  assert.deepEqual(numbers({ kind: "delay", ...UP, packet: 1, byUs: 500 }), [1, 2, 3, 0]);
  assert.deepEqual(
    numbers({ kind: "corrupt", ...UP, packet: 3, byte: 7, mask: 0x80 }),
    [0, 1, 0x82, 3],
  );
});

test("nothing enters a link that is down, and nothing passes a partition", () => {
  const down = send(2, { faults: [{ kind: "linkDown", link: "b", fromUs: 0, toUs: 2000 }] });
  assert.equal(down.came.length, 0);
  assert.equal(down.network.counters.dropped.get("link-down"), 2);
  const parted = send(2, { faults: [{ kind: "partition", nodes: ["b"], fromUs: 0, toUs: 9000 }] });
  assert.equal(parted.network.counters.dropped.get("partition"), 2);
  const together = [{ kind: "partition", nodes: ["a", "b"], fromUs: 0, toUs: 9000 } as const];
  assert.equal(send(2, { faults: together }).came.length, 2);
});

test("a datagram crosses two NAT boxes and its answer comes back, until the mapping expires", () => {
  const sink = new JsonLines();
  const simulation = new Simulation({ seed: 1, sink });
  const topology = homeBehindCarrier({ home: "linux-masquerade", carrier: "linux-masquerade" });
  const network = new SimNetwork(simulation, { topology });
  const answers: string[] = [];
  network.node("a").bindUdp(5, {
    onDatagram: ({ address }) => {
      answers.push(address);
    },
  });
  let seen = { address: "", port: 0 };
  network.node("b").bindUdp(9, {
    onDatagram: (from) => {
      seen = from;
    },
  });
  network.node("a").sendUdp(5, TO_B, Uint8Array.of(1));
  simulation.run({ forUs: 1_000_000 });
  assert.equal(seen.address, "198.51.100.7");
  network.node("b").sendUdp(9, seen, Uint8Array.of(2));
  simulation.run({ forUs: 1_000_000 });
  assert.deepEqual(answers, ["192.0.2.2"]);
  simulation.run({ forUs: 100_000_000 });
  network.node("b").sendUdp(9, seen, Uint8Array.of(3));
  simulation.run({ forUs: 1_000_000 });
  assert.equal(answers.length, 1, "the mapping was gone");
  const kinds = sink.lines().map((line) => (JSON.parse(line) as { kind: string }).kind);
  assert.equal(kinds.filter((kind) => kind === "nat-mapping-made").length, 2);
  assert.equal(kinds.filter((kind) => kind === "nat-mapping-expired").length, 2);
});

test("a topology survives JSON, and one that makes no sense is refused", () => {
  const topology = homeBehindCarrier({ home: "linux-masquerade", carrier: "linux-random" });
  const simulation = new Simulation({ seed: 1 });
  const again = JSON.parse(JSON.stringify(topology)) as TopologyPlan;
  assert.equal(new SimNetwork(simulation, { topology: again }).node("b").address, "192.0.2.2");
  const [box, cgn] = topology.nats;
  const [host] = topology.hosts;
  assert.ok(box && cgn && host);
  const refuse = (change: Partial<TopologyPlan>, expected: RegExp): void => {
    assert.throws(
      () => new SimNetwork(simulation, { topology: { ...topology, ...change } }),
      expected,
    );
  };
  refuse({ nats: [box, { ...cgn, outer: "home" }] }, /lead back/);
  refuse({ nats: [box, { ...cgn, inner: "home" }] }, /two ways out/);
  refuse({ nats: [{ ...box, profile: "no such thing" }, cgn] }, /no such thing/);
  refuse({ nats: [{ ...box, externalAddresses: [] }, cgn] }, /no external address/);
  refuse({ hosts: [host, host] }, /two of/);
  refuse({ hosts: [{ ...host, segment: "mars" }] }, /unknown segment/);
  refuse({ hosts: [{ ...host, name: "box inner" }] }, /two of link box inner/);
  const impossible: readonly Partial<LinkPlan>[] = [
    { mtuBytes: 1 },
    { latencyUs: 0.5 },
    { jitterUs: NaN },
    { upBitsPerSecond: 0 },
    { queueBytes: -1 },
    { reorderingUs: 0.5 },
    { duplicationRatio: 2 },
    { loss: { goodToBadRatio: -1, badToGoodRatio: 1, goodLossRatio: 0, badLossRatio: 0 } },
  ];
  for (const change of impossible) {
    refuse({ hosts: [{ ...host, link: { preset: "lan", ...change } }] }, /impossible/);
  }
  const unknown = { preset: "toString" } as unknown as LinkPlan;
  refuse({ hosts: [{ ...host, link: unknown }] }, /no link preset is called toString; there are/);
});
