import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ControlNetwork } from "../world/control-network.ts";
import { LATE_ROUTER, worksThoughLate } from "../world/late-readers.ts";
import type { Passing } from "../world/memory-network.ts";

/** Bytes as text, a character a byte. */
function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Which way bytes of a relay pass: from the client to the router, or back. */
type Way = "up" | "down";

/** The way of bytes that leave a server towards one of the two; undefined for all others. */
function relayedWay(world: ControlNetwork, { from, to }: Passing): Way | undefined {
  if (from.address !== "203.0.113.1") return undefined;
  if (to.port === world.router.host.endpoint.port) return "up";
  return to.port === world.client.host.endpoint.port ? "down" : undefined;
}

const isRelaying = (world: ControlNetwork): boolean =>
  world.servers[0]?.events.some(({ type }) => type === "relayStarted") === true;

test("nothing of what client and router say can be read by the server", () => {
  const world = ControlNetwork.settled();
  let passed = "";
  world.network.interference.stream = (passing) => {
    const ends = [passing.from.address, passing.to.address];
    if (ends.includes("203.0.113.1")) passed += textOf(passing.bytes);
    return [passing.bytes];
  };
  world.router.answers.set("log.tail", { lines: ["secret of the router"] });
  const session = world.connect();
  const answer = world.client.call(session, "system.uptime");
  world.client.call(session, "log.tail", { lines: 7 });
  assert.deepEqual(answer, { ok: true, result: { uptimeS: 4711 } });
  assert.equal(world.router.calls.length, 2, "the calls did pass");
  assert.ok(passed.length > 1000);
  const said = ["jsonrpc", "system", "uptime", "4711", "log.tail", "lines", "secret", "result"];
  for (const word of said) assert.ok(!passed.includes(word), word);
});

/** One session with one call, with one byte of the relay changed; undefined if so many bytes do not pass. */
function runWithFlip(way: Way, at: number, bit: number): ControlNetwork | undefined {
  const world = ControlNetwork.settled();
  let passed = 0;
  const flip = { isDone: false };
  world.network.interference.stream = (passing) => {
    if (!isRelaying(world) || relayedWay(world, passing) !== way) return [passing.bytes];
    const { bytes } = passing;
    const index = at - passed;
    passed += bytes.length;
    if (index >= 0 && index < bytes.length) {
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
      flip.isDone = true;
    }
    return [bytes];
  };
  const session = world.connect();
  const outcome = world.client.call(session, "system.uptime");
  if (!flip.isDone) return undefined;
  assert.notEqual(outcome?.ok, true, "no answer comes through");
  const isOver = (): boolean => world.client.problemOf(session) !== undefined;
  assert.ok(world.network.runUntil(isOver, 30_000));
  return world;
}

test("a byte that is changed on the relay, whichever, ends the session and nothing is delivered", () => {
  const way = fc.constantFrom<Way>("up", "down");
  let flips = 0;
  fc.assert(
    fc.property(way, fc.nat(2200), fc.nat(7), (direction, at, bit) => {
      const world = runWithFlip(direction, at, bit);
      if (world === undefined) return;
      flips += 1;
      if (direction === "up") assert.equal(world.router.calls.length, 0, "no call is delivered");
      assert.ok(
        world.network.runUntil(
          () => world.router.events.some(({ type }) => type === "sessionOver"),
          30_000,
        ),
        "the router is done with it",
      );
      world.network.run(10);
      assert.equal(world.placesTaken, 0);
      world.network.interference = {};
      assert.ok(world.works());
    }),
    { numRuns: 60 },
  );
  assert.ok(flips > 5, `only ${String(flips)} of 60 positions were on the relay`);
});

test("bytes that are lost, doubled or swapped on the relay end the session", () => {
  const changes: Readonly<Record<string, (bytes: Uint8Array) => readonly Uint8Array[]>> = {
    lost: () => [],
    doubled: (bytes) => [bytes, bytes],
    swapped: (bytes) => [bytes.subarray(bytes.length >> 1), bytes.subarray(0, bytes.length >> 1)],
    foreign: () => [new Uint8Array([0, 3, 0, 20, ...new Uint8Array(20)])],
  };
  for (const [name, change] of Object.entries(changes)) {
    const world = ControlNetwork.settled();
    const session = world.connect();
    world.client.call(session, "system.uptime");
    let isDone = false;
    world.network.interference.stream = (passing) => {
      if (isDone || relayedWay(world, passing) !== "up") return [passing.bytes];
      isDone = true;
      return change(passing.bytes);
    };
    const calls = world.router.calls.length;
    world.client.begin(session, "system.uptime");
    world.client.begin(session, "system.uptime");
    world.network.run(60_000);
    assert.ok(isDone);
    assert.ok(world.router.calls.length <= calls + (name === "doubled" ? 1 : 0), name);
    assert.ok(world.client.problemOf(session) !== undefined, name);
    assert.equal(world.placesTaken, 0);
  }
});

test("any segmentation of all streams makes no difference", () => {
  const size = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 20 }), (sizes) => {
      const world = new ControlNetwork();
      let cut = 0;
      world.network.interference.stream = ({ bytes }) => {
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length;) {
          const piece = bytes.slice(at, at + (sizes[cut % sizes.length] ?? 1));
          cut += 1;
          at += piece.length;
          pieces.push(piece);
        }
        return pieces;
      };
      world.settle();
      const session = world.connect();
      const answer = world.client.call(session, "system.uptime");
      assert.deepEqual(answer, { ok: true, result: { uptimeS: 4711 } });
    }),
    { numRuns: 15, examples: [[[1]]] },
  );
});

test("whoever reads late, and so gets much in one piece, understands all of it", () => {
  const late = fc.nat(60);
  fc.assert(
    fc.property(fc.record({ hub: late, server: late, router: late, client: late }), (lateness) =>
      worksThoughLate(lateness),
    ),
    { numRuns: 15, examples: [[LATE_ROUTER]] },
  );
});
