import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CAMPAIGN_SETUPS, runCampaign } from "./campaign.ts";
import { ModelReplay } from "./model-replay.ts";
import { BURST_MS_MAX, planCampaign } from "./nat-campaign.ts";
import { NatLab } from "./nat-lab.ts";
import { namespacesOf } from "./namespace-names.ts";
import { requireNamespaces } from "./require-namespaces.ts";
import { decodeTrace, encodeTrace } from "./trace.ts";

/**
 * TAGWIRE_NAT_PACKETS: how many packets each setup sends, default 300. TAGWIRE_NAT_SEED: default 1.
 * TAGWIRE_NAT_RECORD: if it is set, the traces are kept in `traces/`.
 */
const PACKETS = Number(process.env["TAGWIRE_NAT_PACKETS"] ?? 300);
const SEED = Number(process.env["TAGWIRE_NAT_SEED"] ?? 1);
const IS_RECORDING = process.env["TAGWIRE_NAT_RECORD"] !== undefined;

const TRACES = new URL("traces/", import.meta.url);
const BURST = 150;

// The runs wait most of the time, so several at once do not disturb each other.
suite("The kernel translates as the model does", { concurrency: 4 }, () => {
  for (const [number, setup] of CAMPAIGN_SETUPS.entries()) {
    const label = Object.keys(setup.timeouts).length > 0 ? "short-timeouts" : "default-timeouts";
    for (const protocol of ["udp", "tcp"] as const) {
      const name = `${setup.profile}-${label}-${protocol}`;
      test(`${name}.`, async (context) => {
        if (!requireNamespaces(context)) return;
        const { trace, mismatches, slowestBurstMs } = await runCampaign({
          setup,
          seed: SEED * 1000 + number,
          protocols: [protocol],
          burst: BURST,
          bursts: Math.max(2, Math.ceil(PACKETS / BURST)),
          pauseMs: 2500,
        });
        if (mismatches.length > 0 && slowestBurstMs > BURST_MS_MAX) {
          context.skip(`the machine is too busy: ${String(Math.round(slowestBurstMs))} ms a burst`);
          return;
        }
        assert.deepEqual(mismatches.slice(0, 3), []);
        if (!IS_RECORDING) return;
        mkdirSync(TRACES, { recursive: true });
        writeFileSync(new URL(`${name}.jsonl`, TRACES), encodeTrace(trace));
      });
    }
  }
});

const files = readdirSync(TRACES).filter((file) => file.endsWith(".jsonl"));

test("There is a recorded trace of every Linux profile.", () => {
  for (const { profile } of CAMPAIGN_SETUPS) {
    assert.ok(files.some((file) => file.startsWith(profile)));
  }
});

for (const file of files) {
  test(`The model repeats what a kernel did: ${file}.`, () => {
    const trace = decodeTrace(readFileSync(new URL(file, TRACES), "utf8"));
    const model = new ModelReplay(trace);
    for (const step of trace.steps) model.take(step);
    assert.ok(trace.steps.length > BURST);
    assert.deepEqual(model.mismatches.slice(0, 3), []);
  });
}

test("A replay notices a trace that differs in one port.", () => {
  const trace = decodeTrace(
    readFileSync(new URL("linux-masquerade-default-timeouts-udp.jsonl", TRACES), "utf8"),
  );
  const model = new ModelReplay(trace);
  for (const [at, step] of trace.steps.entries()) {
    if (at !== 40 || "table" in step) model.take(step);
    else model.take({ ...step, outcome: ["wan udp 203.0.113.1:9 198.51.100.10:9"] });
  }
  assert.equal(model.mismatches[0]?.step, 40);
});

test("A laboratory leaves nothing behind, not even if it fails.", async (context) => {
  if (!requireNamespaces(context)) return;
  const lab = await NatLab.open({ masquerade: "", input: "accept" });
  assert.equal(namespacesOf().length, 2);
  await lab.close();
  await lab.close();
  const sysctls = { no_such_setting: 1 };
  await assert.rejects(NatLab.open({ masquerade: "", input: "accept", sysctls }));
  assert.deepEqual(namespacesOf(), []);
});

test("A laboratory is taken away even if its process is killed.", async (context) => {
  if (!requireNamespaces(context)) return;
  const module = new URL("nat-lab.ts", import.meta.url).href;
  const script = `const { NatLab } = await import(${JSON.stringify(module)});
    await NatLab.open({ masquerade: "", input: "accept" });
    console.log("open");
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { pid = 0 } = child;
  await once(child.stdout, "data");
  assert.equal(namespacesOf(pid).length, 2);
  child.kill("SIGKILL");
  await once(child, "exit");
  for (let waits = 0; waits < 100 && namespacesOf(pid).length > 0; waits += 1) await sleep(50);
  assert.deepEqual(namespacesOf(pid), []);
});

test("A campaign compares at least as many packets as are asked for, with each setup and either protocol.", () => {
  for (const operations of [1, 20_000, 77_777]) {
    const runs = planCampaign({ operations, seed: 3 });
    const packets = runs.reduce((sum, { burst, bursts }) => sum + burst * bursts, 0);
    assert.ok(packets >= operations);
    for (const setup of CAMPAIGN_SETUPS) {
      const protocols = runs
        .filter((run) => run.setup === setup)
        .map((run) => run.protocols.join());
      assert.deepEqual(protocols, ["udp", "tcp", "udp,tcp"]);
    }
    assert.equal(new Set(runs.map(({ seed }) => seed)).size, runs.length);
  }
});
