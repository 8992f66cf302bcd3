import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { Browsing } from "../../../conformance/browsing.ts";
import { SAMPLE_DECODER } from "../testing/sample-decoder.ts";
import { sampleTrace } from "../testing/sample-trace.ts";
import { readTrace } from "../trace-lines.ts";
import type { DiagramData, PacketEntry } from "./diagram-data.ts";
import { diagramPage } from "./diagram-page.ts";
import { traceDiagram } from "./trace-diagram.ts";

const EVIL = `</script><img src=x onerror="document.title='evil'">`;

function sampleData(): DiagramData {
  const faults = [{ kind: "drop", link: "box outer", direction: "up", packet: 2 } as const];
  return traceDiagram(readTrace(sampleTrace(faults)), {
    title: `sample ${EVIL}`,
    decoder: SAMPLE_DECODER,
    facts: [{ name: "Seed", value: "1" }],
    replay: "npx tagwire sim replay folder/replay.json",
    violations: [{ checker: "no-loss", message: EVIL, atMs: 700 }],
  });
}

/** As many packets as asked for, between the hosts of a sample. */
function manyPackets(count: number): DiagramData {
  const data = sampleData();
  const packet = data.entries.find((entry): entry is PacketEntry => entry.kind === "packet");
  assert.ok(packet !== undefined);
  const entries = Array.from({ length: count }, (_, index): PacketEntry => {
    const [atUs, order] = [index * 100, index * 2];
    const [arrival] = packet.arrivals;
    const arrivals = [{ to: arrival?.to ?? 0, atUs: atUs + 950, order: order + 19 }];
    return { ...packet, number: index, label: `Word ${String(index)}`, atUs, order, arrivals };
  });
  return { ...data, entries };
}

suite("the sequence diagram in a browser", { timeout: 120_000 }, () => {
  const browsing = new Browsing();
  let folder: string;

  before(async (t) => {
    folder = mkdtempSync(join(tmpdir(), "tagwire-diagram-"));
    await browsing.start(t);
  });

  after(async () => {
    await browsing.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(data: DiagramData, scheme: "light" | "dark" = "light"): Promise<Page> {
    const file = join(folder, "diagram.html");
    writeFileSync(file, diagramPage(data));
    return browsing.open(pathToFileURL(file).href, { colorScheme: scheme });
  }

  test("shows hosts, time and messages, and takes nothing in a trace for markup", async (t) => {
    if (!browsing.isUsable(t)) return;
    const page = await open(sampleData());
    assert.match(await page.getByRole("heading", { level: 1 }).innerText(), /^sample <\/script>/);
    assert.equal(
      await page
        .locator(".party b")
        .allInnerTexts()
        .then((names) => names.join()),
      "a,b,box,cgn",
    );
    const first = page.getByRole("option", { name: /Word one from a to b, arrives at b after/ });
    assert.equal(await first.count(), 1);
    assert.equal(
      await page.getByRole("option", { name: /Word three.*lost at box outer up, fault/ }).count(),
      1,
    );
    assert.equal(await page.getByText("npx tagwire sim replay folder/replay.json").count(), 1);
    assert.ok(!(await page.title()).startsWith("evil"));
    assert.equal(await page.locator("img").count(), 0);
    await browsing.finish(page);
  });

  test("a click on a message shows its fields and bytes", async (t) => {
    if (!browsing.isUsable(t)) return;
    const page = await open(sampleData());
    await page.getByText("Word even more", { exact: true }).click();
    const details = page.getByRole("complementary", { name: "Details of what is chosen" });
    const text = await details.innerText();
    assert.match(text, /Word even more/);
    assert.match(text, /Arrived\s+\d+\.\d{3}\s\d{3} s at b, after/);
    assert.match(text, /word\s+even more/);
    assert.match(text, /0000 {2}65 76 65 6e 20 6d 6f 72 {2}65 +even more/);
    assert.match(text, /box\s+100\.64\.0\.7:\d+ → 192\.0\.2\.2/);
    await browsing.finish(page);
  });

  test("keys choose entries, go from trouble to trouble and to the details", async (t) => {
    if (!browsing.isUsable(t)) return;
    const page = await open(sampleData());
    const list = page.getByRole("listbox");
    await list.focus();
    const chosen = async (): Promise<string> =>
      (await page.locator('[role="option"][aria-selected="true"]').getAttribute("aria-label")) ??
      "";
    const first = await chosen();
    await page.keyboard.press("ArrowDown");
    assert.notEqual(await chosen(), first);
    await page.keyboard.press("ArrowUp");
    assert.equal(await chosen(), first);
    await page.keyboard.press("n");
    assert.match(await chosen(), /Word three/);
    await page.keyboard.press("n");
    assert.match(await chosen(), /no-loss/);
    await page.keyboard.press("p");
    assert.match(await chosen(), /Word three/);
    const active = await list.getAttribute("aria-activedescendant");
    assert.equal(await page.locator(`[id="${active ?? ""}"]`).count(), 1);
    await page.keyboard.press("Enter");
    const focused = await page.evaluate("document.activeElement.id");
    assert.equal(focused, "details");
    await page.keyboard.press("/");
    await page.keyboard.type("even");
    assert.match(await page.getByRole("status").innerText(), /^[12] of \d+ entries$/);
    await browsing.finish(page);
  });

  test("switches hide hosts and kinds, and what goes wrong can be shown alone", async (t) => {
    if (!browsing.isUsable(t)) return;
    const page = await open(sampleData());
    assert.equal(await page.getByRole("option", { name: /TCP ACK/ }).count(), 0);
    await page.getByText("Kinds and hosts").click();
    await page.getByLabel("Bare acknowledgements").check();
    assert.ok((await page.getByRole("option", { name: /TCP ACK/ }).count()) > 0);
    await page.getByLabel("TCP", { exact: true }).uncheck();
    assert.equal(await page.getByRole("option", { name: /TCP/ }).count(), 0);
    await page.getByLabel("Only losses and faults").check();
    assert.equal(await page.getByRole("option").count(), 3);
    await page.getByLabel("Only losses and faults").uncheck();
    await page.getByLabel("b", { exact: true }).uncheck();
    assert.equal(await page.getByRole("option", { name: /Word one/ }).count(), 0);
    assert.equal(await page.locator(".party b").count(), 3);
    await page.getByRole("searchbox").fill("no such thing");
    assert.ok(await page.getByText("Nothing fits what is asked for").isVisible());
    await browsing.finish(page);
  });

  test("lines of bytes fit beside the diagram, and the switches fit into a narrow window", async (t) => {
    if (!browsing.isUsable(t)) return;
    const data = manyPackets(1);
    const [packet = assert.fail()] = data.entries;
    const line = { hex: "41".repeat(16), payloadBytes: 16 };
    const page = await open({ ...data, entries: [{ ...packet, ...line }] });
    await page.setViewportSize({ width: 1400, height: 900 });
    const isCut = await page.evaluate<boolean>(
      '(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector(".bytes"))',
    );
    assert.ok(!isCut);
    await page.setViewportSize({ width: 600, height: 900 });
    await page.getByText("Kinds and hosts").click();
    const { x, width } = (await page.locator(".switches").boundingBox()) ?? assert.fail();
    assert.ok(x >= 0 && x + width <= 600, `from ${String(x)}, ${String(width)} wide`);
    await browsing.finish(page);
  });

  test("twenty thousand messages are drawn as quickly as ten, and the last is reached by a key", async (t) => {
    if (!browsing.isUsable(t)) return;
    const page = await open(manyPackets(20_000));
    await page.getByRole("listbox").focus();
    const startMs = performance.now();
    await page.keyboard.press("End");
    await page.getByRole("option", { name: /Word 19999 / }).waitFor();
    assert.ok((await page.getByRole("option").count()) < 200, "only what is near is in the page");
    for (let step = 0; step < 20; step += 1) await page.keyboard.press("PageUp");
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < 10_000, `21 steps took ${tookMs.toFixed(0)} ms`);
    await page.getByRole("searchbox").fill("word 12345");
    assert.equal(await page.getByRole("status").innerText(), "1 of 20000 entries");
    await browsing.finish(page);
  });

  test("colours follow the system, and text can be read on its ground in both", async (t) => {
    if (!browsing.isUsable(t)) return;
    const grounds: string[] = [];
    for (const scheme of ["light", "dark"] as const) {
      const page = await open(sampleData(), scheme);
      grounds.push(
        await page.evaluate<string>(
          'getComputedStyle(document.querySelector("#view")).backgroundColor',
        ),
      );
      const contrast = await browsing.leastContrast(page, [
        ".label",
        ".mark",
        ".times text",
        ".party span",
        "dt",
        ".trouble .label",
      ]);
      assert.ok(contrast >= 4.5, `${scheme}: ${contrast.toFixed(2)}`);
      await browsing.finish(page, `diagram-${scheme}`);
    }
    assert.notEqual(grounds[0], grounds[1]);
  });

  test("on paper all rows stand below the title, with the names of hosts on each piece", async (t) => {
    if (!browsing.isUsable(t)) return;
    const page = await open(sampleData());
    await page.evaluate('window.dispatchEvent(new Event("beforeprint"))');
    await page.emulateMedia({ media: "print" });
    assert.ok(!(await page.locator("#view").isVisible()));
    const pieces = page.locator("#printed svg");
    assert.ok((await pieces.count()) >= 1);
    assert.equal(await pieces.first().locator(".name").count(), 4);
    const printed = await page.locator("#printed .row").count();
    const shown = Number(/^\d+/.exec((await page.locator("#status").textContent()) ?? "")?.[0]);
    assert.equal(printed, shown);
    assert.ok((await page.pdf({ preferCSSPageSize: true })).length > 10_000);
    await browsing.finish(page);
  });
});
