import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RandomStream } from "../../engine/index.ts";
import { isPacketFault } from "../../network/fault.ts";
import { checkTopology } from "../../network/topology.ts";
import { caseArbitrary } from "../case-arbitrary.ts";
import { runCase } from "../run-case.ts";
import { caseOfSeed, runSeed } from "../run-seed.ts";
import type { Case, Scenario } from "../scenario.ts";
import { findScenario } from "../scenario-source.ts";
import { orderScenario, scenarios } from "../testing/order-scenario.ts";
import { isSameFailure, NothingToShrinkError, shrinkCase, sizeOf } from "./shrink-case.ts";
import type { ShrinkProgress } from "./shrink-case.ts";
import { smallerCases } from "./smaller-cases.ts";

const SOUND = orderScenario("orders");

function scenarioOf(name: string): Scenario {
  return findScenario(scenarios, name, "here");
}

/** The first seeds of a scenario that fail, by a checker if one is given. */
async function failingSeeds(
  scenario: Scenario,
  count: number,
  checker?: string,
): Promise<readonly number[]> {
  const seeds: number[] = [];
  for (let seed = 1; seeds.length < count && seed <= 300; seed += 1) {
    const [violation] = (await runSeed(scenario, seed)).violations;
    if (violation === undefined) continue;
    if (checker === undefined || violation.checker === checker) seeds.push(seed);
  }
  assert.equal(seeds.length, count, `${scenario.name} fails within 300 seeds`);
  return seeds;
}

/** What each mistake takes at least, which is what every failure by it must shrink to. */
const MISTAKES = [
  { name: "orders-no-retry", checker: "orders-arrive", faults: 1, actions: 1 },
  { name: "orders-no-dedup", checker: "orders-count-once", faults: 1, actions: 2 },
  { name: "orders-forgets", checker: "orders-count-once", faults: 3, actions: 1 },
  { name: "orders-no-sync", checker: "orders-are-kept", faults: 1, actions: 1 },
  { name: "orders-trusts", checker: "crash", faults: 1, actions: 1 },
  { name: "orders-restless", checker: "endless", faults: 0, actions: 3 },
];

for (const { name, checker, faults, actions } of MISTAKES) {
  test(`${name} shrinks to ${String(faults)} faults and ${String(actions)} actions at most, and fails the same way each time`, async () => {
    const scenario = scenarioOf(name);
    for (const seed of await failingSeeds(scenario, 2, checker)) {
      const shrunk = await shrinkCase(scenario, caseOfSeed(scenario, seed));
      assert.ok(shrunk.isComplete);
      assert.equal(shrunk.violation.checker, checker);
      assert.ok(shrunk.to.faults <= faults && shrunk.to.actions <= actions, JSON.stringify(shrunk));
      assert.ok(shrunk.to.hosts <= 3);
      assert.deepEqual(sizeOf(shrunk.case), shrunk.to);
      const again = await runCase(scenario, JSON.parse(JSON.stringify(shrunk.case)) as Case);
      assert.deepEqual(again, shrunk.outcome);
    }
  });
}

test("a dozen losses that only together keep a host unheard become one outage", async () => {
  const scenario = scenarioOf("orders-no-retry");
  const plain = await shrinkCase(
    scenario,
    caseOfSeed(scenario, (await failingSeeds(scenario, 1))[0] ?? 0),
  );
  // Fails only while the whole stretch of packets is lost, as a host with many retries would.
  const patient: Scenario = {
    ...SOUND,
    run: async ({ world, case: given, violate }) => {
      const lost = given.faults.filter((fault) => fault.kind === "drop").length;
      const isDown = given.faults.some(
        (fault) => fault.kind === "linkDown" && fault.toUs - fault.fromUs > 2_000_000,
      );
      await world.pass(1);
      if (lost >= 12 || isDown) violate("orders-arrive", "unheard for too long");
    },
  };
  const place = { link: "sender 1", direction: "up" } as const;
  const faults = Array.from({ length: 20 }, (_, index) => ({
    kind: "drop" as const,
    ...place,
    packet: index + 1,
  }));
  const shrunk = await shrinkCase(patient, { ...plain.case, healAtMs: 30_000, faults });
  assert.deepEqual(
    shrunk.case.faults.map(({ kind }) => kind),
    ["linkDown"],
  );
});

test("no single member of a shrunk case can be taken away", async () => {
  const scenario = scenarioOf("orders-forgets");
  const [seed = 0] = await failingSeeds(scenario, 1, "orders-count-once");
  const shrunk = await shrinkCase(scenario, caseOfSeed(scenario, seed));
  const { faults, actions } = shrunk.case;
  const smaller = [
    ...faults.map((fault) => ({ faults: faults.filter((other) => other !== fault) })),
    ...actions.map((action) => ({ actions: actions.filter((other) => other !== action) })),
  ];
  assert.ok(smaller.length >= 3);
  for (const less of smaller) {
    const { violations } = await runCase(scenario, { ...shrunk.case, ...less });
    const isSame = violations[0] !== undefined && isSameFailure(violations[0], shrunk.violation);
    assert.ok(!isSame, JSON.stringify(less));
  }
});

test("shrinking keeps to its bound on runs, says so, and is not worse than where it began", async () => {
  const scenario = scenarioOf("orders-no-dedup");
  const [seed = 0] = await failingSeeds(scenario, 1);
  const seen: ShrinkProgress[] = [];
  const onProgress = (progress: ShrinkProgress): void => {
    seen.push(progress);
  };
  const given = caseOfSeed(scenario, seed);
  const shrunk = await shrinkCase(scenario, given, { runsMax: 7, onProgress });
  assert.equal(shrunk.isComplete, false);
  assert.equal(shrunk.runs, 7);
  assert.equal(seen.length, 6);
  assert.equal(seen.at(-1)?.runs, 7);
  assert.ok(seen.some(({ isSmaller, what }) => isSmaller && what === "faults"));
  assert.ok(shrunk.to.faults < shrunk.from.faults);
  const none = await shrinkCase(scenario, given, { wallMsMax: 0 });
  assert.deepEqual([none.case, none.runs], [given, 1]);
});

test("a case that passes cannot be shrunk", async () => {
  await assert.rejects(shrinkCase(SOUND, caseOfSeed(SOUND, 1)), NothingToShrinkError);
});

/** Goes on from each candidate that is accepted until there is none. */
function walk(given: Case, accept: (candidate: Case) => boolean): readonly Case[] {
  const taken: Case[] = [given];
  let candidates = smallerCases(SOUND, given);
  for (let steps = 0; ; steps += 1) {
    assert.ok(steps < 50_000, "the search ends");
    const next = candidates.next();
    if (next.done === true) return taken;
    if (!accept(next.value.case)) continue;
    taken.push(next.value.case);
    candidates = smallerCases(SOUND, next.value.case, next.value.cursor);
  }
}

test("smaller cases are sound cases, whichever of them are taken, and come to an end", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(), (seed, coin) => {
      const drawn = caseOfSeed(SOUND, seed);
      const coins = RandomStream.fromSeed(coin);
      const few = coins.shuffle(drawn.faults).slice(0, 12);
      const taken = walk({ ...drawn, faults: few }, () => coins.chance(0.4));
      for (const { topology, faults, actions, healAtMs } of taken) {
        checkTopology(topology);
        const names = topology.hosts.map(({ name }) => name);
        assert.ok(names.includes("keeper") && names.includes("sender 1"));
        for (const { host, atMs } of actions) {
          assert.ok(names.includes(host) && atMs <= healAtMs && atMs >= 0);
        }
        for (const fault of faults) {
          if (isPacketFault(fault)) assert.ok(fault.packet >= 1 && Number.isInteger(fault.packet));
          else if ("toUs" in fault) assert.ok(fault.toUs <= healAtMs * 1000 && fault.fromUs >= 0);
          else assert.ok(fault.atUs <= healAtMs * 1000 && Number.isSafeInteger(fault.atUs));
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("if everything fails, nothing is left: no faults, no actions, plain links, no waiting", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const smallest = walk(caseOfSeed(SOUND, seed), () => true).at(-1);
    assert.deepEqual([smallest?.faults, smallest?.actions], [[], []]);
    assert.deepEqual(
      smallest?.topology.hosts.map(({ name, link }) => [name, link.preset]),
      [
        ["keeper", "lan"],
        ["sender 1", "lan"],
      ],
    );
    assert.deepEqual(
      smallest.topology.nats.map(({ profile, outerLink }) => [profile, outerLink.preset]),
      [["full-cone", "lan"]],
    );
    assert.ok(smallest.healAtMs <= 1000);
    assert.deepEqual(smallest.parameters, { retryMs: 500 });
  }
});

test("fast-check shrinks the cases of a property as far, from a seed of its own and from an example", async () => {
  const scenario = scenarioOf("orders-no-retry");
  const passes = fc.asyncProperty(caseArbitrary(scenario), async (given) => {
    const { verdict } = await runCase(scenario, given);
    return verdict === "passed";
  });
  const drawn = await fc.check(passes, { seed: 4, numRuns: 50 });
  assert.ok(drawn.failed && drawn.counterexample !== null);
  assert.ok(drawn.counterexample[0].faults.length <= 1);
  assert.equal(drawn.counterexample[0].actions.length, 1);
  const [seed = 0] = await failingSeeds(scenario, 1);
  const example = JSON.parse(JSON.stringify(caseOfSeed(scenario, seed))) as Case;
  const given = await fc.check(passes, { numRuns: 1, examples: [[example]] });
  const shrunk = await shrinkCase(scenario, example);
  assert.deepEqual(given.counterexample?.[0], shrunk.case);
});

test("crashes are the same failure only if the same error comes from the same place", () => {
  const crash = { checker: "crash", atMs: 1, stack: ["handle (sim/role.ts:1:2)", "run"] };
  const one = { ...crash, message: "TypeError: tag 3 is no order" };
  assert.ok(isSameFailure(one, { ...one, atMs: 7, message: "TypeError: tag 9 is no order" }));
  assert.ok(!isSameFailure(one, { ...one, message: "RangeError: tag 3" }));
  assert.ok(!isSameFailure(one, { ...one, stack: ["poll (sim/role.ts:8:2)"] }));
  const rule = { checker: "places-are-exclusive", message: "a", atMs: 1 };
  assert.ok(isSameFailure(rule, { ...rule, message: "b" }));
  assert.ok(!isSameFailure(rule, { ...rule, checker: "places-are-released" }));
});
