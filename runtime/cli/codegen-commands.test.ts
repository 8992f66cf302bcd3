import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { plantSpec } from "../../codegen/load/testing/planted-spec.ts";
import { EXIT } from "./exit-code.ts";
import { runTagwire } from "./testing/run-tagwire.ts";

test("check and generate give their exit codes", async () => {
  const nowhere = await runTagwire(["generate", "nowhere", "--json"]);
  assert.deepEqual([nowhere.code, nowhere.err], [EXIT.usage, ""]);
  assert.match(nowhere.out, /"There is no folder nowhere\."/);
  const both = await runTagwire(["generate", "--check", "--watch"]);
  assert.equal(both.code, EXIT.usage);
  assert.match(both.err, /exclude each other/);
});

test("the spec's folder comes from the argument, else the command line, the environment, the file, the default", async () => {
  using planted = plantSpec();
  const config = join(planted.parent, "check.json");
  writeFileSync(config, JSON.stringify({ spec: "of-the-file" }));
  const variable = { TAGWIRE_SPEC: "of-the-environment" };
  const inFile = ["--config", config];
  const cases: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>])[] =
    [
      ["of-the-argument", ["of-the-argument", "--spec", "of-the-line", ...inFile], variable],
      ["of-the-line", ["--spec", "of-the-line", ...inFile], variable],
      ["of-the-environment", inFile, variable],
      ["of-the-file", inFile, {}],
      ["of-the-file", [], { TAGWIRE_CONFIG: config }],
    ];
  for (const [folder, args, env] of cases) {
    for (const command of ["check", "generate"]) {
      const { code, out } = await runTagwire([command, ...args], env);
      assert.equal(code, EXIT.usage);
      assert.ok(out.startsWith(`There is no folder ${folder}.`), `${command}: ${out}`);
    }
  }
  const sound = await runTagwire(["check", "--json"], { TAGWIRE_SPEC: planted.folder });
  assert.deepEqual([sound.code, JSON.parse(sound.out)], [EXIT.ok, { ok: true, problems: [] }]);
});

test("where generated files go, and what they import, comes from a file too", async () => {
  using planted = plantSpec();
  const [config, out] = [join(planted.parent, "generate.json"), join(planted.parent, "made")];
  writeFileSync(config, JSON.stringify({ spec: planted.folder, out, core: "elsewhere" }));
  const made = await runTagwire(["generate", "--config", config]);
  assert.equal(made.code, EXIT.ok, made.err + made.out);
  assert.ok(existsSync(join(out, "demo", "messages", "talk.ts")));
  const run = (...args: string[]): ReturnType<typeof runTagwire> =>
    runTagwire(["generate", "--check", "--config", config, ...args]);
  assert.equal((await run()).code, EXIT.ok);
  assert.equal((await run("--core", "another")).code, EXIT.failed);
  const elsewhere = { TAGWIRE_OUT: join(planted.parent, "none") };
  const missing = await runTagwire(["generate", "--check", planted.folder], elsewhere);
  assert.match(missing.out, /missing {2}.*none\/demo\/messages\/talk\.ts/);
});

test("a file's fault is told with its place; what says how and not what stands in none", async () => {
  using planted = plantSpec();
  const config = join(planted.parent, "generate.json");
  writeFileSync(config, JSON.stringify({ spec: 1, watch: true }));
  const { code, err } = await runTagwire(["generate", "--config", config]);
  assert.equal(code, EXIT.usage);
  assert.match(err, /generate\.json#\/spec: it must be string/);
  assert.match(err, /generate\.json#\/watch: /);
});
