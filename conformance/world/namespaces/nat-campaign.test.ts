import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { NatCampaignReport } from "./nat-campaign.ts";
import { requireNamespaces } from "./require-namespaces.ts";

const MAIN = fileURLToPath(new URL("nat-campaign-main.ts", import.meta.url));

function campaign(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): { readonly code: number | null; readonly out: string; readonly err: string } {
  const ended = spawnSync(process.execPath, [MAIN, ...words], { encoding: "utf8", env });
  return { code: ended.status, out: ended.stdout, err: ended.stderr };
}

test("The campaign's help goes to standard output, and a wrong option is answered with it.", () => {
  const help = campaign(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.out, /--operations N/);
  for (const words of [
    ["--operations", "none"],
    ["--operations", "0"],
    ["--seed", "-1"],
    ["--no"],
  ]) {
    const refused = campaign(words);
    assert.equal(refused.code, 2, words.join(" "));
    assert.equal(refused.out, "");
    assert.ok(refused.err.includes(help.out));
  }
});

test("On a machine without the tools the campaign says which is missing, and of which package.", () => {
  const { code, err } = campaign([], { PATH: "" });
  assert.equal(code, 3);
  assert.match(err, /ip is not installed \(Debian package iproute2\)/);
});

test("A small campaign tells its progress, and reports what was compared as JSON.", (context) => {
  if (!requireNamespaces(context)) return;
  const { code, out, err } = campaign(["--operations", "1", "--seed", "5", "--json"]);
  const report = JSON.parse(out) as NatCampaignReport;
  assert.match(err, /15\/15 /);
  // A machine that is too busy for some run says so, but never finds a difference.
  const conclusive = report.runs.filter(({ isInconclusive }) => !isInconclusive);
  assert.deepEqual(
    conclusive.flatMap(({ mismatches }) => mismatches),
    [],
  );
  assert.equal(report.operations, conclusive.length * 300);
  assert.equal(report.mismatches, 0);
  assert.equal(code, 0);
  assert.ok(report.udp > 1000 && report.tcp > 1000);
});
