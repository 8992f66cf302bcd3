import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { SIM_COMMAND } from "../../runtime/cli/sim/sim-command.ts";
import { CAMPAIGN_OPTIONS, OUT_OPTIONS } from "../../runtime/cli/sim/sim-options.ts";

const REPOSITORY = new URL("../../", import.meta.url);
const WORKFLOWS = new URL(".github/workflows/", REPOSITORY);

/** All workflows as one text. */
const TEXT = readdirSync(WORKFLOWS)
  .map((file) => readFileSync(new URL(file, WORKFLOWS), "utf8"))
  .join("\n");

test("every command of the simulator that a workflow runs exists, with its options", async () => {
  const runs = [...TEXT.matchAll(/tagwire -- sim ([\w-]+)(.*)/g)];
  const names = runs.map(([, name]) => name);
  assert.deepEqual(names.toSorted(), ["coverage", "merge", "nat-matrix", "run"]);
  for (const [, name = "", rest = ""] of runs) {
    const entry = SIM_COMMAND.subcommands?.find(({ command }) => command.split(" ")[0] === name);
    assert.ok(entry !== undefined, name);
    const { flags } = await entry.load();
    for (const [, flag = ""] of rest.matchAll(/ --([\w-]+)/g)) {
      assert.ok(flags.includes(flag), `sim ${name} --${flag}`);
    }
  }
});

test("every option that a workflow sets by the environment exists", () => {
  const known = new Set(Object.values({ ...CAMPAIGN_OPTIONS, ...OUT_OPTIONS }).map(envOf));
  const set = [...TEXT.matchAll(/^ +(TAGWIRE_\w+):/gm)].map(([, name]) => name);
  assert.ok(set.length > 0);
  assert.deepEqual(
    set.filter((name) => !known.has(name)),
    [],
  );
});

test("every script of the package that a workflow runs exists, and a campaign leaves no scenario out", () => {
  const manifest = readFileSync(new URL("package.json", REPOSITORY), "utf8");
  const { scripts } = JSON.parse(manifest) as { readonly scripts: Record<string, string> };
  for (const [, name = ""] of TEXT.matchAll(/npm run (?:--silent )?([\w-]+)/g)) {
    assert.ok(name in scripts, name);
  }
  // Whoever names some of them misses the next that is written.
  for (const [, next] of TEXT.matchAll(/ sim run (\S+)/g)) assert.match(next ?? "", /^--/);
});

function envOf({ env }: { readonly env?: string | undefined }): string | undefined {
  return env;
}
