import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OperatorError } from "../../runtime/core/index.ts";
import { runCampaign } from "./campaign.ts";
import type { CampaignOptions, CampaignProgress } from "./campaign.ts";
import { mergeCampaigns } from "./campaign-result.ts";
import type { CampaignResult } from "./campaign-result.ts";
import { runSeed } from "./run-seed.ts";
import { findScenario } from "./scenario-source.ts";
import { joinSeeds, parseShard, seedsOf, shardSeeds } from "./seeds.ts";
import { scenarios } from "./testing/order-scenario.ts";

const MODULE = new URL("./testing/order-scenario.ts", import.meta.url).href;

function campaign(
  scenario: string,
  count: number,
  options: Partial<CampaignOptions> = {},
): Promise<CampaignResult> {
  return runCampaign({
    source: { module: MODULE, scenario },
    seeds: { first: 1, count, step: 1 },
    workers: 0,
    ...options,
  });
}

/** What does not depend on how fast the machine is. */
function withoutPace({ pace: _, ...result }: CampaignResult): Omit<CampaignResult, "pace"> {
  return result;
}

test("a campaign's result is the same in the calling thread, in one more thread and in three", async () => {
  const results = await Promise.all(
    [0, 1, 3].map((workers) => campaign("orders-no-dedup", 40, { workers })),
  );
  const [first, ...others] = results.map(withoutPace);
  for (const other of others) assert.deepEqual(other, first);
  assert.ok((first?.failures.length ?? 0) > 5);
  assert.deepEqual(first?.seeds, [{ first: 1, count: 40, step: 1 }]);
  assert.deepEqual(JSON.parse(JSON.stringify(first)), first);
});

test("merged shards are what one campaign over all seeds would have been", async () => {
  const whole = { first: 7, count: 31, step: 1 };
  const shards = [1, 2, 3].map((index) => shardSeeds(whole, { index, of: 3 }));
  const parts: CampaignResult[] = [];
  for (const seeds of shards) parts.push(await campaign("orders-no-retry", 0, { seeds }));
  const merged = mergeCampaigns(parts.toReversed());
  const one = await campaign("orders-no-retry", 0, { seeds: whole });
  assert.deepEqual(withoutPace(merged), withoutPace(one));
  assert.throws(() => mergeCampaigns([one, ...parts]), /seed 7 was run twice/);
  const other = await campaign("orders", 1);
  assert.throws(() => mergeCampaigns([one, other]), /different campaigns/);
  assert.throws(() => mergeCampaigns([]), RangeError);
});

test("a failure is named with its seed and hash, and the run of that seed alone has them too", async () => {
  const { failures } = await campaign("orders-forgets", 60);
  const [failure] = failures;
  assert.ok(failure !== undefined);
  const scenario = findScenario(scenarios, "orders-forgets", "here");
  const outcome = await runSeed(scenario, failure.seed);
  assert.deepEqual(outcome.violations[0], failure.violation);
  assert.equal(outcome.traceHash, failure.traceHash);
});

test("a campaign that stops at the first failure ends at the lowest seed that fails, whatever the threads", async () => {
  const all = await campaign("orders-no-sync", 100);
  const lowest = all.failures[0]?.seed ?? 0;
  assert.ok(lowest > 1);
  for (const workers of [0, 2, 3]) {
    const stopped = await campaign("orders-no-sync", 100, { workers, stopAtFirst: true });
    assert.deepEqual(stopped.failures, all.failures.slice(0, 1));
    assert.deepEqual(stopped.seeds, joinSeeds([{ first: 1, count: lowest, step: 1 }]));
  }
});

test("a run that never returns fails as endless, and the seeds behind it run all the same", async () => {
  const some = await campaign("orders-restless", 12);
  const result = await campaign("orders-stuck", 12, { workers: 2, runWallMsMax: 300 });
  assert.equal(result.runs, 12);
  // Both mistakes are at the third order of a sender.
  assert.deepEqual(
    result.failures.map(({ seed }) => seed),
    some.failures.map(({ seed }) => seed),
  );
  for (const { violation, traceHash } of result.failures) {
    assert.equal(violation.checker, "endless");
    assert.match(violation.message, /did not return within 0\.3 s/);
    assert.equal(traceHash, "");
  }
});

test("a run that ends its thread is a crash of its seed, and the others run all the same", async () => {
  const result = await campaign("orders-exits", 12, { workers: 2 });
  assert.equal(result.runs, 12);
  assert.ok(result.failures.length > 0 && result.failures.length < 12);
  for (const { violation } of result.failures) {
    assert.equal(violation.checker, "crash");
    assert.match(violation.message, /ended with code 3/);
  }
});

for (const workers of [0, 2]) {
  test(`a scenario or a module that does not exist is the operator's fault, with ${String(workers)} threads`, async () => {
    await assert.rejects(campaign("no-such", 5, { workers }), (error) => {
      assert.ok(error instanceof OperatorError);
      return /Take one of: orders, orders-no-retry/.test(error.remedy);
    });
    const source = { module: new URL("./seeds.ts", import.meta.url).href, scenario: "orders" };
    await assert.rejects(campaign("", 5, { workers, source }), /exports no list of scenarios/);
    const missing = { module: "file:///no/such/module.ts", scenario: "orders" };
    await assert.rejects(campaign("", 5, { workers, source: missing }), /cannot be imported/);
  });
}

test("progress counts each run, names each failure, and comes with a pace", async () => {
  const seen: CampaignProgress[] = [];
  const onProgress = (progress: CampaignProgress): void => {
    seen.push(progress);
  };
  const result = await campaign("orders-no-dedup", 15, { workers: 2, onProgress });
  assert.deepEqual(
    seen.map(({ runs, total }) => [runs, total]),
    Array.from({ length: 15 }, (_, index) => [index + 1, 15]),
  );
  const failed = seen.flatMap(({ failure }) => failure?.seed ?? []).sort((a, b) => a - b);
  assert.deepEqual(
    failed,
    result.failures.map(({ seed }) => seed),
  );
  assert.ok(seen.every(({ seedsPerMinute }) => seedsPerMinute > 0));
});

test("a campaign that is ended early has the runs that had ended by then", async () => {
  for (const workers of [0, 2]) {
    const ending = new AbortController();
    const onProgress = ({ runs }: CampaignProgress): void => {
      if (runs === 5) ending.abort();
    };
    const { signal } = ending;
    const result = await campaign("orders", 10_000, { workers, onProgress, signal });
    assert.ok(result.runs >= 5 && result.runs < 100, String(result.runs));
  }
  const before = await campaign("orders", 10, { workers: 1, signal: AbortSignal.abort() });
  assert.equal(before.runs, 0);
});

test("a campaign of no seeds ends at once", async () => {
  for (const workers of [0, 2]) assert.equal((await campaign("orders", 0, { workers })).runs, 0);
});

test("the shards of a range have each of its seeds once, and join to the range again", () => {
  const ranges = fc.record({
    first: fc.nat(1000),
    count: fc.integer({ min: 1, max: 60 }),
    step: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: 9 }), (range, of) => {
      const parts = Array.from({ length: of }, (_, index) =>
        shardSeeds(range, { index: index + 1, of }),
      );
      const seeds = parts.flatMap((part) => [...seedsOf(part)]).sort((a, b) => a - b);
      assert.deepEqual(seeds, [...seedsOf(range)]);
      const joined = joinSeeds(parts);
      assert.deepEqual(
        joined.flatMap((part) => [...seedsOf(part)]),
        seeds,
      );
      assert.equal(joined.length, 1);
    }),
  );
});

test("shards are read as index/of, and nothing else is a shard", () => {
  assert.deepEqual(parseShard("2/8"), { index: 2, of: 8 });
  for (const text of ["0/8", "9/8", "1/0", "1", "1/2/3", "a/b", " 1/2", "1/-2"]) {
    assert.equal(parseShard(text), undefined, text);
  }
  assert.throws(() => shardSeeds({ first: 1, count: 1, step: 1 }, { index: 3, of: 2 }), RangeError);
});
