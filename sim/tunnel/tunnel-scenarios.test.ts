import assert from "node:assert/strict";
import { test } from "node:test";
import excused from "./excused-transitions.json" with { type: "json" };
import { CountSum } from "../campaign/coverage/coverage-counter.ts";
import { coverageReport } from "../campaign/coverage/coverage-report.ts";
import { runCase } from "../campaign/run-case.ts";
import { caseOfSeed } from "../campaign/run-seed.ts";
import type { Case, Scenario } from "../campaign/scenario.ts";
import { HERE, MOMENTS_STAGE, TUNNEL_STATES, caseOfMoments } from "./draw-moments.ts";
import type { TunnelMoment } from "./draw-moments.ts";
import { TUNNEL_SCENARIOS, tunnelMoments, tunnelRelaysFail, tunnels } from "./tunnel-scenarios.ts";
import { tunnelTopology } from "./tunnel-stage.ts";

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

test("a relay may be late to say that it is done when both ends have every byte, but not for ever, and a user may close meanwhile", async () => {
  const deeds = { list: "established", closeTube: "draining" };
  const closing = Object.entries(deeds).map(([name, state]): TunnelMoment => {
    const deed = { name, host: "front ada", with: { forMs: 0 } };
    return { machine: "MainTunnel", state, nth: 1, deed };
  });
  for (const [limits, moments] of [[{ drainMs: 50 }, []] as const, [{}, closing] as const]) {
    const stage = { ...MOMENTS_STAGE, limits };
    const topology = tunnelTopology(stage, (host) => ({
      preset: host.startsWith("relay ") ? "satellite" : "lan",
    }));
    const given = caseOfMoments(tunnelMoments.name, moments);
    const parameters = { ...given.parameters, stage };
    const run = { run: 1, mode: "question", bytes: 1_000 };
    const actions = [{ atMs: 12_000, name: "run", host: "app ada", with: run }];
    const late: Case = { ...given, topology, actions, parameters };
    await runSound(tunnelMoments, late, JSON.stringify(limits));
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
