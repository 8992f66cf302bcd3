import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Browsing } from "../../../conformance/browsing.ts";
import type { CoverageReport } from "../../campaign/index.ts";
import { coveragePage } from "./coverage-page.ts";

const REPORT: CoverageReport = {
  taken: [
    { kind: "transition", protocol: "orders", name: "Order: idle -> asked on ask", count: 1200 },
    { kind: "transition", protocol: "orders", name: "Order: asked -> done on Done", count: 7 },
    { kind: "sent", protocol: "orders", name: "sender sends Ask", count: 3 },
  ],
  missing: [{ kind: "timer", protocol: "orders", name: "Order: retry fires" }],
  excused: [
    {
      kind: "transition",
      protocol: "orders",
      name: "Order: done -> lost on <never>",
      reason: "Nobody loses <b>orders</b>.",
    },
  ],
  needless: [],
  stale: ["Order: gone"],
  unknown: ["keeper sends Thanks"],
};

test("the coverage page has each element once with its state in words, and what is wrong on top", async (t) => {
  const browsing = new Browsing();
  await browsing.start(t);
  if (!browsing.isUsable(t)) return;
  const folder = mkdtempSync(join(tmpdir(), "tagwire-coverage-"));
  t.after(async () => {
    await browsing.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const file = join(folder, "coverage.html");
  writeFileSync(
    file,
    coveragePage([{ title: "orders", about: ["orders, 5 seeds"], report: REPORT }]),
  );
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browsing.open(pathToFileURL(file).href, { colorScheme });
    const rows = page.getByRole("row");
    const row = (name: string | RegExp): Promise<string> =>
      rows.filter({ hasText: name }).last().innerText();
    assert.match(await row("asked on ask"), /exercised\s+1200/);
    assert.match(await row("retry fires"), /missing\s+0/);
    assert.match(await row("on <never>"), /Nobody loses <b>orders<\/b>\.\s+excused/);
    assert.match(await row("66 %"), /Transitions\s+3\s+2\s+1\s+0\s+66 %/);
    const wrong = await page.locator(".list").allInnerTexts();
    assert.deepEqual(
      wrong.map((text) => text.split("\n").at(-1)?.trim()),
      ["Order: retry fires", "Order: gone", "keeper sends Thanks"],
    );
    assert.ok(
      (await browsing.leastContrast(page, [
        "h2",
        ".state",
        ".list li",
        ".reason",
        "thead th",
        ".about li",
      ])) >= 4.5,
    );
    await browsing.finish(page, `coverage-${colorScheme}`);
  }
});
