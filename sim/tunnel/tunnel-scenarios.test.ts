import assert from "node:assert/strict";
import { test } from "node:test";
import excused from "./excused-transitions.json" with { type: "json" };
import { CountSum } from "../campaign/coverage/coverage-counter.ts";
import { coverageReport } from "../campaign/coverage/coverage-report.ts";
import { runCase } from "../campaign/run-case.ts";
import { caseOfSeed } from "../campaign/run-seed.ts";
import type { Case, Scenario } from "../campaign/scenario.ts";
import { HERE, TUNNEL_STATES, caseOfMoments } from "./draw-moments.ts";
import { TUNNEL_SCENARIOS, tunnelMoments, tunnelRelaysFail, tunnels } from "./tunnel-scenarios.ts";

const sum = new CountSum();

async function runSound(scenario: Scenario, given: Case, what: string): Promise<void> {
  const { coverage, violations } = await runCase(scenario, given);
  assert.deepEqual(violations, [], what);
  sum.add(coverage);
}

for (const [scenario, seeds] of [
  [tunnels, 60],
  [tunnelRelaysFail, 6],
  [tunnelMoments, 120],
] as const) {
  test(`${scenario.name} breaks no rule for ${String(seeds)} seeds: ${scenario.doc}`, async () => {
    for (let seed = 1; seed <= seeds; seed += 1) {
      await runSound(scenario, caseOfSeed(scenario, seed), `seed ${String(seed)}`);
    }
  });
}

test("users may stop, log out and close in every state of every machine", async () => {
  for (const at of TUNNEL_STATES) {
    const isNodes = at.machine.startsWith("Node");
    const isTunnels = /^(Front|MainTunnel|NodeTube)/.test(at.machine);
    const names = [
      "stop",
      ...(isNodes ? ["logout"] : []),
      ...(isTunnels ? ["close", "closeTube"] : []),
    ];
    for (const name of names) {
      const host = name.startsWith("close") ? "front ada" : HERE;
      const deed = { name, host, with: { forMs: 2_000 } };
      const given = caseOfMoments(tunnelMoments.name, [{ ...at, nth: 1, deed }]);
      await runSound(tunnelMoments, given, `${name} at ${at.machine} ${at.state}`);
    }
  }
});

test("the runs above take every transition, timer and message that is not excused by name", () => {
  const { spec } = tunnels;
  assert.ok(spec !== undefined);
  const report = coverageReport(spec, sum.counts, excused);
  assert.deepEqual(
    report.missing.map(({ name }) => name),
    [],
  );
  assert.deepEqual(report.stale, []);
  assert.deepEqual(report.unknown, []);
});

test("equal cases run to equal hashes", async () => {
  for (const scenario of TUNNEL_SCENARIOS) {
    const given = caseOfSeed(scenario, 3);
    const [one, other] = [await runCase(scenario, given), await runCase(scenario, given)];
    assert.equal(one.traceHash, other.traceHash);
  }
});
