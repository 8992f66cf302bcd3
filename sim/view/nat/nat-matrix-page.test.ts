import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Browsing } from "../../../conformance/browsing.ts";
import { NAT_PROFILES, natMatrix } from "../../nat/index.ts";
import { natMatrixPage } from "./nat-matrix-page.ts";

suite("the hole-punch matrix in a browser", { timeout: 120_000 }, () => {
  const browsing = new Browsing();
  const matrix = natMatrix();
  let folder: string;
  let url: string;

  before(async (t) => {
    folder = mkdtempSync(join(tmpdir(), "tagwire-matrix-"));
    const file = join(folder, "nat-matrix.html");
    writeFileSync(file, natMatrixPage(matrix, NAT_PROFILES));
    url = pathToFileURL(file).href;
    await browsing.start(t);
  });

  after(async () => {
    await browsing.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("has every pair of profiles, with digits beside the colours and their meaning", async (t) => {
    if (!browsing.isUsable(t)) return;
    const page = await browsing.open(url);
    const count = NAT_PROFILES.length;
    assert.equal(await page.locator("td.cell").count(), count * count);
    const texts = await page.locator("td.cell").allInnerTexts();
    const expected = matrix.rows.flat().map(({ aFirst, bFirst }) => {
      const [one, two] = [aFirst.sidesOk, bFirst.sidesOk];
      return one === two ? String(one) : `${String(one)}/${String(two)}`;
    });
    assert.deepEqual(
      texts.map((text) => text.trim()),
      expected,
    );
    const legend = await page.getByRole("list", { name: "Legend" }).innerText();
    const shares = [...legend.matchAll(/(\d+) of (\d+) pairs/g)];
    assert.equal(shares.length, 4);
    assert.equal(
      shares.reduce((sum, [, pairs]) => sum + Number(pairs), 0),
      count * count,
    );
    await browsing.finish(page, "nat-matrix-light");
  });

  test("tells how a punch went where one points, and where arrow keys lead", async (t) => {
    if (!browsing.isUsable(t)) return;
    const page = await browsing.open(url, { colorScheme: "dark" });
    const details = page.getByRole("status", { name: "How the punch went" });
    const symmetric = matrix.rows.flat().findIndex(({ aFirst }) => aFirst.sidesOk === 0);
    const cell = page.locator("td.cell").nth(symmetric);
    await cell.hover();
    const expected = matrix.rows.flat()[symmetric];
    assert.ok(expected !== undefined);
    const text = await details.innerText();
    assert.ok(text.includes(expected.a) && text.includes(expected.aFirst.reason), text);
    assert.ok((await cell.getAttribute("title"))?.includes(expected.bFirst.reason));
    await page.locator("td.cell").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const [first, , third] = [NAT_PROFILES[1], undefined, NAT_PROFILES[2]];
    const moved = await details.innerText();
    assert.ok(moved.includes(first?.name ?? "?") && moved.includes(third?.name ?? "?"), moved);
    assert.ok((await browsing.leastContrast(page, ["td.cell", "th", "dd", ".legend b"])) >= 4.5);
    await browsing.finish(page, "nat-matrix-dark");
  });
});
