import assert from "node:assert/strict";
import { test } from "node:test";
import { Simulation } from "../engine/index.ts";
import type { Fault } from "./fault.ts";
import { SimNetwork } from "./sim-network.ts";
import type { TcpConnection } from "./tcp-connection.ts";
import { StreamRecorder } from "./testing/stream-recorder.ts";
import { homeBehindCarrier, pair } from "./testing/topologies.ts";
import type { TopologyPlan } from "./topology.ts";

const PORT = 7000;

/** A connection from host `a` to host `b`. */
class Meeting {
  readonly simulation: Simulation;
  readonly network: SimNetwork;
  readonly dialler = new StreamRecorder();
  readonly listener = new StreamRecorder();
  readonly dialled: TcpConnection;
  accepted: TcpConnection | undefined;

  constructor(topology: TopologyPlan, faults: readonly Fault[] = [], keepAliveMs = 0) {
    this.simulation = new Simulation({ seed: 1 });
    this.network = new SimNetwork(this.simulation, { topology, faults });
    const b = this.network.node("b");
    b.listenTcp(PORT, {
      keepAliveMs,
      receiveBufferBytes: 65_536,
      onConnection: (connection) => {
        this.accepted = connection;
        connection.own(this.listener);
        return true;
      },
    });
    this.dialled = this.network
      .node("a")
      .createTcp({ address: b.address, port: PORT }, { keepAliveMs, receiveBufferBytes: 65_536 });
    this.dialled.own(this.dialler);
    this.dialled.dial();
  }

  run(forMs: number): void {
    this.simulation.run({ forUs: forMs * 1000 });
  }
}

const HELLO = Uint8Array.from({ length: 5000 }, (_, index) => index % 251);

test("bytes go both ways and both sides end", () => {
  const meeting = new Meeting(pair());
  meeting.run(100);
  assert.ok(meeting.dialler.isOpened && meeting.listener.isOpened);
  meeting.dialled.write(HELLO);
  meeting.accepted?.write(HELLO.subarray(0, 9));
  meeting.dialled.end();
  meeting.run(100);
  assert.deepEqual(meeting.listener.bytes, [...HELLO]);
  assert.ok(meeting.listener.hasEnded);
  assert.equal(meeting.listener.end, undefined, "one direction is still open");
  meeting.accepted?.write(Uint8Array.of(1));
  meeting.accepted?.end();
  meeting.run(100);
  assert.deepEqual(meeting.dialler.bytes, [...HELLO.subarray(0, 9), 1]);
  assert.equal(meeting.dialler.end, "finished");
  assert.equal(meeting.listener.end, "finished");
  assert.equal(meeting.network.node("b").connections, 0);
  assert.equal(meeting.network.node("a").connections, 1, "who ended first waits for late segments");
  meeting.run(60_000);
  assert.equal(meeting.network.node("a").connections, 0);
});

test("nobody who listens refuses, nobody who answers lets the dialler time out", () => {
  const simulation = new Simulation({ seed: 1 });
  const network = new SimNetwork(simulation, { topology: pair() });
  const ends = [
    { address: "192.0.2.2", port: 1 },
    { address: "192.0.2.77", port: 1 },
  ].map((to) => {
    const recorder = new StreamRecorder();
    const connection = network.node("a").createTcp(to);
    connection.own(recorder);
    connection.dial();
    return recorder;
  });
  simulation.run({ forUs: 1_000_000 });
  assert.deepEqual(
    ends.map(({ end }) => end),
    ["refused", undefined],
  );
  simulation.run({ forUs: 200_000_000 });
  assert.deepEqual(
    ends.map(({ end }) => end),
    ["refused", "timeout"],
  );
});

test("a lost segment comes again after the retransmission timeout, and later ones at doubled intervals", () => {
  const drops = [3, 4].map((packet): Fault => ({
    kind: "drop",
    link: "a",
    direction: "up",
    packet,
  }));
  const meeting = new Meeting(pair(), drops);
  meeting.run(100);
  meeting.dialled.write(Uint8Array.of(1));
  const sentMs = meeting.simulation.nowUs / 1000;
  meeting.simulation.run({ stopWhen: () => meeting.listener.bytes.length > 0 });
  const tookMs = meeting.simulation.nowUs / 1000 - sentMs;
  assert.ok(tookMs > 600 && tookMs < 620, `200 ms and 400 ms, not ${String(tookMs)}`);
});

test("a SYN that is lost comes again after a second", () => {
  const meeting = new Meeting(pair(), [{ kind: "drop", link: "a", direction: "up", packet: 1 }]);
  meeting.run(900);
  assert.ok(!meeting.dialler.isOpened);
  meeting.run(200);
  assert.ok(meeting.dialler.isOpened);
});

test("a slow reader stops the writer, and gets all once it reads", () => {
  const meeting = new Meeting(pair());
  meeting.run(100);
  meeting.accepted?.pause();
  const many = new Uint8Array(1_000_000).fill(7);
  meeting.dialled.write(many);
  meeting.run(20_000);
  assert.equal(meeting.listener.bytes.length, 0);
  assert.ok(meeting.dialled.pendingBytes > 600_000);
  meeting.accepted?.resume();
  meeting.run(20_000);
  assert.equal(meeting.listener.bytes.length, many.length);
  assert.equal(meeting.dialled.pendingBytes, 0);
});

test("what came with an end may be read when the peer has long forgotten the connection", () => {
  const meeting = new Meeting(pair(), [], 1_000);
  meeting.run(100);
  meeting.accepted?.pause();
  meeting.accepted?.end();
  meeting.run(100);
  meeting.dialled.write(HELLO);
  meeting.dialled.end();
  meeting.run(20_000);
  assert.equal(meeting.dialler.end, "finished");
  assert.equal(meeting.listener.end, undefined, "nobody has read it yet");
  meeting.accepted?.resume();
  meeting.run(100);
  assert.deepEqual(meeting.listener.bytes, [...HELLO]);
  assert.equal(meeting.listener.end, "finished");
});

test("a reset ends the other side at once", () => {
  const meeting = new Meeting(pair());
  meeting.run(100);
  meeting.dialled.abort();
  meeting.run(100);
  assert.equal(meeting.listener.end, "reset");
  assert.equal(meeting.dialler.end, undefined, "who aborts hears nothing");
});

test("a peer without power is silent, and resets what it does not know once it is back", () => {
  const meeting = new Meeting(pair());
  meeting.run(100);
  meeting.network.node("b").powerOff();
  meeting.run(100_000);
  assert.equal(meeting.dialler.end, undefined, "half-open: nothing was said");
  meeting.network.node("b").powerOn();
  meeting.dialled.write(Uint8Array.of(1));
  meeting.run(100);
  assert.equal(meeting.dialler.end, "reset");
});

test("keeping alive finds a peer that is gone within silence and ten probes", () => {
  const meeting = new Meeting(pair(), [], 15_000);
  meeting.run(100);
  meeting.network.node("b").powerOff();
  meeting.run(24_000);
  assert.equal(meeting.dialler.end, undefined);
  meeting.run(3_000);
  assert.equal(meeting.dialler.end, "timeout");
});

test("keeping alive keeps a quiet connection", () => {
  const meeting = new Meeting(pair(), [], 15_000);
  meeting.run(600_000);
  assert.equal(meeting.dialler.end, undefined);
  assert.ok(meeting.dialled.isOpen);
});

test("a process that ends leaves the end of its streams behind", () => {
  const meeting = new Meeting(pair());
  meeting.run(100);
  meeting.network.node("b").endProcess();
  meeting.run(100);
  assert.ok(meeting.dialler.hasEnded);
  meeting.dialled.write(Uint8Array.of(1));
  meeting.run(100);
  assert.equal(meeting.dialler.end, "reset", "nobody reads it any more");
});

test("a process that ends after its streams leaves a system behind that still answers a late end", () => {
  const fromUs = 200_500;
  const meeting = new Meeting(pair({ preset: "lan", jitterUs: 0 }), [
    // Takes the acknowledgement of the listener's end, so that this end comes again.
    { kind: "linkDown", link: "b", fromUs, toUs: fromUs + 50_000 },
  ]);
  meeting.run(100);
  meeting.dialled.end();
  meeting.run(100);
  meeting.accepted?.end();
  meeting.run(10);
  assert.equal(meeting.dialler.end, "finished");
  assert.equal(meeting.listener.end, undefined);
  meeting.network.node("a").endProcess();
  meeting.run(1000);
  assert.equal(meeting.listener.end, "finished");
});

test("both dial each other at once and have one connection", () => {
  const simulation = new Simulation({ seed: 1 });
  const network = new SimNetwork(simulation, { topology: pair() });
  const [a, b] = [network.node("a"), network.node("b")];
  const recorders = [new StreamRecorder(), new StreamRecorder()];
  const fromA = a.createTcp({ address: b.address, port: 6 }, { localPort: 5 });
  const fromB = b.createTcp({ address: a.address, port: 5 }, { localPort: 6 });
  for (const [index, connection] of [fromA, fromB].entries()) {
    connection.own(recorders[index] ?? new StreamRecorder());
    connection.dial();
  }
  simulation.run({ forUs: 100_000 });
  assert.ok(recorders.every(({ isOpened }) => isOpened));
  fromA.write(HELLO);
  simulation.run({ forUs: 1_000_000 });
  assert.deepEqual(recorders[1]?.bytes, [...HELLO]);
});

test("a connection through two NAT boxes dies with their tables, and the server's reset says so", () => {
  const topology = homeBehindCarrier({ home: "linux-masquerade", carrier: "linux-masquerade" });
  const meeting = new Meeting(topology, [{ kind: "natReboot", nat: "cgn", atUs: 1_000_000 }]);
  meeting.run(500);
  assert.ok(meeting.accepted);
  assert.equal(meeting.accepted.remote.address, "198.51.100.7");
  assert.equal(meeting.network.mappings("box").length, 1);
  meeting.run(1000);
  assert.equal(meeting.network.mappings("cgn").length, 0);
  meeting.accepted.write(Uint8Array.of(1));
  meeting.run(1000);
  assert.equal(meeting.listener.end, "reset", "the box answers for a connection that it forgot");
});

test("an address that is gone leaves its connections to time out", () => {
  const address = "192.0.2.99";
  const meeting = new Meeting(pair(), [
    { kind: "addressChange", node: "a", atUs: 50_000, address },
  ]);
  meeting.run(100);
  meeting.dialled.write(Uint8Array.of(1));
  meeting.run(10_000);
  assert.equal(meeting.dialler.end, undefined);
  assert.equal(meeting.network.counters.dropped.get("address-gone"), 6);
  meeting.run(2_000_000);
  assert.equal(meeting.dialler.end, "timeout");
});
