import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RandomStream, Simulation } from "../engine/index.ts";
import type { Fault } from "./fault.ts";
import { LINK_PRESETS } from "./link-presets.ts";
import type { LinkPresetName } from "./link-presets.ts";
import { planFaults } from "./plan-faults.ts";
import { SimNetwork } from "./sim-network.ts";
import type { TcpConnection } from "./tcp-connection.ts";
import { pairFaultArbitrary } from "./testing/fault-arbitrary.ts";
import { StreamRecorder } from "./testing/stream-recorder.ts";
import { pair } from "./testing/topologies.ts";

const PORT = 7000;
/** Longer than any connection goes on sending again what nobody acknowledges. */
const LONG_US = 3_000_000_000;

/** Many times what the longest exchange takes. */
const EVENTS_MAX = 50_000;

const presets = fc.constantFrom(...(Object.keys(LINK_PRESETS) as LinkPresetName[]));
const faultLists = fc.array(pairFaultArbitrary(), { maxLength: 25 });

/** Both sides write, then end; the faults do what they do. */
function exchange(
  faults: readonly Fault[],
  { seed, preset, sizes }: { seed: number; preset: LinkPresetName; sizes: readonly number[] },
): { readonly hash: string; readonly sides: readonly StreamRecorder[] } {
  const simulation = new Simulation({ seed });
  const network = new SimNetwork(simulation, { topology: pair({ preset }), faults });
  const [a, b] = [network.node("a"), network.node("b")];
  const talk = (connection: TcpConnection, recorder: StreamRecorder): void => {
    recorder.onMore = () => {
      if (!recorder.isOpened) return;
      recorder.onMore = () => undefined;
      for (const size of sizes) connection.write(patternOf(size));
      connection.end();
    };
    connection.own(recorder);
  };
  const [dialler, listener] = [new StreamRecorder(), new StreamRecorder()];
  b.listenTcp(PORT, {
    onConnection: (connection) => {
      talk(connection, listener);
      return true;
    },
  });
  const dialled = a.createTcp({ address: b.address, port: PORT });
  talk(dialled, dialler);
  dialled.dial();
  const end = simulation.run({ forUs: LONG_US, eventsMax: EVENTS_MAX });
  assert.notEqual(end, "events-max", "segments must not go to and fro for ever");
  return { hash: simulation.trace.hash, sides: [dialler, listener] };
}

function patternOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + size) % 256);
}

const exchanges = fc.record({
  seed: fc.nat(),
  preset: presets,
  sizes: fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 4 }),
});

test("a stream delivers the bytes written, in order, all of them if it ends well, whatever goes wrong", () => {
  fc.assert(
    fc.property(exchanges, faultLists, (options, faults) => {
      const written = options.sizes.flatMap((size) => [...patternOf(size)]);
      const { sides } = exchange(faults, options);
      for (const side of sides) {
        const { bytes } = side;
        const wrongAt = bytes.findIndex((byte, index) => byte !== written[index]);
        assert.equal(wrongAt, -1, "the bytes are those written, in order");
        if (side.hasEnded) assert.equal(bytes.length, written.length);
        if (side.isOpened) assert.notEqual(side.end, undefined, "it came to an end");
        if (side.end === "finished") assert.ok(side.hasEnded);
      }
      const [dialler] = sides;
      assert.notEqual(dialler?.end, undefined, "who dials hears how it ended");
    }),
    {
      numRuns: 60,
      // Two sides that both wait for late segments, and an acknowledgement that comes then.
      examples: [
        [
          { seed: 0, preset: "loopback", sizes: [0] },
          [{ kind: "delay", link: "a", direction: "up", packet: 2, byUs: 200_000 }],
        ],
      ],
    },
  );
});

test("without faults every stream ends well on both sides", () => {
  fc.assert(
    fc.property(exchanges, (options) => {
      const { sides } = exchange([], options);
      assert.deepEqual(
        sides.map(({ end }) => end),
        ["finished", "finished"],
      );
    }),
    { numRuns: 20 },
  );
});

test("the same seed and faults give the same hash, and faults that match nothing change nothing", () => {
  fc.assert(
    fc.property(exchanges, faultLists, (options, faults) => {
      const { hash } = exchange(faults, options);
      assert.equal(exchange(faults, options).hash, hash);
      const idle: Fault[] = [
        { kind: "drop", link: "a", direction: "up", packet: 1_000_000 },
        { kind: "drop", link: "nowhere", direction: "up", packet: 1 },
        { kind: "linkDown", link: "a", fromUs: LONG_US, toUs: LONG_US + 1 },
        { kind: "partition", nodes: ["nobody"], fromUs: 0, toUs: LONG_US },
        { kind: "crash", host: "nobody", atUs: 1, what: "machine", writesKept: 0 },
        { kind: "natReboot", nat: "none", atUs: 1 },
      ];
      assert.equal(exchange([...faults, ...idle], options).hash, hash);
    }),
    { numRuns: 15 },
  );
});

test("a datagram arrives as it was sent, at most as often as faults double it, unless one corrupts it", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      presets,
      faultLists,
      fc.array(fc.uint8Array({ maxLength: 1600 }), { maxLength: 40 }),
      (seed, preset, faults, datagrams) => {
        const simulation = new Simulation({ seed });
        const network = new SimNetwork(simulation, { topology: pair({ preset }), faults });
        const came: string[] = [];
        network.node("b").bindUdp(9, {
          onDatagram: (_, bytes) => {
            came.push(bytes.join());
          },
        });
        for (const bytes of datagrams) {
          network.node("a").sendUdp(5, { address: "192.0.2.2", port: 9 }, bytes);
        }
        simulation.run();
        const isCorrupting = faults.some(({ kind }) => kind === "corrupt");
        const sent = new Set(datagrams.map((bytes) => bytes.join()));
        if (!isCorrupting) assert.ok(came.every((one) => sent.has(one)));
        const isDoubling = faults.some(({ kind }) => kind === "duplicate");
        if (!isDoubling) assert.ok(came.length <= datagrams.length);
        if (faults.length === 0) {
          const { mtuBytes } = LINK_PRESETS[preset];
          const fitting = datagrams.filter(({ length }) => length + 28 <= mtuBytes);
          assert.deepEqual(
            came,
            fitting.map((bytes) => bytes.join()),
          );
          const tooBig = network.counters.dropped.get("too-big") ?? 0;
          assert.equal(tooBig, datagrams.length - fitting.length);
        }
      },
    ),
    { numRuns: 100, examples: [[1, "lan", [], [new Uint8Array(1473), new Uint8Array(1472)]]] },
  );
});

test("sampled faults follow the preset, and one link more changes nothing for the others", () => {
  const topology = pair({ preset: "congestedWifi" });
  const faults = planFaults(topology, RandomStream.fromSeed(1), { packetsMax: 50_000 });
  const drops = faults.filter(({ kind }) => kind === "drop").length / 200_000;
  // Bad 1/26 of the time: 1/26 · 0.35 + 25/26 · 0.002.
  assert.ok(drops > 0.0134 && drops < 0.0174, String(drops));
  const [host] = topology.hosts;
  assert.ok(host);
  const more = { ...host, name: "c", address: "192.0.2.3" };
  const others = planFaults(
    { ...topology, hosts: [more, ...topology.hosts] },
    RandomStream.fromSeed(1),
    { packetsMax: 50_000, except: ["c"] },
  );
  assert.deepEqual(others, faults);
});
