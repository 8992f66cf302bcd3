import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  completeStep,
  EVENTS_CHAINED_MAX,
  EVENTS_WAITING_MAX,
  MachineRunner,
  unmoved,
} from "./machine.ts";
import type { MachineDefinition, MachineHost, TransitionTaken } from "./machine.ts";

interface Counted {
  readonly name: string;
  readonly count: number;
}

interface Event {
  readonly name: string;
}

/** Counts `add` events and asks its owner to do something for each; refuses `bad`, ignores everything else. */
const COUNTER: MachineDefinition<Counted, Event, string> = {
  machine: "Counter",
  step: (state, event) => {
    if (event.name === "bad") return unmoved("refused", state);
    if (event.name !== "add") return unmoved("ignored", state);
    const count = state.count + 1;
    return completeStep({
      step: { state: { name: "counting", count }, outputs: [`did ${String(count)}`] },
      running: ["old", "both"],
      wanted: [
        { timer: "both", afterMs: 1 },
        { timer: "new", afterMs: 2 },
      ],
    });
  },
  start: (state) => ({
    outcome: "moved",
    state,
    outputs: [],
    cancel: [],
    arm: [{ timer: "old", afterMs: 5 }],
  }),
};

function run(host: Partial<MachineHost<string>> = {}): {
  runner: MachineRunner<Counted, Event, string>;
  log: string[];
} {
  const log: string[] = [];
  const runner = new MachineRunner(
    COUNTER,
    { name: "idle", count: 0 },
    {
      perform: (output) => log.push(output),
      arm: (timer, afterMs) => log.push(`arm ${timer} ${String(afterMs)}`),
      cancel: (timer) => log.push(`cancel ${timer}`),
      refuse: (event, state) => log.push(`refused ${event} in ${state}`),
      ...host,
    },
  );
  return { runner, log };
}

test("a runner arms the timers of the state it starts in", () => {
  assert.deepEqual(run().log, ["arm old 5"]);
});

test("a step cancels and arms timers before its outputs are performed", () => {
  const { runner, log } = run();
  assert.equal(runner.dispatch({ name: "add" }), "moved");
  assert.deepEqual(log, ["arm old 5", "cancel old", "arm new 2", "did 1"]);
  assert.deepEqual(runner.state, { name: "counting", count: 1 });
});

test("what is ignored or refused changes nothing, and a refusal is told", () => {
  const { runner, log } = run();
  assert.equal(runner.dispatch({ name: "other" }), "ignored");
  assert.equal(runner.dispatch({ name: "bad" }), "refused");
  assert.deepEqual(log, ["arm old 5", "refused bad in idle"]);
  assert.deepEqual(runner.state, { name: "idle", count: 0 });
});

test("an event that arises in a step waits until the step is complete, and its refusal is told too", () => {
  const seen: string[] = [];
  const { runner } = run({
    perform: (output) => {
      seen.push(`begin ${output}`);
      if (output === "did 1") {
        assert.equal(runner.dispatch({ name: "add" }), "waiting");
        assert.equal(runner.dispatch({ name: "bad" }), "waiting");
      }
      seen.push(`end ${output}`);
    },
    refuse: (event) => seen.push(`refused ${event}`),
  });
  runner.dispatch({ name: "add" });
  assert.deepEqual(seen, ["begin did 1", "end did 1", "begin did 2", "end did 2", "refused bad"]);
  assert.equal(runner.state.count, 2);
});

test("each transition that is taken is observed with where it came from", () => {
  const taken: TransitionTaken[] = [];
  const { runner } = run({ observe: (transition) => taken.push(transition) });
  for (const name of ["add", "other", "add"]) runner.dispatch({ name });
  assert.deepEqual(taken, [
    { machine: "Counter", from: "idle", on: "add", to: "counting" },
    { machine: "Counter", from: "counting", on: "add", to: "counting" },
  ]);
});

test("more events than may wait are a bug of ours", () => {
  const { runner } = run({
    perform: () => {
      for (let event = 0; event <= EVENTS_WAITING_MAX; event += 1)
        runner.dispatch({ name: "other" });
    },
  });
  assert.throws(() => runner.dispatch({ name: "add" }), /Counter: more than 64 events wait/);
});

test("events that beget events without end are a bug of ours", () => {
  const { runner } = run({ perform: () => runner.dispatch({ name: "add" }) });
  assert.throws(() => runner.dispatch({ name: "add" }), RangeError);
  assert.equal(runner.state.count, EVENTS_CHAINED_MAX);
});

test("after an output that throws nothing waits for the next dispatch", () => {
  let isBroken = true;
  const { runner } = run({
    perform: () => {
      if (!isBroken) return;
      runner.dispatch({ name: "add" });
      throw new Error("no");
    },
  });
  assert.throws(() => runner.dispatch({ name: "add" }), /no/);
  isBroken = false;
  assert.equal(runner.dispatch({ name: "add" }), "moved");
  assert.equal(runner.state.count, 2);
});

test("a completed step leaves exactly the wanted timers running, those restarted or new armed", () => {
  const timers = fc.subarray(["a", "b", "c", "d"]);
  fc.assert(
    fc.property(
      timers,
      timers,
      timers,
      fc.array(fc.string(), { maxLength: 3 }),
      (running, wanted, restarts, always) => {
        const arms = wanted.map((timer, index) => ({ timer, afterMs: index }));
        const step = { state: "next", outputs: ["own"] };
        const { cancel, arm, outputs } = completeStep({
          step,
          running,
          wanted: arms,
          restarts,
          always,
        });
        const after = new Set([
          ...running.filter((timer) => !cancel.includes(timer)),
          ...arm.map(({ timer }) => timer),
        ]);
        assert.deepEqual([...after].sort(), [...wanted].sort());
        assert.ok(cancel.every((timer) => running.includes(timer)));
        for (const { timer } of arm)
          assert.ok(restarts.includes(timer) || !running.includes(timer));
        for (const timer of restarts)
          assert.equal(
            arm.some((one) => one.timer === timer),
            wanted.includes(timer),
          );
        assert.deepEqual(outputs, ["own", ...always]);
      },
    ),
  );
});
