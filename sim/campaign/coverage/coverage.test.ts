import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CONTROL_ELEMENTS } from "../../../generated/control/elements.ts";
import { SYSTEM_ELEMENTS } from "../../../generated/system/elements.ts";
import { OperatorError } from "../../../runtime/core/index.ts";
import type { Observation } from "../../world/observation.ts";
import { runSeed } from "../run-seed.ts";
import type { ScenarioSpec } from "../scenario.ts";
import { orderScenario } from "../testing/order-scenario.ts";
import { CountSum, CoverageCounter } from "./coverage-counter.ts";
import { coverageReport, isCovered, parseExcuses } from "./coverage-report.ts";
import { coverageText } from "./coverage-text.ts";
import { specElements } from "./spec-elements.ts";

const ORDERS = orderScenario("orders");
const SPEC = ORDERS.spec as ScenarioSpec;
const GIVE_UP = "Ordering: waiting -> idle on retry";
const CONTROL: ScenarioSpec = {
  protocols: [SYSTEM_ELEMENTS, CONTROL_ELEMENTS],
  rolesOf: { hub: ["hub", "party"], router: ["router", "party"] },
};

async function countsOf(seeds: number): Promise<CountSum> {
  const sum = new CountSum();
  for (let seed = 1; seed <= seeds; seed += 1) sum.add((await runSeed(ORDERS, seed)).coverage);
  return sum;
}

test("the elements of the control protocol are its transitions, timers, and messages by the roles that play", () => {
  const elements = specElements(CONTROL);
  const names = elements.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { machine, transitions, timers } of CONTROL_ELEMENTS.machines) {
    for (const { from, on, to } of transitions) {
      assert.ok(names.includes(`${machine}: ${from} -> ${to} on ${on}`));
    }
    for (const timer of timers) assert.ok(names.includes(`${machine}: ${timer} fires`));
  }
  assert.ok(names.includes("router sends Telemetry") && names.includes("hub receives Telemetry"));
  assert.ok(names.includes("party sends Ping"));
  assert.ok(!names.some((name) => name.startsWith("server ")), "no program plays the server");
});

test("counting a transition of a timer counts the timer too, and a message counts by the role of its host", () => {
  const counter = new CoverageCounter(CONTROL, (host) => CONTROL.rolesOf[host] ?? []);
  const scope = "x";
  const seen: readonly Observation[] = [
    {
      kind: "transition",
      host: "hub",
      scope,
      machine: "ServerPlace",
      from: "reserved",
      on: "expiry",
      to: "released",
    },
    { kind: "sent", host: "router", scope, message: "Telemetry", tag: 3073 },
    { kind: "received", host: "hub", scope, message: "Telemetry", tag: 3073 },
    { kind: "received", host: "hub", scope, message: "Telemetry", tag: 3073 },
    { kind: "sent", host: "hub", scope, message: "Ping", tag: 5 },
    // A hub does not send telemetry: that is for the report to show.
    { kind: "sent", host: "hub", scope, message: "Telemetry", tag: 3073 },
    { kind: "sent", host: "attacker", scope, message: "Telemetry", tag: 3073 },
  ];
  for (const observation of seen) counter.take(observation);
  assert.deepEqual(counter.counts, {
    "ServerPlace: expiry fires": 1,
    "ServerPlace: reserved -> released on expiry": 1,
    "hub receives Telemetry": 2,
    "hub sends Telemetry": 1,
    "party sends Ping": 1,
    "router sends Telemetry": 1,
  });
  const { taken, unknown } = coverageReport(CONTROL, counter.counts);
  assert.deepEqual(unknown, ["hub sends Telemetry"]);
  assert.equal(taken.length, 5);
});

test("a campaign over the orders covers all but the transition that nobody can wait for", async () => {
  const { counts } = await countsOf(20);
  const report = coverageReport(SPEC, counts);
  assert.deepEqual(
    report.missing.map(({ name }) => name),
    [GIVE_UP],
  );
  assert.ok(!isCovered(report));
  const excused = coverageReport(SPEC, counts, { [GIVE_UP]: "it takes 1000 losses" });
  assert.ok(isCovered(excused));
  assert.deepEqual(excused.excused[0]?.reason, "it takes 1000 losses");
});

test("an excuse for what is not in the spec is stale, and one for what was exercised is told", async () => {
  const { counts } = await countsOf(5);
  const excuses = {
    [GIVE_UP]: "it takes 1000 losses",
    "sender sends Order": "never",
    "Ordering: idle -> gone on stop": "no longer in the spec",
  };
  const report = coverageReport(SPEC, counts, excuses);
  assert.deepEqual(report.needless, ["sender sends Order"]);
  assert.deepEqual(report.stale, ["Ordering: idle -> gone on stop"]);
  assert.ok(!isCovered(report));
  assert.ok(isCovered({ ...report, stale: [] }));
});

test("every element is taken, missing or excused, and only one of them", () => {
  const names = specElements(CONTROL).map(({ name }) => name);
  const some = fc.subarray(names);
  fc.assert(
    fc.property(some, some, (taken, excused) => {
      const counts = Object.fromEntries(taken.map((name) => [name, 1]));
      const excuses = Object.fromEntries(excused.map((name) => [name, "why"]));
      const report = coverageReport(CONTROL, counts, excuses);
      const found = [...report.taken, ...report.missing, ...report.excused];
      assert.deepEqual(found.map(({ name }) => name).toSorted(), names.toSorted());
      assert.deepEqual(report.taken.map(({ name }) => name).toSorted(), taken.toSorted());
      assert.deepEqual(
        report.needless,
        excused.filter((name) => taken.includes(name)),
      );
    }),
  );
});

test("the text has a row for each protocol and kind, and names what is amiss", async () => {
  const { counts } = await countsOf(5);
  const excuses = { [GIVE_UP]: "it takes 1000 losses", gone: "never" };
  const text = coverageText(coverageReport(SPEC, { ...counts, odd: 1 }, excuses));
  assert.equal(
    text,
    `protocol  of                 taken  excused  all  share
orders    transitions            3        1    4   75 %
orders    timers                 1        0    1  100 %
orders    messages sent          2        0    2  100 %
orders    messages received      2        0    2  100 %

Excused:
  ${GIVE_UP}: it takes 1000 losses

Excused, but not in the spec:
  gone

Done, but not in the spec:
  odd

2 to be settled.
`,
  );
});

test("a file of excuses holds names and reasons, and nothing else", () => {
  assert.deepEqual(parseExcuses('{"a": "b"}', "e.json"), { a: "b" });
  for (const [text, place] of [
    ["{", "e.json"],
    ["[]", "e.json"],
    ['{"a": " "}', "e.json#/a"],
    ['{"a/b": 1}', "e.json#/a~1b"],
  ] as const) {
    assert.throws(
      () => parseExcuses(text, "e.json"),
      (error) => error instanceof OperatorError && error.place === place,
    );
  }
});
