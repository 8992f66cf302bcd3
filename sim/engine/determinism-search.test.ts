import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { Simulation, checkDeterminism } from "./index.ts";
import type { EventHandler, TraceWatch } from "./index.ts";

/** Grows over all runs, so that what is made of it differs from run to run. */
let identities = 0;

/** Counts; one event, in every run another way, records its own number. */
function runCounter(watch: TraceWatch, events: number, isOdd: (event: number) => boolean): void {
  const simulation = new Simulation({ seed: 1, watch });
  const step: EventHandler<number> = {
    label: "step",
    handle: (left) => {
      const odd = isOdd(simulation.events);
      simulation.trace.record("h", "step", odd ? `odd ${String((identities += 1))}` : "even");
      if (left > 1) simulation.schedule(1, step, left - 1);
    },
  };
  simulation.schedule(0, step, events);
  simulation.run();
}

suite("the search for the first difference", () => {
  test("finds it in runs of any length with as few hashes as three, in few runs", async () => {
    const cases = fc.record({
      events: fc.integer({ min: 1, max: 700 }),
      place: fc.nat(699),
      hashesMax: fc.integer({ min: 3, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ events, place, hashesMax }) => {
        const odd = (place % events) + 1;
        const report = await checkDeterminism(
          (watch) => {
            runCounter(watch, events, (event) => event >= odd);
          },
          { hashesMax },
        );
        assert.equal(report.verdict, "different");
        assert.equal(report.event, odd);
        const [one, other] = report.sides;
        assert.match(`${one.records.join()} ${other.records.join()}`, /odd \d+.* .*odd \d+/u);
        // Each pair of runs divides the range by the number of hashes, at least by two.
        const pairs = Math.ceil(Math.log(events) / Math.log(Math.max(2, (hashesMax - 1) / 2))) + 1;
        assert.ok(report.runs <= 2 * pairs + 2, `${String(report.runs)} runs`);
      }),
      { numRuns: 40 },
    );
  });

  test("finds that one run has events beyond the other's last", async () => {
    for (const hashesMax of [3, 8, 1000]) {
      let runs = 0;
      const report = await checkDeterminism(
        (watch) => {
          runs += 1;
          runCounter(watch, runs % 2 === 0 ? 31 : 30, () => false);
        },
        { hashesMax },
      );
      // The argument counts down, so that the difference shows in the very first event.
      assert.equal(report.verdict, "different");
      assert.equal(report.event, 1);
    }
  });

  test("finds what is recorded before the first event and after the last", async () => {
    for (const where of ["before", "after"]) {
      const report = await checkDeterminism((watch) => {
        const simulation = new Simulation({ seed: 1, watch });
        simulation.schedule(1, { handle: () => undefined }, 0);
        if (where === "before") simulation.trace.record("h", "k", String((identities += 1)));
        simulation.run();
        if (where === "after") simulation.trace.record("h", "k", String((identities += 1)));
      });
      assert.equal(report.verdict, "different");
      assert.equal(report.event, where === "before" ? 1 : 2);
      assert.match(report.text, /"kind":"k"/u);
    }
  });

  test("says so if every run goes its own way, and ends within its bound of runs", async () => {
    let runs = 0;
    const report = await checkDeterminism(
      (watch) => {
        runs += 1;
        const odd = 1 + (Math.imul(runs, 37) % 200);
        runCounter(watch, 300, (event) => event === odd);
      },
      { hashesMax: 4, runsMax: 9 },
    );
    assert.equal(report.verdict, "different");
    assert.ok(report.runs <= 9 && runs <= 9);
  });

  test("throws on what a run throws, and on runs with no simulation or two", async () => {
    const fault = new Error("planned");
    await assert.rejects(
      checkDeterminism(() => Promise.reject(fault)),
      fault,
    );
    await assert.rejects(
      checkDeterminism(() => undefined),
      /made no simulation/u,
    );
    const two = (watch: TraceWatch): unknown =>
      [1, 2].map((seed) => new Simulation({ seed, watch }));
    await assert.rejects(checkDeterminism(two), /one simulation/u);
    await assert.rejects(
      checkDeterminism(() => undefined, { runsMax: 2 }),
      RangeError,
    );
  });
});
