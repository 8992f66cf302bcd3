import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Simulation } from "../engine/index.ts";
import type { Fault } from "./fault.ts";
import { SimNetwork } from "./sim-network.ts";
import type { TcpConnection } from "./tcp-connection.ts";
import { pairFaultArbitrary } from "./testing/fault-arbitrary.ts";
import { StreamRecorder } from "./testing/stream-recorder.ts";
import { pair } from "./testing/topologies.ts";

const PORT = 7000;
/** Longer than any connection goes on sending again what nobody acknowledges. */
const LONG_US = 3_000_000_000;
/** Many times what the longest exchange takes. */
const EVENTS_MAX = 100_000;

type Side = "dialler" | "listener";

/** What one side does some time after the act before. */
interface Act {
  readonly side: Side;
  readonly afterUs: number;
  readonly what: "write" | "end" | "pause" | "resume" | "abort";
  readonly bytes: number;
}

const sides = fc.constantFrom<Side>("dialler", "listener");
const act = (...kinds: readonly Act["what"][]): fc.Arbitrary<Act> =>
  fc.record({
    side: sides,
    afterUs: fc.oneof(fc.nat(2000), fc.nat(1_000_000)),
    what: fc.constantFrom(...kinds),
    bytes: fc.integer({ min: 0, max: 1500 }),
  });
const setups = fc.record({
  seed: fc.nat(),
  receiveBufferBytes: fc.constantFrom(7, 100, 1460, 65_536),
});

/** Two sides that read and write when they like; in the end both read on and end. */
function play(
  acts: readonly Act[],
  faults: readonly Fault[],
  setup: { readonly seed: number; readonly receiveBufferBytes: number },
): Readonly<Record<Side, { readonly recorder: StreamRecorder; readonly written: number[] }>> {
  const simulation = new Simulation({ seed: setup.seed });
  const network = new SimNetwork(simulation, { topology: pair(), faults });
  const { receiveBufferBytes } = setup;
  const parts = {
    dialler: { recorder: new StreamRecorder(), written: [] as number[] },
    listener: { recorder: new StreamRecorder(), written: [] as number[] },
  };
  const connections = new Map<Side, TcpConnection>();
  network.node("b").listenTcp(PORT, {
    receiveBufferBytes,
    onConnection: (connection) => {
      connections.set("listener", connection);
      connection.own(parts.listener.recorder);
      return true;
    },
  });
  const to = { address: network.node("b").address, port: PORT };
  const dialled = network.node("a").createTcp(to, { receiveBufferBytes });
  connections.set("dialler", dialled);
  dialled.own(parts.dialler.recorder);
  dialled.dial();
  const run = (forUs: number): void => {
    const eventsMax = EVENTS_MAX - simulation.events;
    const end = simulation.run({ forUs, eventsMax });
    assert.notEqual(end, "events-max", "segments must not go to and fro for ever");
  };
  const ended = new Set<Side>();
  const perform = ({ side, what, bytes }: Act): void => {
    const connection = connections.get(side);
    if (connection === undefined) return;
    if (what !== "write") {
      if (what === "end") ended.add(side);
      connection[what]();
      return;
    }
    const { written } = parts[side];
    const chunk = Uint8Array.from({ length: bytes }, (_, at) => (written.length + at * 31) % 256);
    connection.write(chunk);
    if (!ended.has(side)) written.push(...chunk);
  };
  for (const one of acts) {
    run(one.afterUs);
    perform(one);
  }
  run(60_000_000);
  for (const side of ["dialler", "listener"] as const) {
    perform({ side, what: "resume", bytes: 0, afterUs: 0 });
    perform({ side, what: "end", bytes: 0, afterUs: 0 });
  }
  run(LONG_US);
  assert.equal(simulation.waiting, 0, "nothing of the connection is left");
  return parts;
}

test("whatever two sides do, each reads a leading part of what the other wrote, and both come to an end", () => {
  const acts = fc.array(act("write", "write", "write", "end", "pause", "resume", "abort"), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(
      acts,
      fc.array(pairFaultArbitrary(), { maxLength: 20 }),
      setups,
      (did, faults, setup) => {
        const { dialler, listener } = play(did, faults, setup);
        for (const [reader, writer] of [
          [dialler, listener],
          [listener, dialler],
        ] as const) {
          const read = reader.recorder.bytes;
          assert.deepEqual(read, writer.written.slice(0, read.length));
          if (reader.recorder.hasEnded) assert.equal(read.length, writer.written.length);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("readers that pause and resume get all, through windows of any size, where nothing is lost for good", () => {
  const acts = fc.array(act("write", "write", "pause", "resume"), { maxLength: 15 });
  const drops = fc.array(
    fc.record({
      kind: fc.constant("drop" as const),
      link: fc.constantFrom("a", "b"),
      direction: fc.constantFrom("up" as const, "down" as const),
      packet: fc.integer({ min: 1, max: 60 }),
    }),
    // Fewer than the times that any segment is sent again.
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(acts, drops, setups, (did, faults, setup) => {
      const { dialler, listener } = play(did, faults, setup);
      assert.deepEqual(dialler.recorder.bytes, listener.written);
      assert.deepEqual(listener.recorder.bytes, dialler.written);
      assert.deepEqual([dialler.recorder.end, listener.recorder.end], ["finished", "finished"]);
    }),
    { numRuns: 150 },
  );
});
