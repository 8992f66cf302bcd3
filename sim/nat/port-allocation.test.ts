import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PortAllocator, type PortRequest } from "./port-allocation.ts";
import { createSeededNatRandom, type PortAllocation } from "./index.ts";
import { PORT_ALLOCATIONS } from "./testing/port-allocations.ts";

const RANGE = { first: 2001, last: 2100 };

function request(port: number, isFree: (port: number) => boolean = () => true): PortRequest {
  return { internal: { address: "10.0.0.5", port }, isFree, partnerPort: undefined };
}

function allocatorOf(allocation: PortAllocation, seed = 1): PortAllocator {
  return new PortAllocator(allocation, RANGE, createSeededNatRandom(seed));
}

test("A port that is given is free and in the range, whatever the way of choosing.", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PORT_ALLOCATIONS),
      fc.integer({ min: 1, max: 65_535 }),
      fc.uniqueArray(fc.integer({ min: 2001, max: 2100 }), { maxLength: 100 }),
      fc.integer(),
      (kind, port, taken, seed) => {
        const given = allocatorOf(kind, seed).pick(request(port, (at) => !taken.includes(at)));
        if (given === undefined) return;
        assert.ok(given >= RANGE.first && given <= RANGE.last && !taken.includes(given));
        const keepsParity = kind.kind === "parity" || kind.kind === "contiguous";
        if (keepsParity) assert.equal(given % 2, port % 2);
      },
    ),
  );
});

test("The last free port is found by every way that is not bound to parity or a block.", () => {
  for (const kind of PORT_ALLOCATIONS) {
    if (kind.kind === "block" || kind.kind === "sequential") continue;
    assert.equal(allocatorOf(kind).pick(request(2050, (port) => port === 2044)), 2044);
  }
  assert.equal(allocatorOf({ kind: "random" }).pick(request(1, () => false)), undefined);
});

test("A port is kept if it may be, else the next above it is given in sequence.", () => {
  const allocator = allocatorOf({ kind: "preservation", otherwise: "sequential" });
  assert.equal(allocator.pick(request(2040)), 2040);
  assert.equal(allocator.pick(request(2040, (port) => port > 2041)), 2042);
});

test("Sequential ports go up by the step and round.", () => {
  const allocator = allocatorOf({ kind: "sequential", step: 40 });
  const given = [0, 1, 2, 3].map(() => allocator.pick(request(5)));
  assert.deepEqual(given, [2001, 2041, 2081, 2021]);
});

test("An odd port goes above its partner's, and an even one leaves room for its partner.", () => {
  const allocator = allocatorOf({ kind: "contiguous" });
  assert.equal(allocator.pick({ ...request(5005), partnerPort: 2030 }), 2031);
  const even = allocator.pick(request(5004, (port) => ![2003, 2005].includes(port)));
  assert.ok(even !== undefined && even % 2 === 0 && even !== 2002 && even !== 2004);
});

test("A host gets the ports of its own block only, and neighbours get other blocks.", () => {
  const allocator = allocatorOf({ kind: "block", blockPorts: 10 });
  const blockOf = (address: string): number => {
    const taken = new Set<number>();
    for (;;) {
      const internal = { address, port: 5000 };
      const port = allocator.pick({ ...request(0, (at) => !taken.has(at)), internal });
      if (port === undefined) break;
      taken.add(port);
    }
    assert.equal(taken.size, 10);
    return Math.min(...taken);
  };
  const blocks = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(blockOf);
  assert.equal(new Set(blocks).size, 3);
  assert.equal(blockOf("10.0.0.1"), blocks[0]);
});

test("A range or a block without ports is an error of the profile.", () => {
  const random = createSeededNatRandom(1);
  const empty = { first: 10, last: 9 };
  assert.throws(() => new PortAllocator({ kind: "random" }, empty, random), RangeError);
  assert.throws(() => allocatorOf({ kind: "block", blockPorts: 0 }), RangeError);
  assert.throws(() => allocatorOf({ kind: "block", blockPorts: 101 }), RangeError);
});
