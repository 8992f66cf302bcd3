import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { suite, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { AmbientError, JsonLines, RandomStream, Simulation } from "./index.ts";
import type { Drain, DrainingBounds, EventHandler } from "./index.ts";

/** Takes note of what it is handed, and when. */
class Notes implements EventHandler<number> {
  readonly label = "notes";
  readonly seen: (readonly [number, number])[] = [];
  readonly #simulation: Simulation;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  handle(argument: number): void {
    this.seen.push([this.#simulation.nowUs, argument]);
  }
}

/** A handler of one function. */
function doing<Argument>(
  handle: (argument: Argument) => unknown,
  label = "doing",
): EventHandler<Argument> {
  return { label, handle };
}

suite("a simulation", () => {
  test("handles events in order of time, then of scheduling, and time never goes back", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 50 }), (delays) => {
        const simulation = new Simulation({ seed: 1, startUs: 5 });
        const notes = new Notes(simulation);
        for (const [index, delay] of delays.entries()) simulation.schedule(delay, notes, index);
        assert.equal(simulation.run(), "idle");
        const expected = delays.map((delay, index) => [5 + delay, index] as const);
        assert.deepEqual(
          notes.seen,
          expected.toSorted(([a], [b]) => a - b),
        );
      }),
    );
  });

  test("runs in pieces as it runs in one", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.array(fc.nat(30)), (delays, pieces) => {
        const build = (): readonly [Simulation, Notes] => {
          const simulation = new Simulation({ seed: 1 });
          const notes = new Notes(simulation);
          for (const [index, delay] of delays.entries()) simulation.schedule(delay, notes, index);
          return [simulation, notes];
        };
        const [whole, wholeNotes] = build();
        whole.run();
        const [parts, partNotes] = build();
        for (const forUs of pieces) parts.run({ forUs });
        parts.run();
        assert.deepEqual(partNotes.seen, wholeNotes.seen);
        assert.equal(parts.trace.hash, whole.trace.hash);
      }),
      { numRuns: 25 },
    );
  });

  test("ends by time, by number of events, by stop and by a condition, and says which", () => {
    const simulation = new Simulation({ seed: 1 });
    const notes = new Notes(simulation);
    for (const [index, at] of [10, 20, 30, 40, 50].entries())
      simulation.scheduleAt(at, notes, index);
    assert.equal(simulation.run({ untilUs: 10 }), "time");
    assert.equal(simulation.nowUs, 10);
    assert.equal(simulation.run({ forUs: 5 }), "time");
    assert.equal(simulation.nowUs, 15);
    assert.equal(simulation.run({ eventsMax: 1 }), "events-max");
    assert.equal(simulation.nowUs, 20);
    assert.equal(simulation.run({ stopWhen: () => notes.seen.length === 3 }), "stopped");
    simulation.schedule(
      1,
      doing(() => {
        simulation.stop();
      }),
      0,
    );
    assert.equal(simulation.run(), "stopped");
    assert.equal(simulation.waiting, 2);
    assert.equal(simulation.run({ untilUs: 99 }), "idle");
    assert.equal(simulation.nowUs, 99);
    assert.equal(simulation.events, 6);
  });

  test("refuses the past, delays that are no integers, and a second run inside the first", () => {
    const simulation = new Simulation({ seed: 1, startUs: 10 });
    const notes = new Notes(simulation);
    assert.throws(() => simulation.scheduleAt(9, notes, 0), RangeError);
    for (const delay of [-1, 0.5, NaN, Infinity]) {
      assert.throws(() => simulation.schedule(delay, notes, 0), RangeError);
    }
    assert.throws(() => simulation.run({ untilUs: 9 }), RangeError);
    assert.throws(() => simulation.run({ forUs: 0.5 }), RangeError);
    assert.throws(() => simulation.run({ eventsMax: NaN }), RangeError);
    assert.equal(simulation.nowUs, 10);
    assert.throws(() => new Simulation({ seed: 1, startUs: 0.5 }), RangeError);
    const other = new Simulation({ seed: 2 });
    simulation.schedule(
      0,
      doing(() => other.run()),
      0,
    );
    assert.throws(() => simulation.run(), /a simulation is running already/u);
    assert.equal(other.run(), "idle");
  });

  test("cancels what waits, once", () => {
    const simulation = new Simulation({ seed: 1 });
    const notes = new Notes(simulation);
    const id = simulation.schedule(1, notes, 0);
    assert.equal(simulation.cancel(id), true);
    assert.equal(simulation.cancel(id), false);
    simulation.run();
    assert.deepEqual(notes.seen, []);
  });

  test("gives each label one stream, which goes on where it was", () => {
    const simulation = new Simulation({ seed: "s" });
    const stream = simulation.random("link");
    const expected = RandomStream.fromSeed("s").fork("link");
    assert.equal(stream.word(), expected.word());
    assert.equal(simulation.random("link"), stream);
    assert.equal(simulation.random("link").word(), expected.word());
  });

  test("passes on what a handler throws, and has the machine back afterwards", () => {
    const simulation = new Simulation({ seed: 1 });
    const fault = new Error("planned");
    simulation.schedule(
      0,
      doing(() => {
        throw fault;
      }),
      0,
    );
    assert.throws(() => simulation.run(), fault);
    assert.equal(typeof Date.now(), "number");
  });

  test("refuses an asynchronous handler in a run that does not drain", () => {
    const simulation = new Simulation({ seed: 1 });
    simulation.schedule(
      0,
      doing(async () => {
        await Promise.resolve();
        throw new Error("nobody else hears of this");
      }, "slow"),
      0,
    );
    assert.throws(() => simulation.run(), /the handler slow is asynchronous/u);
  });
});

/** Handlers that use everything that is drained: promises, ticks, microtasks, streams, async iteration. */
async function runAsynchronous(
  bounds: DrainingBounds,
): Promise<readonly [string, readonly string[]]> {
  const sink = new JsonLines();
  const simulation = new Simulation({ seed: 7, sink });
  const note = (kind: string): void => {
    simulation.trace.record("host", kind, String(simulation.nowUs));
  };
  const work = doing(async (left: number) => {
    process.nextTick(note, "tick");
    queueMicrotask(() => {
      note("microtask");
    });
    const chunks = simulation.random("sizes").bytes(5);
    for await (const chunk of Readable.from([...chunks])) note(`chunk ${String(chunk)}`);
    await Promise.all(
      [1, 2, 3].map(async (index) => {
        await Promise.resolve();
        note(`branch ${String(index)}`);
      }),
    );
    if (left > 0) simulation.schedule(10, work, left - 1);
    process.nextTick(() => {
      void Promise.resolve().then(() => {
        note("late");
      });
    });
  }, "work");
  simulation.schedule(0, work, 4);
  simulation.schedule(3, work, 2);
  await simulation.runDraining(bounds);
  return [simulation.trace.hash, sink.lines()];
}

/** Faults that come when the handler has returned, and that nobody catches. */
const LATE_FAULTS: Readonly<Record<string, (fault: Error) => void>> = {
  "a tick throws": (fault) => {
    process.nextTick(() => {
      throw fault;
    });
  },
  "a microtask throws": (fault) => {
    queueMicrotask(() => {
      throw fault;
    });
  },
  "a stream fails with while nobody listens": (fault) => {
    new Readable({ read: () => undefined }).destroy(fault);
  },
};

suite("draining", () => {
  test("carries out all that an event set off before the next, by either way with the same hash", async () => {
    const [hash, lines] = await runAsynchronous({ drain: "tick" });
    const [otherHash, otherLines] = await runAsynchronous({ drain: "turn" });
    assert.deepEqual(otherLines, lines);
    assert.equal(otherHash, hash);
    assert.equal(lines.length, 8 * (1 + 1 + 5 + 3 + 1));
    for (const line of lines) {
      const record = JSON.parse(line) as { timeUs: number; detail: string };
      assert.equal(record.detail, String(record.timeUs));
    }
  });

  for (const drain of ["tick", "turn"] as const satisfies readonly Drain[]) {
    test(`ends a run with what a handler was rejected with (${drain})`, async () => {
      const simulation = new Simulation({ seed: 1 });
      const fault = new Error("planned");
      const never = new Notes(simulation);
      simulation.schedule(
        0,
        doing(async () => {
          await Promise.resolve();
          throw fault;
        }),
        0,
      );
      simulation.schedule(1, never, 0);
      await assert.rejects(simulation.runDraining({ drain }), fault);
      assert.deepEqual(never.seen, []);
      assert.equal(typeof Date.now(), "number");
    });

    for (const [what, setOff] of Object.entries(LATE_FAULTS)) {
      test(`ends a run with what ${what} (${drain})`, async () => {
        const simulation = new Simulation({ seed: 1 });
        const fault = new Error("planned");
        const never = new Notes(simulation);
        simulation.schedule(0, doing(setOff), fault);
        simulation.schedule(1, never, 0);
        await assert.rejects(simulation.runDraining({ drain }), fault);
        assert.deepEqual(never.seen, []);
        assert.equal(process.hasUncaughtExceptionCaptureCallback(), false);
        // The machine is in order, and so is the next run.
        await nextTurn();
        assert.equal(await simulation.runDraining({ drain }), "idle");
        assert.deepEqual(never.seen, [[1, 0]]);
      });
    }

    test(`reports a trap that asynchronous code ran into and hid (${drain})`, async () => {
      const simulation = new Simulation({ seed: 1 });
      const hide = async (): Promise<void> => {
        await Promise.resolve();
        try {
          Math.random();
        } catch {
          // Hidden on purpose.
        }
      };
      simulation.schedule(0, doing(hide), 0);
      await assert.rejects(simulation.runDraining({ drain }), AmbientError);
      assert.equal(typeof Math.random(), "number");
    });

    test(`refuses to run where faults that nobody catches go to somebody else (${drain})`, async () => {
      const simulation = new Simulation({ seed: 1 });
      process.setUncaughtExceptionCaptureCallback(() => undefined);
      try {
        await assert.rejects(simulation.runDraining({ drain }), /faults that nobody catches/u);
      } finally {
        process.setUncaughtExceptionCaptureCallback(null);
      }
      assert.equal(await simulation.runDraining({ drain }), "idle");
    });

    test(`handles bounds like a run that does not drain (${drain})`, async () => {
      const simulation = new Simulation({ seed: 1 });
      const notes = new Notes(simulation);
      for (const at of [10, 20, 30]) simulation.schedule(at, notes, at);
      assert.equal(await simulation.runDraining({ untilUs: 15, drain }), "time");
      assert.equal(simulation.nowUs, 15);
      assert.equal(await simulation.runDraining({ eventsMax: 1, drain }), "events-max");
      assert.equal(await simulation.runDraining({ drain }), "idle");
      assert.deepEqual(notes.seen, [
        [10, 10],
        [20, 20],
        [30, 30],
      ]);
    });
  }
});
