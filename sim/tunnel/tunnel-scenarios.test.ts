import assert from "node:assert/strict";
import { test } from "node:test";
import excused from "./excused-transitions.json" with { type: "json" };
import { CountSum } from "../campaign/coverage/coverage-counter.ts";
import { coverageReport } from "../campaign/coverage/coverage-report.ts";
import { runCase } from "../campaign/run-case.ts";
import { caseOfSeed } from "../campaign/run-seed.ts";
import type { Action, Case, Scenario } from "../campaign/scenario.ts";
import { HERE, MOMENTS_STAGE, TUNNEL_STATES, caseOfMoments } from "./draw-moments.ts";
import type { TunnelMoment } from "./draw-moments.ts";
import { TUNNEL_SCENARIOS, tunnelMoments, tunnelRelaysFail, tunnels } from "./tunnel-scenarios.ts";
import { tunnelTopology } from "./tunnel-stage.ts";
import type { TunnelStageOptions } from "./tunnel-stage.ts";

const sum = new CountSum();

async function runSound(scenario: Scenario, given: Case, what: string): Promise<void> {
  const { coverage, violations } = await runCase(scenario, given);
  assert.deepEqual(violations, [], what);
  sum.add(coverage);
}

/** Each scenario, how many seeds from 1 on it is run for, and later ones that come to what those do not. */
const SEEDS: readonly (readonly [Scenario, seeds: number, later: readonly number[]])[] = [
  [tunnels, 60, [74, 78, 100]],
  [tunnelRelaysFail, 6, []],
  [tunnelMoments, 120, [180, 275]],
];

for (const [scenario, count, later] of SEEDS) {
  const seeds = [...Array.from({ length: count }, (_, at) => at + 1), ...later];
  test(`${scenario.name} breaks no rule for ${String(seeds.length)} seeds: ${scenario.doc}`, async () => {
    for (const seed of seeds) {
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

test("whoever waits to be asked about may be closed, fail, or wait in vain", async () => {
  const actions = [1, 2, 3].map((run): Action => {
    const plan = { run, mode: "question", bytes: 1_000 };
    return { atMs: 3_000, name: "run", host: "app ada", with: plan };
  });
  const limits = { askingPerPairMax: 1, consentMs: 5_000, consentLifeMs: 0 };
  // Nobody answers about the second tunnel, and the others wait.
  const stage: TunnelStageOptions = { ...MOMENTS_STAGE, limits, moods: ["yes", "nothing", "yes"] };
  for (const [name, host] of [
    ["stop", "main"],
    ["crash", "node ada"],
    ["list", "front ada"],
  ] as const) {
    const given = caseOfMoments(tunnelMoments.name, []);
    const deed: Action = { atMs: 4_000, name, host, with: { forMs: 500 } };
    const parameters = { ...given.parameters, stage };
    await runSound(tunnelMoments, { ...given, actions: [...actions, deed], parameters }, name);
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
