import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BackOff } from "./back-off.ts";

const OPTIONS = { freeFailures: 3, firstMs: 1000, maxMs: 8000, forgetMs: 60_000, keysMax: 4 };

test("waits double with each failure beyond the free ones, up to the longest", () => {
  const backOff = new BackOff(OPTIONS);
  let nowMs = 0;
  const waits: number[] = [];
  for (let count = 0; count < 16; count += 1) {
    const waitMs = backOff.attempt("ann", nowMs);
    waits.push(waitMs);
    nowMs += waitMs;
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 1000, 0, 2000, 0, 4000, 0, 8000, 0, 8000, 0, 8000, 0]);
});

test("attempts at the same time do not share one chance", () => {
  const backOff = new BackOff(OPTIONS);
  const admitted = Array.from({ length: 50 }, () => backOff.attempt("ann", 5)).filter(
    (wait) => wait === 0,
  );
  assert.equal(admitted.length, OPTIONS.freeFailures + 1);
});

test("a success takes its own attempt back and leaves earlier failures", () => {
  const backOff = new BackOff(OPTIONS);
  for (let count = 0; count < 3; count += 1) backOff.attempt("ann", 0);
  assert.equal(backOff.attempt("ann", 0), 0);
  backOff.forgive("ann");
  assert.equal(backOff.attempt("ann", 0), 0);
  assert.equal(backOff.attempt("ann", 0), 1000);
});

test("a key without attempts for long enough starts anew", () => {
  const backOff = new BackOff(OPTIONS);
  for (let count = 0; count < 4; count += 1) backOff.attempt("ann", 0);
  assert.equal(backOff.attempt("ann", 500), 500);
  for (let count = 0; count < 4; count += 1) assert.equal(backOff.attempt("ann", 60_000), 0);
});

test("the table never holds more keys than its bound, whatever is asked", () => {
  const step = fc.record({
    key: fc.integer({ min: 0, max: 9 }).map(String),
    passedMs: fc.nat(100_000),
    succeeds: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const backOff = new BackOff(OPTIONS);
      let nowMs = 0;
      for (const { key, passedMs, succeeds } of steps) {
        nowMs += passedMs;
        const waitMs = backOff.attempt(key, nowMs);
        assert.ok(waitMs >= 0 && waitMs <= OPTIONS.maxMs);
        if (waitMs === 0 && succeeds) backOff.forgive(key);
        assert.ok(backOff.size <= OPTIONS.keysMax);
      }
    }),
  );
});
