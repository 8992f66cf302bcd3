import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { QuestionTurns } from "./question-turns.ts";

const BOUNDS = { askingMax: 6, perAskerMax: 2 };

interface Question {
  readonly asker: number;
}

test("never are more questions asked at a time than the bounds say, of anybody and of one, and none is idle that could be asked", () => {
  const step = fc.record({
    kind: fc.constantFrom("add", "add", "answer", "withdraw"),
    asker: fc.nat({ max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const turns = new QuestionTurns<number, Question>(BOUNDS);
      const waiting = new Set<Question>();
      const asking = new Set<Question>();
      const countOf = (asker: number): number =>
        [...asking].filter((one) => one.asker === asker).length;
      for (const { asker, kind } of steps) {
        const ofAsker = (one: Question): boolean => one.asker === asker;
        if (kind === "add") {
          const question = { asker };
          waiting.add(question);
          turns.add(asker, question);
        } else if (kind === "answer") {
          const answered = [...asking].find(ofAsker);
          if (answered !== undefined && asking.delete(answered)) turns.done(asker);
        } else {
          const withdrawn = [...waiting].find(ofAsker);
          if (withdrawn !== undefined && waiting.delete(withdrawn))
            turns.withdraw(asker, withdrawn);
        }
        for (let next = turns.next(); next !== undefined; next = turns.next()) {
          assert.ok(waiting.delete(next));
          asking.add(next);
        }
        assert.ok(asking.size <= BOUNDS.askingMax);
        for (const one of [0, 1, 2, 3, 4, 5]) assert.ok(countOf(one) <= BOUNDS.perAskerMax);
        const isIdle = [...waiting].some((one) => countOf(one.asker) < BOUNDS.perAskerMax);
        assert.ok(!isIdle || asking.size === BOUNDS.askingMax);
        assert.deepEqual(new Set(turns.waiting()), waiting);
        assert.equal(turns.isEmpty, waiting.size === 0 && asking.size === 0);
      }
    }),
  );
});

test("whoever asks much has its turn after whoever asks once, however many questions wait", () => {
  const turns = new QuestionTurns<string, string>({ askingMax: 2, perAskerMax: 2 });
  for (let number = 1; number <= 100; number += 1) turns.add("loud", `loud ${String(number)}`);
  assert.deepEqual([turns.next(), turns.next(), turns.next()], ["loud 1", "loud 2", undefined]);
  turns.add("quiet", "quiet 1");
  turns.done("loud");
  // The loud one has waited longer, once.
  assert.equal(turns.next(), "loud 3");
  turns.done("loud");
  assert.equal(turns.next(), "quiet 1");
});
