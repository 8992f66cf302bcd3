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
  /** No event may be pushed for a time before. */
  now = 0;

  push(delay: number): void {
    const time = Math.min(this.now + delay, Number.MAX_SAFE_INTEGER);
    this.model.push(time, this.ids.length);
    this.ids.push(this.queue.push(time, HANDLER, this.ids.length));
  }

  cancel(nth: number): void {
    const argument = nth % Math.max(1, this.ids.length);
    const isThere = this.model.cancel(argument);
    assert.equal(this.queue.cancel(this.ids[argument] ?? 0), isThere);
  }

  pop(limit = Infinity): void {
    const isDue = this.model.peekTime() <= limit;
    const expected = isDue ? this.model.pop() : undefined;
    assert.equal(this.queue.popUntil(limit), expected !== undefined);
    this.now = expected?.time ?? (limit === Infinity ? this.now : limit);
    if (expected === undefined) return;
    assert.equal(this.queue.poppedTime, expected.time);
    assert.equal(this.queue.poppedArgument, expected.argument);
    assert.equal(this.queue.poppedSequence, expected.argument);
    assert.equal(this.queue.poppedHandler, HANDLER);
  }

  popAll(): void {
    while (this.model.size > 0) this.pop();
    assert.equal(this.queue.popUntil(Infinity), false);
  }
}

// Delays of every length in bits, so that times meet and differ in every digit.
const delay = fc
  .tuple(fc.integer({ min: 0, max: 52 }), fc.maxSafeNat())
  .map(([bits, value]) => value % 2 ** bits);
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ push: delay }) },
  { weight: 3, arbitrary: fc.record({ cancel: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.constant({ pop: true }) },
  { weight: 1, arbitrary: fc.record({ popWithin: delay }) },
);

suite("the event queue", () => {
  test("pops and cancels like a sorted list, whatever the order of calls", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 400, size: "max" }), (actions) => {
        const pair = new Pair();
        for (const one of actions) {
          if ("push" in one) pair.push(one.push);
          else if ("cancel" in one) pair.cancel(one.cancel);
          else if ("popWithin" in one) pair.pop(Math.min(pair.now + one.popWithin, 2 ** 53 - 1));
          else pair.pop();
          assert.equal(pair.queue.size, pair.model.size);
        }
        pair.popAll();
      }),
      { numRuns: 400 },
    );
  });

  test("sweeps out what was cancelled without losing or reordering the rest", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 100, max: 900 }),
        // In the last digit of a time, in others, and in many.
        fc.constantFrom(1, 1000, 1_000_003, 10 ** 12),
        (keep, count, unit) => {
          const pair = new Pair();
          for (let index = 0; index < count; index += 1) pair.push(((index * 7919) % 101) * unit);
          for (let index = 0; index < count; index += 1) if (index % keep !== 0) pair.cancel(index);
          pair.popAll();
        },
      ),
      { numRuns: 60 },
    );
  });

  test("never cancels another event by an old id, though its slot is used again", () => {
    const queue = new EventQueue();
    const old = queue.push(1, HANDLER, 1);
    queue.popUntil(Infinity);
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
    queue.popUntil(Infinity);
    queue.popUntil(Infinity);
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

  test("refuses times that are over", () => {
    const queue = new EventQueue();
    queue.push(2 ** 40, HANDLER, 0);
    queue.popUntil(Infinity);
    assert.throws(() => queue.push(2 ** 40 - 1, HANDLER, 0), RangeError);
    queue.push(2 ** 40, HANDLER, 0);
  });

  test("knows no event by ids it never gave", () => {
    const queue = new EventQueue();
    for (const id of [0, 1, -1, 0.5, NaN, 2 ** 53]) assert.equal(queue.cancel(id), false);
  });
});
