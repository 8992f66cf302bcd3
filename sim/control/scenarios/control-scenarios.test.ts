import assert from "node:assert/strict";
import { test } from "node:test";
import { runCase } from "../../campaign/run-case.ts";
import type { Case, Scenario } from "../../campaign/scenario.ts";
import { RandomStream } from "../../engine/index.ts";
import { control } from "./control.ts";
import { CONTROL_SCENARIOS } from "./control-scenarios.ts";
import { moments } from "./moments.ts";

const SEEDS = [1, 2, 3, 4];
/** Each of the rare transitions is taken by one seed in ten or more. */
const SEEDS_TO_TAKE_MAX = 40;

function draw(scenario: Scenario, seed: number): Case {
  return scenario.draw(RandomStream.fromSeed(seed), {});
}

for (const scenario of CONTROL_SCENARIOS) {
  test(`${scenario.name} breaks no rule for ${String(SEEDS.length)} seeds, and something goes wrong in them`, async () => {
    let faults = 0;
    for (const seed of SEEDS) {
      const given = draw(scenario, seed);
      const { violations, events } = await runCase(scenario, given);
      assert.deepEqual(violations, [], `seed ${String(seed)}`);
      assert.ok(events > 300, `seed ${String(seed)} has ${String(events)} events`);
      faults += given.faults.length;
    }
    assert.ok(faults > 10);
  });
}

test("some seeds of moments take the transitions that hang on a moment", async () => {
  const wanted = new Set([
    "Enrolment: asking -> stopped on stop",
    "Enrolment: saving -> stopped on stop",
    "HubBrokerage: serverReserved -> failed on RouterVerified",
    "HubVisit: awaitPurpose -> over on end",
  ]);
  for (let seed = 1; seed <= SEEDS_TO_TAKE_MAX && wanted.size > 0; seed += 1) {
    const { coverage } = await runCase(moments, draw(moments, seed));
    for (const name of Object.keys(coverage)) wanted.delete(name);
  }
  assert.deepEqual([...wanted], []);
});

test("a case is plain JSON, and what was read from it runs to the same hash", async () => {
  const given = draw(control, 5);
  const again = JSON.parse(JSON.stringify(given)) as Case;
  const [first, second] = [await runCase(control, given), await runCase(control, again)];
  assert.equal(first.traceHash, second.traceHash);
  const other = await runCase(control, draw(control, 6));
  assert.notEqual(other.traceHash, first.traceHash);
});

test("a case with any host but the hub left out, or without actions or faults, is a case", async () => {
  const given = draw(control, 7);
  const { topology } = given;
  const optional = control.optionalHosts?.(topology) ?? [];
  assert.equal(optional.length, topology.hosts.length - 1);
  const without = (gone: readonly string[]): Case => {
    const hosts = topology.hosts.filter(({ name }) => !gone.includes(name));
    return { ...given, topology: { ...topology, hosts } };
  };
  const cases = [
    without(["server 1", "router 2"]),
    without(optional),
    without(["server 1", "server 2"]),
    { ...given, actions: [], faults: [] },
  ];
  for (const one of cases) {
    const { violations } = await runCase(control, one);
    assert.deepEqual(violations, []);
  }
});

test("a user's link preset and NAT profile are those of every home", () => {
  const given = control.draw(RandomStream.fromSeed(8), { preset: "lte", nat: "symmetric-random" });
  for (const { profile, outerLink, name } of given.topology.nats) {
    assert.equal(profile, "symmetric-random");
    if (name !== "carrier box") assert.equal(outerLink.preset, "lte");
  }
});
