import assert from "node:assert/strict";
import { test } from "node:test";
import excused from "./excused-transitions.json" with { type: "json" };
import { CountSum } from "../campaign/coverage/coverage-counter.ts";
import { coverageReport } from "../campaign/coverage/coverage-report.ts";
import { runCase } from "../campaign/run-case.ts";
import { RandomStream } from "../engine/index.ts";
import { NAT_PROFILES } from "../nat/index.ts";
import { peers } from "./peer-scenarios.ts";

const SEEDS = 80;

test(`peers break no rule for ${String(SEEDS)} seeds, which take every transition that is not excused by name`, async () => {
  const sum = new CountSum();
  let faults = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const given = peers.draw(RandomStream.fromSeed(seed), {});
    const { coverage, violations } = await runCase(peers, given);
    assert.deepEqual(violations, [], `seed ${String(seed)}`);
    faults += given.faults.length;
    sum.add(coverage);
  }
  assert.ok(faults > 1000);
  const spec = peers.spec;
  assert.ok(spec !== undefined);
  const report = coverageReport(spec, sum.counts, excused);
  assert.deepEqual(report.missing, []);
});

test("equal cases run to equal hashes", async () => {
  const given = peers.draw(RandomStream.fromSeed(3), {});
  const [one, other] = [await runCase(peers, given), await runCase(peers, given)];
  assert.equal(one.traceHash, other.traceHash);
});

test("peers behind every pair of NAT profiles talk, directly or through a server", async () => {
  const names = NAT_PROFILES.map(({ name }) => name);
  const drawn = peers.draw(RandomStream.fromSeed(1), {});
  for (const [at, a] of names.entries()) {
    for (const b of names.slice(at)) {
      const nats = drawn.topology.nats.map((nat, box) => ({
        ...nat,
        profile: box === 0 ? a : b,
        outerLink: { preset: "dsl" as const },
      }));
      const hosts = drawn.topology.hosts.filter(({ name }) => name !== "peer 3");
      const given = {
        ...drawn,
        topology: { ...drawn.topology, hosts, nats },
        faults: [],
        actions: [],
        healAtMs: 1000,
        parameters: { limits: {}, direct: true, moods: ["yes"] },
      };
      const { violations } = await runCase(peers, given);
      assert.deepEqual(violations, [], `${a} and ${b}`);
    }
  }
});
