import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import fc from "fast-check";
import { useFakeTimers } from "sinon";
import { TimerTable } from "./timer-table.ts";

interface TimerWorld {
  readonly table: TimerTable;
  /** Name and time in ms of each timer that fired. */
  readonly fired: (readonly [timer: string, atMs: number])[];
  readonly pass: (ms: number) => void;
  readonly end: () => void;
}

function createWorld(): TimerWorld {
  const clock = useFakeTimers();
  const fired: (readonly [string, number])[] = [];
  const table = new TimerTable({
    now: () => clock.now,
    onTimer: (timer) => {
      fired.push([timer, clock.now]);
    },
  });
  return {
    table,
    fired,
    pass: (ms) => {
      clock.tick(ms);
    },
    end: () => {
      clock.restore();
    },
  };
}

function worldFor(t: TestContext): TimerWorld {
  const world = createWorld();
  t.after(world.end);
  return world;
}

type Action =
  | { readonly type: "arm"; readonly timer: string; readonly afterMs: number }
  | { readonly type: "cancel"; readonly timer: string }
  | { readonly type: "pass"; readonly ms: number };

const timer = fc.constantFrom("a", "b", "c");
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ type: fc.constant("arm" as const), timer, afterMs: fc.nat(50) }),
  fc.record({ type: fc.constant("cancel" as const), timer }),
  fc.record({ type: fc.constant("pass" as const), ms: fc.nat(40) }),
);

test("Each timer that is neither replaced nor cancelled fires once, at its time.", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const world = createWorld();
      try {
        const due = new Map<string, number>();
        const expected: [string, number][] = [];
        let nowMs = 0;
        for (const step of [...actions, { type: "pass" as const, ms: 100 }]) {
          if (step.type === "arm") {
            world.table.arm(step.timer, step.afterMs);
            due.set(step.timer, nowMs + step.afterMs);
          } else if (step.type === "cancel") {
            world.table.cancel(step.timer);
            due.delete(step.timer);
          } else {
            world.pass(step.ms);
            nowMs += step.ms;
            for (const [name, atMs] of due) {
              if (atMs > nowMs) continue;
              expected.push([name, atMs]);
              due.delete(name);
            }
          }
          assert.equal(world.table.size, due.size);
        }
        const byTime = (a: readonly [string, number], b: readonly [string, number]): number =>
          a[1] - b[1] || a[0].localeCompare(b[0]);
        assert.deepEqual(world.fired.toSorted(byTime), expected.toSorted(byTime));
      } finally {
        world.end();
      }
    }),
  );
});

test("A timer longer than a system timer can hold fires when it is due and not before.", (t) => {
  const world = worldFor(t);
  const monthsMs = 2 ** 31 + 5_000_000;
  world.table.arm("renew", monthsMs);
  world.pass(monthsMs - 1);
  assert.deepEqual(world.fired, []);
  world.pass(1);
  assert.deepEqual(world.fired, [["renew", monthsMs]]);
});

test("Nothing fires after all were cancelled.", (t) => {
  const world = worldFor(t);
  world.table.arm("a", 1);
  world.table.arm("b", 2);
  world.table.cancelAll();
  world.pass(10);
  assert.deepEqual(world.fired, []);
});

test("A time that is none is refused.", (t) => {
  const { table } = worldFor(t);
  for (const afterMs of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => {
      table.arm("a", afterMs);
    }, RangeError);
  }
});
