import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { EventQueue } from "./event-queue.ts";
import type { EventHandler, EventId } from "./event-queue.ts";

const HANDLER: EventHandler<number> = { handle: () => undefined };

/** The same queue, done in the plainest way. */
class SortedModel {
  readonly #events: { readonly time: number; readonly argument: number }[] = [];

  get size(): number {
    return this.#events.length;
  }

  push(time: number, argument: number): void {
    this.#events.push({ time, argument });
    // A stable sort keeps the order of pushing.
    this.#events.sort((a, b) => a.time - b.time);
  }

  cancel(argument: number): boolean {
    const index = this.#events.findIndex((event) => event.argument === argument);
    if (index >= 0) this.#events.splice(index, 1);
    return index >= 0;
  }

  pop(): { readonly time: number; readonly argument: number } | undefined {
    return this.#events.shift();
  }

  peekTime(): number {
    return this.#events[0]?.time ?? Infinity;
  }
}

/** A queue and its model, which must always show the same. */
class Pair {
  readonly queue = new EventQueue();
  readonly model = new SortedModel();
  readonly ids: EventId[] = [];

  push(time: number): void {
    this.model.push(time, this.ids.length);
    this.ids.push(this.queue.push(time, HANDLER, this.ids.length));
  }

  cancel(nth: number): void {
    const argument = nth % Math.max(1, this.ids.length);
    const isThere = this.model.cancel(argument);
    assert.equal(this.queue.cancel(this.ids[argument] ?? 0), isThere);
  }

  pop(): void {
    assert.equal(this.queue.peekTime(), this.model.peekTime());
    const expected = this.model.pop();
    assert.equal(this.queue.pop(), expected !== undefined);
    if (expected === undefined) return;
    assert.equal(this.queue.poppedTime, expected.time);
    assert.equal(this.queue.poppedArgument, expected.argument);
    assert.equal(this.queue.poppedSequence, expected.argument);
    assert.equal(this.queue.poppedHandler, HANDLER);
  }
}

const few = fc.integer({ min: 0, max: 8 });
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ push: fc.oneof(few, fc.maxSafeNat()) }) },
  { weight: 3, arbitrary: fc.record({ cancel: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.constant({ pop: true }) },
);

suite("the event queue", () => {
  test("pops, peeks and cancels like a sorted list, whatever the order of calls", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 400, size: "max" }), (actions) => {
        const pair = new Pair();
        for (const one of actions) {
          if ("push" in one) pair.push(one.push);
          else if ("cancel" in one) pair.cancel(one.cancel);
          else pair.pop();
          assert.equal(pair.queue.size, pair.model.size);
        }
        while (pair.model.size > 0) pair.pop();
        assert.equal(pair.queue.pop(), false);
      }),
      { numRuns: 200 },
    );
  });

  test("sweeps out what was cancelled without losing or reordering the rest", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 100, max: 900 }),
        (keep, count) => {
          const pair = new Pair();
          for (let index = 0; index < count; index += 1) pair.push((index * 7919) % 101);
          for (let index = 0; index < count; index += 1) if (index % keep !== 0) pair.cancel(index);
          while (pair.model.size > 0) pair.pop();
          assert.equal(pair.queue.pop(), false);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("never cancels another event by an old id, though its slot is used again", () => {
    const queue = new EventQueue();
    const old = queue.push(1, HANDLER, 1);
    queue.pop();
    const young = queue.push(2, HANDLER, 2);
    assert.notEqual(young, old);
    assert.equal(queue.cancel(old), false);
    assert.equal(queue.size, 1);
    assert.equal(queue.cancel(young), true);
    assert.equal(queue.cancel(young), false);
  });

  test("holds on to nothing of an event that is gone", () => {
    const queue = new EventQueue();
    queue.push(1, HANDLER, 1);
    queue.pop();
    queue.pop();
    assert.equal(queue.poppedHandler, undefined);
    assert.equal(queue.poppedArgument, undefined);
  });

  test("refuses times that are no integers from 0 to 2^53 - 1", () => {
    const queue = new EventQueue();
    for (const time of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
      assert.throws(() => queue.push(time, HANDLER, 0), RangeError);
    }
    assert.equal(queue.size, 0);
  });

  test("knows no event by ids it never gave", () => {
    const queue = new EventQueue();
    for (const id of [0, 1, -1, 0.5, NaN, 2 ** 53]) assert.equal(queue.cancel(id), false);
  });
});
