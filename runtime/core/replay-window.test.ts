import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { REPLAY_WINDOW_WIDTH, ReplayWindow, type Freshness } from "./replay-window.ts";

/** The definition, on a set of all that was ever accepted. */
class Model {
  readonly #accepted = new Set<number>();
  #newest = 0;

  accept(sequence: number): Freshness {
    if (sequence < 1) return "stale";
    if (sequence > this.#newest) {
      this.#newest = sequence;
      this.#accepted.add(sequence);
      return "newest";
    }
    if (this.#newest - sequence >= REPLAY_WINDOW_WIDTH) return "stale";
    if (this.#accepted.has(sequence)) return "replayed";
    this.#accepted.add(sequence);
    return "late";
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -80, max: 5 }) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 130 }) },
    { weight: 1, arbitrary: fc.constantFrom(31, 32, 33, 63, 64, 65, 2 ** 32, 2 ** 40) },
  ),
  { maxLength: 300 },
);

test("the window answers as a set of all accepted numbers would", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 52 }), steps, (start, moves) => {
      const window = new ReplayWindow();
      const model = new Model();
      let place = start;
      for (const move of moves) {
        const sequence = Math.max(place + move, 0);
        const expected = model.accept(sequence);
        assert.equal(window.check(sequence), expected);
        assert.equal(window.accept(sequence), expected);
        if (expected === "newest") place = sequence;
      }
    }),
    { numRuns: 500 },
  );
});

test("no number is accepted twice, even across a restart that kept the state", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 300 }), (sequences) => {
      const taken = new Set<number>();
      let window = new ReplayWindow();
      for (const sequence of sequences) {
        const freshness = window.accept(sequence);
        if (freshness === "newest" || freshness === "late") {
          assert.ok(!taken.has(sequence));
          taken.add(sequence);
        }
        window = new ReplayWindow(window.state);
      }
    }),
  );
});

test("what is no safe positive integer is stale", () => {
  const window = new ReplayWindow();
  for (const sequence of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    assert.equal(window.accept(sequence), "stale");
  }
  assert.deepEqual(window.state, { newest: 0, low: 0, high: 0 });
});

test("checking changes nothing", () => {
  const window = new ReplayWindow();
  window.accept(10);
  assert.equal(window.check(9), "late");
  assert.equal(window.check(9), "late");
  assert.equal(window.check(11), "newest");
  assert.deepEqual(window.state, { newest: 10, low: 1, high: 0 });
});
