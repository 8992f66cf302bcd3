import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { EXIT } from "../exit-code.ts";
import { runTagwire, spawnTagwire, withFolder } from "../testing/run-tagwire.ts";

const MODULE = fileURLToPath(
  new URL("../../../sim/campaign/testing/order-scenario.ts", import.meta.url),
);
const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
/** A scenario that passes, one that fails by a single loss, and one that fails by a single duplicate. */
const [SOUND, NO_RETRY, NO_DEDUP] = ["orders", "orders-no-retry", "orders-no-dedup"].map(
  (name) => `${MODULE}#${name}`,
) as [string, string, string];
const INLINE = ["--workers", "0"];
const SIM_COMMANDS = [
  "list",
  "run",
  "replay",
  "shrink",
  "coverage",
  "merge",
  "nat-matrix",
  "check-determinism",
];

interface RunJson {
  readonly ok: boolean;
  readonly isInterrupted: boolean;
  readonly results: readonly { readonly runs: number; readonly digest: string }[];
  readonly failures: readonly {
    readonly seed: number;
    readonly folder: string;
    readonly replay: string;
    readonly to?: { readonly faults: number };
  }[];
}

test("sim --help names its commands, and each of them has examples and exit codes", async () => {
  const help = await runTagwire(["sim", "--help"]);
  for (const command of SIM_COMMANDS) {
    assert.match(help.out, new RegExp(`tagwire sim ${command}\\b`));
    const { code, out } = await runTagwire(["sim", command, "--help"]);
    assert.equal(code, EXIT.ok, command);
    assert.match(out, /Examples:/, command);
    assert.match(out, /Exit code: 0/, command);
  }
  assert.equal((await runTagwire(["sim"])).code, EXIT.usage);
});

test("list names the built-in scenarios with their rules, and those of a module by how they are run", async () => {
  const builtIn = await runTagwire(["sim", "list"]);
  for (const name of ["control", "rotation", "attackers", "places-are-exclusive", "crash"]) {
    assert.match(builtIn.out, new RegExp(`^ {2}${name}$`, "m"));
  }
  const own = await runTagwire(["sim", "list", MODULE, "--json"]);
  const { scenarios } = JSON.parse(own.out) as { readonly scenarios: readonly { run: string }[] };
  assert.ok(scenarios.some(({ run }) => run.endsWith("order-scenario.ts#orders-no-retry")));
});

test("a campaign that passes says so on standard output alone, without a colour in a pipe", async () => {
  const { code, out, err } = await spawnTagwire(["sim", "run", SOUND, "--seeds", "4"], {
    NO_COLOR: "",
  });
  assert.deepEqual([code, err], [EXIT.ok, ""]);
  assert.match(
    out,
    /^orders: 4 seeds, all passed; .* seeds\/min on \d+ threads?; .* digest [0-9a-f]{16}\n$/,
  );
});

test("a failing seed is made smaller, leaves its files, and the one printed command runs it again", async () => {
  await withFolder(async (out) => {
    const found = await runTagwire([
      "sim",
      "run",
      NO_DEDUP,
      "--seeds",
      "6",
      "--out",
      out,
      ...INLINE,
    ]);
    assert.equal(found.code, EXIT.failed);
    assert.match(found.out, /FAILED seed \d+: orders-count-once/);
    assert.match(found.out, /to 1 fault, 1 action/);
    const commands = [...found.out.matchAll(/run it again: npx tagwire (sim replay .*)$/gm)];
    const [[, line = ""] = assert.fail("no command was printed")] = commands;
    const [folder = ""] = readdirSync(out).sort();
    const files = ["diagram.html", "replay.json", "trace.jsonl", "trace.pcapng"];
    assert.deepEqual(readdirSync(join(out, folder)).sort(), files);
    const again = await spawnTagwire(line.split(" "));
    assert.equal(again.code, EXIT.failed, again.err);
    assert.match(again.out, /FAILED orders-count-once[\s\S]*All happened as it did then\./);
    const told = await runTagwire([...line.split(" "), "--no-trace", "--json"]);
    const report = JSON.parse(told.out) as { isSameHash: boolean; verdict: string };
    assert.deepEqual([report.isSameHash, report.verdict], [true, "violated"]);
  });
});

test("of many failures files are written for as many as asked for, and none is made smaller if that is not wanted", async () => {
  await withFolder(async (out) => {
    const args = [
      "--seeds",
      "12",
      "--failures",
      "2",
      "--no-shrink",
      "--out",
      out,
      "--json",
      ...INLINE,
    ];
    const { code, out: text } = await runTagwire(["sim", "run", NO_DEDUP, ...args]);
    assert.equal(code, EXIT.failed);
    const { ok, failures } = JSON.parse(text) as RunJson;
    assert.equal(ok, false);
    assert.equal(failures.length, 2);
    assert.ok(failures.every(({ to }) => to === undefined));
    assert.equal(readdirSync(out).length, 2);
  });
});

test("a seed that never ends is told with the others, is not traced, and its file says which seed and module it is of", async () => {
  await withFolder(async (out) => {
    const stuck = ["sim", "run", `${MODULE}#orders-exits`, "--seeds", "6", "--workers", "1"];
    const ran = await spawnTagwire([...stuck, "--trace", "--failures", "1", "--out", out]);
    assert.equal(ran.code, EXIT.failed, ran.err);
    assert.match(ran.out, /FAILED seed \d+: crash .*the thread ended with code 3/);
    const folders = readdirSync(out);
    const failed = folders.filter((name) => /^orders-exits-\d+$/.test(name));
    assert.equal(failed.length, 1);
    assert.ok(!folders.includes(`${failed[0] ?? ""}-trace`));
    const file = join(out, failed[0] ?? "", "replay.json");
    const { seed, module } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    assert.equal(`orders-exits-${String(seed)}`, failed[0]);
    assert.equal(resolve(dirname(file), String(module)), MODULE);
  });
});

test("a replay file that names its module is replayed without naming it again", async () => {
  const file = new URL(
    "../../../conformance/regressions/sim/orders-doubled-datagram.json",
    import.meta.url,
  );
  const ran = await runTagwire(["sim", "replay", fileURLToPath(file), "--no-trace"]);
  assert.equal(ran.code, EXIT.ok, ran.err);
  assert.match(ran.out, /Then orders-count-once was broken; now it passes\./);
});

test("shrink makes a case of a file smaller, and refuses one that passes", async () => {
  await withFolder(async (out) => {
    const args = ["--seeds", "12", "--failures", "1", "--no-shrink", "--out", out, ...INLINE];
    await runTagwire(["sim", "run", NO_RETRY, ...args]);
    const file = join(out, readdirSync(out)[0] ?? "", "replay.json");
    const to = join(out, "small", "replay.json");
    const shrunk = await runTagwire([
      "sim",
      "shrink",
      file,
      "--scenarios",
      MODULE,
      "--to",
      to,
      "--json",
    ]);
    assert.equal(shrunk.code, EXIT.ok, shrunk.err);
    const { from, to: size } = JSON.parse(shrunk.out) as Record<"from" | "to", { faults: number }>;
    assert.ok(size.faults < from.faults && size.faults <= 5);
    assert.ok(existsSync(join(out, "small", "diagram.html")));
    const sound = readFileSync(file, "utf8").replaceAll('"orders-no-retry"', '"orders"');
    writeFileSync(file, sound);
    const refused = await runTagwire(["sim", "shrink", file, "--scenarios", MODULE]);
    assert.equal(refused.code, EXIT.failed);
    assert.match(refused.err, /nothing to make smaller/);
    const passed = await runTagwire(["sim", "replay", file, "--scenarios", MODULE, "--no-trace"]);
    assert.equal(passed.code, EXIT.ok);
    assert.match(passed.out, /Then orders-arrive was broken; now it passes\./);
  });
});

test("shards that are merged come to what one machine would have come to", async () => {
  await withFolder(async (folder) => {
    const files = ["1/3", "2/3", "3/3"].map((shard) => [
      shard,
      join(folder, `${shard[0] ?? ""}.json`),
    ]);
    for (const [shard = "", file = ""] of files) {
      const options = ["--seeds", "10", "--shard", shard, "--result", file, ...INLINE];
      assert.equal((await runTagwire(["sim", "run", SOUND, ...options])).code, EXIT.ok);
    }
    const paths = files.map(([, file = ""]) => file);
    const merged = await runTagwire(["sim", "merge", ...paths, "--json"]);
    const whole = await runTagwire(["sim", "run", SOUND, "--seeds", "10", "--json", ...INLINE]);
    const [one] = (JSON.parse(merged.out) as RunJson).results;
    const [other] = (JSON.parse(whole.out) as RunJson).results;
    assert.deepEqual([one?.runs, one?.digest], [10, other?.digest]);
    const twice = await runTagwire(["sim", "merge", ...paths, paths[0] ?? ""]);
    assert.equal(twice.code, EXIT.usage);
    assert.match(twice.err, /was run twice/);
  });
});

test("options come from the command line before the environment before a file", async () => {
  const runsWith = async (
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<number> => {
    const { out } = await runTagwire(["sim", "run", SOUND, "--json", ...INLINE, ...args], env);
    return (JSON.parse(out) as RunJson).results[0]?.runs ?? 0;
  };
  await withFolder(async (folder) => {
    const config = join(folder, "sim.json");
    writeFileSync(config, JSON.stringify({ seeds: "4" }));
    assert.equal(await runsWith(["--config", config], {}), 4);
    assert.equal(await runsWith(["--config", config], { TAGWIRE_SIM_SEEDS: "3" }), 3);
    assert.equal(await runsWith(["--seeds", "2"], { TAGWIRE_SIM_SEEDS: "3" }), 2);
    assert.equal(await runsWith(["--seed", "9"], {}), 1, "a seed by itself is one run");
  });
});

test("what makes no sense is refused with a remedy and exit code 2, before anything runs", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "bad.json");
    writeFileSync(file, "{}");
    const hollow = join(folder, "hollow.json");
    const campaign = { scenario: "orders", seeds: [], failures: [], coverage: null, digest: "0" };
    const numbers = { version: 1, runs: 0, events: 0, virtualMs: 0 };
    const result = { ...campaign, ...numbers, choices: {}, pace: {} };
    writeFileSync(hollow, JSON.stringify({ results: [result] }));
    const cases: readonly (readonly [args: readonly string[], said: RegExp])[] = [
      [["run", "contro"], /no such scenario\. Did you mean control\?/],
      [["run", "./missing.ts"], /no file \.\/missing\.ts/],
      [["run", `${MODULE}#nothing`], /no scenario nothing.*Take one of: orders/i],
      [
        ["run", fileURLToPath(import.meta.resolve("./colour.ts"))],
        /no list of scenarios named `scenarios`/,
      ],
      [["run", SOUND, "--shard", "3/2"], /--shard: it is no shard/],
      [["run", SOUND, "--seeds", "0"], /--seeds.*whole number from 1/],
      [["run", SOUND, "--seed", "4294967296"], /--seed: it is too large/],
      [["run", SOUND, "--nat", "cone"], /--nat.*Give one of: rfc-recommended/],
      [["run", SOUND, "--preset", "isdn"], /--preset.*Give one of: .*dsl/],
      [["run", SOUND, "--sedes", "4"], /Unknown argument: sedes/],
      [["replay", join(folder, "none.json")], /cannot be read: ENOENT/],
      [["replay", file], /bad\.json/],
      [["merge", file], /holds no results/],
      [["merge", hollow], /holds no results.*#\/results\/0\/coverage must be object/],
      [["coverage", file], /holds no results/],
      [
        ["coverage", "--scenarios", `${MODULE}#orders`, "--excuses", file, "--seeds", "x"],
        /--seeds/,
      ],
    ];
    for (const [args, said] of cases) {
      const { code, err, out } = await runTagwire(["sim", ...args]);
      assert.deepEqual([code, out], [EXIT.usage, ""], args.join(" "));
      assert.match(err, said);
    }
  });
});

test("coverage tells what was exercised, of each spec by itself, and fails if asked to check", async () => {
  await withFolder(async (folder) => {
    const [orders, control] = [join(folder, "orders.json"), join(folder, "control.json")];
    await runTagwire(["sim", "run", SOUND, "--seeds", "3", "--result", orders, ...INLINE]);
    const own = ["sim", "coverage", orders, "--scenarios", MODULE];
    const told = await runTagwire([...own, "--html", join(folder, "c.html")]);
    assert.equal(told.code, EXIT.ok);
    assert.match(told.out, /orders: 3 seeds[\s\S]*orders +transitions/);
    assert.match(
      readFileSync(join(folder, "c.html"), "utf8"),
      /Ordering: idle -&gt; waiting on order/,
    );
    assert.equal((await runTagwire([...own, "--check"])).code, EXIT.failed);
    const excuses = join(folder, "excuses.json");
    const { out } = await runTagwire([...own, "--json"]);
    const { reports } = JSON.parse(out) as {
      reports: { report: { missing: { name: string }[] } }[];
    };
    const missing = reports[0]?.report.missing.map(({ name }) => [name, "why not"]) ?? [];
    writeFileSync(excuses, JSON.stringify(Object.fromEntries(missing)));
    assert.equal((await runTagwire([...own, "--excuses", excuses, "--check"])).code, EXIT.ok);
    await runTagwire([
      "sim",
      "run",
      "rotation",
      "peers",
      "--seeds",
      "1",
      "--result",
      control,
      ...INLINE,
    ]);
    const both = await runTagwire(["sim", "coverage", control]);
    assert.equal(both.code, EXIT.ok, both.err);
    assert.match(
      both.out,
      /rotation: 1 seed[\s\S]*control +transitions[\s\S]*peers: 1 seed[\s\S]*peer +transitions/,
    );
  });
});

test("coverage tells of the runs that failed", async () => {
  const own = ["sim", "coverage", "--scenarios", NO_RETRY, "--seeds", "12", ...INLINE];
  const { code, out, err } = await runTagwire(own);
  assert.equal(code, EXIT.ok);
  assert.match(out, /^orders-no-retry: 12 seeds, \d+ failed$/m);
  assert.match(err, /orders-no-retry: seed \d+ fails: orders-arrive/);
});

test("nat-matrix prints every profile as a row, and a page if asked for", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "sub", "matrix.html");
    const { code, out, err } = await runTagwire(["sim", "nat-matrix", "--html", file]);
    assert.equal(code, EXIT.ok);
    assert.match(err, /wrote .*matrix\.html/);
    assert.equal(out.match(/^ +\d+ [a-z]/gm)?.length, 27);
    assert.match(readFileSync(file, "utf8"), /^<!doctype html>/);
    const json = await runTagwire(["sim", "nat-matrix", "--json"]);
    assert.equal((JSON.parse(json.out) as { rows: unknown[] }).rows.length, 27);
  });
});

test("check-determinism finds a scenario whose runs differ, and names the first event that does", async () => {
  const same = await runTagwire(["sim", "check-determinism", SOUND, "--seeds", "2"]);
  assert.deepEqual(
    [same.code, same.out],
    [EXIT.ok, "orders: 2 seeds ran twice to the same hash\n"],
  );
  await withFolder(async (folder) => {
    const module = join(folder, "scenarios.ts");
    writeFileSync(
      module,
      `import { orderScenario } from ${JSON.stringify(MODULE)};
const sound = orderScenario("counts-runs");
let runs = 0;
export const scenarios = [{ ...sound, run: (run) => {
  runs += 1;
  run.world.schedule(700 + runs, "drifts", () => undefined);
  return sound.run(run);
} }];`,
    );
    const other = await runTagwire(["sim", "check-determinism", module, "--seeds", "1"]);
    assert.equal(other.code, EXIT.failed);
    assert.match(other.out, /counts-runs, seed 1: [\s\S]*event \d+/);
    assert.match(other.out, /counts-runs: 0 seeds ran twice to the same hash/);
  });
});

/** What a long command comes to that is interrupted. */
async function interrupted(args: readonly string[]): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => (out += part));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  await new Promise((resolve) => setTimeout(resolve, 4000));
  child.kill("SIGINT");
  return { code: await ended, out };
}

test("an interrupt ends a long campaign with the result of the runs that had ended", async () => {
  const { code, out } = await interrupted(["sim", "run", SOUND, "--seeds", "1000000", "--json"]);
  assert.equal(code, EXIT.interrupted);
  const { ok, isInterrupted, results } = JSON.parse(out) as RunJson;
  assert.deepEqual([ok, isInterrupted, results.length], [false, true, 1]);
  assert.ok((results[0]?.runs ?? 1_000_000) < 1_000_000);
});

test("an interrupt ends check-determinism with the seeds that were checked, of the scenario that it was at", async () => {
  const args = ["sim", "check-determinism", SOUND, NO_RETRY, "--seeds", "1000000"];
  const { code, out } = await interrupted(args);
  assert.equal(code, EXIT.interrupted);
  assert.match(out, /^orders: \d+ seeds ran twice to the same hash\n$/);
});
