import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import {
  findScenario,
  loadScenarios,
  parseReplay,
  replayCase,
  runCase,
} from "../../sim/campaign/index.ts";
import type { Replay, Scenario } from "../../sim/campaign/index.ts";
import { scenarios as builtIn } from "../../sim/built-in-scenarios.ts";
import { orderScenario } from "../../sim/campaign/testing/order-scenario.ts";

/*
 * Cases that once failed, as `tagwire sim shrink` wrote them, each with a note of what it broke. What a file expects is
 * the failure of then; here it must pass. Such a file is added with the change that mends what it shows.
 */
const FOLDER = new URL("./sim/", import.meta.url);

const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

function read(name: string): Replay {
  return parseReplay(
    readFileSync(new URL(name, FOLDER), "utf8"),
    `conformance/regressions/sim/${name}`,
  );
}

async function scenarioOf({ module, case: given }: Replay, name: string): Promise<Scenario> {
  const scenarios =
    module === undefined ? builtIn : await loadScenarios(new URL(module, FOLDER).href);
  return findScenario(scenarios, given.scenario, name);
}

for (const name of files) {
  const replay = read(name);
  test(`${name} passes: ${replay.note ?? "it has no note"}`, async () => {
    assert.ok(replay.note !== undefined, "a regression says what it once broke");
    assert.equal(
      replay.expect.verdict,
      "violated",
      "a regression keeps the failure that it once was",
    );
    const { violations } = await runCase(await scenarioOf(replay, name), replay.case);
    assert.deepEqual(violations, []);
  });
}

for (const [name, bug] of [
  ["orders-doubled-datagram.json", "no-dedup"],
  ["orders-forgetful-keeper.json", "forgets"],
] as const) {
  test(`${name} still fails where the mistake is planted again, as it did`, async () => {
    const report = await replayCase(orderScenario("orders", bug), read(name));
    assert.ok(report.isSameVerdict, report.text);
  });
}
