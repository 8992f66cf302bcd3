import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TakenNumbers, isTakenNumbersState } from "../../runtime/roles/peer/taken-numbers.ts";

const NUMBER = fc.integer({ min: 1, max: 60 });

test("as long as there are few gaps, exactly the numbers that were taken are known as taken", () => {
  fc.assert(
    fc.property(fc.array(NUMBER, { maxLength: 80 }), (numbers) => {
      const taken = new TakenNumbers(60);
      const model = new Set<number>();
      for (const number of numbers) {
        assert.equal(taken.check(number), model.has(number) ? "taken" : "new");
        if (!model.has(number)) taken.accept(number);
        model.add(number);
        assert.ok(isTakenNumbersState(JSON.parse(JSON.stringify(taken.state))));
      }
      for (let number = 1; number <= 60; number += 1) {
        assert.equal(taken.check(number), model.has(number) ? "taken" : "new");
      }
    }),
  );
});

test("however many gaps there are, few runs are kept and no number is new again after it was taken", () => {
  fc.assert(
    fc.property(
      fc.array(NUMBER, { maxLength: 80 }),
      fc.integer({ min: 1, max: 6 }),
      (numbers, runsMax) => {
        let taken = new TakenNumbers(runsMax);
        const model = new Set<number>();
        for (const number of numbers) {
          if (taken.check(number) !== "new") continue;
          assert.ok(!model.has(number));
          model.add(number);
          taken = new TakenNumbers(runsMax, taken.after(number));
          assert.ok(taken.state.runs.length <= runsMax);
          assert.ok(isTakenNumbersState(taken.state));
          assert.notEqual(taken.check(number), "new");
        }
      },
    ),
  );
});

test("the lowest of too many runs is forgotten, and what is as low is stale from then on", () => {
  const taken = new TakenNumbers(2);
  for (const number of [3, 10, 4, 20]) taken.accept(number);
  assert.deepEqual(taken.state, {
    staleTo: 4,
    runs: [
      [10, 10],
      [20, 20],
    ],
  });
  assert.deepEqual(
    [4, 5, 10, 11, 0, -1, 2 ** 60].map((number) => taken.check(number)),
    ["stale", "new", "taken", "new", "stale", "stale", "stale"],
  );
});

test("what a store gives back is taken only if it is such a state", () => {
  const bad: readonly unknown[] = [
    null,
    {},
    { staleTo: 0 },
    { staleTo: -1, runs: [] },
    { staleTo: 0, runs: [[1]] },
    { staleTo: 5, runs: [[5, 6]] },
    {
      staleTo: 0,
      runs: [
        [1, 2],
        [3, 4],
      ],
    },
    { staleTo: 0, runs: [[4, 3]] },
    { staleTo: 0, runs: [["1", 2]] },
  ];
  for (const value of bad) assert.equal(isTakenNumbersState(value), false, JSON.stringify(value));
});
