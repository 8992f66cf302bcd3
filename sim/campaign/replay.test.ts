import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OperatorError } from "../../runtime/core/index.ts";
import type { TraceWatch } from "../engine/index.ts";
import { checkCase } from "./check-case.ts";
import { replayCase } from "./replay-case.ts";
import { createReplay, formatReplay, parseReplay } from "./replay-file.ts";
import type { Replay } from "./replay-file.ts";
import { runCase } from "./run-case.ts";
import { caseOfSeed } from "./run-seed.ts";
import type { Scenario } from "./scenario.ts";
import { shrinkCase } from "./shrink/shrink-case.ts";
import { orderScenario } from "./testing/order-scenario.ts";

const SOUND = orderScenario("orders");
const BROKEN = orderScenario("orders", "no-dedup");
const TOOL = "tagwire 0.0.0";

async function replayOf(scenario: Scenario, seed: number): Promise<Replay> {
  const given = caseOfSeed(scenario, seed);
  return createReplay({ case: given, outcome: await runCase(scenario, given), tool: TOOL });
}

test("what is written is read again, for any case", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(5000), async (seed) => {
      const replay = await replayOf(BROKEN, seed);
      assert.deepEqual(parseReplay(formatReplay(replay), "a.json"), replay);
    }),
    { numRuns: 40 },
  );
});

test("a failure that was shrunk, written and read again fails the same way with the same hash", async () => {
  const shrunk = await shrinkCase(BROKEN, caseOfSeed(BROKEN, 1));
  const written = createReplay({
    ...shrunk,
    tool: TOOL,
    note: "counted twice",
    seed: 1,
    module: "../a.ts",
  });
  const replay = parseReplay(formatReplay(written), "a.json");
  const report = await replayCase(BROKEN, replay);
  assert.deepEqual([report.isSameVerdict, report.isSameHash], [true, true]);
  assert.match(
    report.text,
    /^As then, orders-count-once is broken: .* All happened as it did then\.$/,
  );
});

test("a replay of what was mended says that it passes now, and that not all happened as then", async () => {
  const replay = await replayOf(BROKEN, 1);
  const report = await replayCase(SOUND, replay);
  assert.deepEqual([report.isSameVerdict, report.isSameHash], [false, false]);
  assert.match(report.text, /^Then orders-count-once was broken; now it passes\. Not all happened/);
});

test("a file without a hash is compared by its verdict alone", async () => {
  const { case: given } = await replayOf(SOUND, 3);
  const replay: Replay = {
    $schema: "tagwire/replay-1",
    tool: TOOL,
    expect: { verdict: "passed" },
    case: given,
  };
  const report = await replayCase(SOUND, parseReplay(formatReplay(replay), "a.json"));
  assert.deepEqual([report.isSameVerdict, report.isSameHash], [true, undefined]);
  assert.equal(report.text, "It passes, as then.");
});

/** What is wrong with a file, and what must be said of it. */
const WRONG: readonly {
  readonly what: string;
  readonly change: (replay: Record<string, unknown>) => unknown;
  readonly place: string;
  readonly says: RegExp;
}[] = [
  {
    what: "another form",
    change: (replay) => ({ ...replay, $schema: "tagwire/replay-9" }),
    place: "a.json#/$schema",
    says: /must be "tagwire\/replay-1"\. Replay it with the version/,
  },
  {
    what: "a member too many",
    change: (replay) => ({ ...replay, colour: "red" }),
    place: "a.json",
    says: /has a member "colour" that nothing reads/,
  },
  {
    what: "a fault of a kind that does not exist",
    change: ({ case: given, ...replay }) => ({
      ...replay,
      case: { ...(given as object), faults: [{ kind: "flood" }] },
    }),
    place: "a.json#/case/faults/0",
    says: /has a kind "flood" that does not exist/,
  },
  {
    what: "a fault with a negative time",
    change: ({ case: given, ...replay }) => ({
      ...replay,
      case: { ...(given as object), faults: [{ kind: "natReboot", nat: "box", atUs: -1 }] },
    }),
    place: "a.json#/case/faults/0/atUs",
    says: /must be >= 0/,
  },
  {
    what: "a NAT profile that does not exist",
    change: (replay): unknown =>
      JSON.parse(JSON.stringify(replay).replace(/"profile":"[^"]*"/, '"profile":"perfect"')),
    place: "a.json#/case/topology/nats/0/profile",
    says: /must be one of .*full-cone/,
  },
  {
    what: "two hosts of one name",
    change: (replay): unknown =>
      JSON.parse(JSON.stringify(replay).replaceAll('"sender 1"', '"keeper"')),
    place: "a.json#/case/topology",
    says: /There are two of host or NAT box keeper\. Mend the network/,
  },
  {
    what: "no case",
    change: ({ case: _, ...replay }) => replay,
    place: "a.json",
    says: /must have required property 'case'/,
  },
];

for (const { what, change, place, says } of WRONG) {
  test(`a replay file with ${what} is refused, with its place and what to do`, async () => {
    const replay = JSON.parse(formatReplay(await replayOf(BROKEN, 1))) as Record<string, unknown>;
    assert.throws(
      () => parseReplay(JSON.stringify(change(replay)), "a.json"),
      (error) => {
        assert.ok(error instanceof OperatorError);
        assert.equal(error.place, place);
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test("a file that is no JSON is refused by its name", () => {
  assert.throws(() => parseReplay("{", "b.json"), /^OperatorError: b\.json: It is no JSON: /);
});

test("a case is the same twice, and a scenario that is not is told apart at the event where it differs", async () => {
  const given = caseOfSeed(SOUND, 4);
  const same = await checkCase(SOUND, given);
  const { traceHash, events } = await runCase(SOUND, given);
  assert.deepEqual(same, { verdict: "same", hash: traceHash, events });
  let runs = 0;
  const fickle: Scenario = {
    ...SOUND,
    run: async (run) => {
      runs += 1;
      const [number, { trace }] = [runs, run.world.simulation];
      run.world.schedule(12_345, "fickle", () => {
        trace.record("keeper", "count", String(number));
      });
      await SOUND.run(run);
    },
  };
  const report = await checkCase(fickle, given);
  assert.equal(report.verdict, "different");
  assert.equal(report.sides[0].event?.timeUs, 12_345_000);
  assert.match(report.text, /count/);
});

test("watching a run changes nothing of its outcome", async () => {
  const given = caseOfSeed(BROKEN, 1);
  let events = 0;
  const watch: TraceWatch = {
    runStarted: () => undefined,
    write: () => undefined,
    eventEnded: () => {
      events += 1;
    },
  };
  const watched = await runCase(BROKEN, given, { watch, sink: { write: () => undefined } });
  assert.deepEqual(watched, await runCase(BROKEN, given));
  assert.ok(events > 0 && events <= watched.events);
});
