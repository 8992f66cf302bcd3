import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { after, before, suite, test } from "node:test";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { DEVICES, fingerprintOf } from "./testing/fake-hub-port.ts";
import type { TestHub } from "./testing/test-hub.ts";
import { createTestHub, PASSWORD } from "./testing/test-hub.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];
const REQUIRED = process.env["TAGWIRE_REQUIRE"] === "all";
/** Where pictures of the pages are put for people to look at; unset makes none. */
const PICTURES = process.env["TAGWIRE_PICTURES"];

const skip = CHROMIUM === undefined && !REQUIRED ? "chromium is not installed" : false;

suite("pages in a browser", { skip, timeout: 120_000 }, () => {
  let browser: Browser;
  let hub: TestHub;
  let url: string;

  before(async () => {
    assert.ok(CHROMIUM, "TAGWIRE_REQUIRE=all asks for chromium: apt-get install chromium");
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    hub = await createTestHub();
    url = await hub.server.listen({ address: "127.0.0.1", port: 0 });
  });

  after(async () => {
    await browser.close();
    await hub.server.close();
  });

  test("a person registers, logs in, sees devices, makes a claim code, connects and logs out", async () => {
    const page = await open(browser);
    await page.goto(url);
    assert.equal(new URL(page.url()).pathname, "/auth");
    await page.getByRole("link", { name: "Register" }).click();
    await page.getByLabel("Login").fill("ann");
    await page.getByLabel("Password").fill(PASSWORD);
    await picture(page, "registration");
    await page.getByRole("button", { name: "Register" }).click();
    await page.getByRole("heading", { name: "Add your first router" }).waitFor();
    await picture(page, "no-devices");

    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Login").fill("Ann");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Log in" }).click();
    assert.match(await page.getByRole("alert").innerText(), /Login or password is wrong/);
    assert.equal(await page.getByLabel("Login").inputValue(), "Ann");
    await picture(page, "login-refused");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Log in" }).click();

    hub.hub.owned.set("ann", DEVICES);
    await page.getByRole("link", { name: "Refresh" }).click();
    const rows = page.getByRole("row");
    assert.equal(await rows.count(), 1 + DEVICES.length);
    assert.match(await rows.nth(1).innerText(), /Online\s+Attic.*3 d 4 h/s);
    assert.match(await rows.nth(3).innerText(), /Offline\s+Boat <summer & winter>/);
    assert.ok(await page.getByRole("button", { name: "Connect to Boat" }).isDisabled());
    await picture(page, "devices");

    await page.getByRole("link", { name: "Claim codes" }).click();
    await page.getByLabel("Label").fill("Attic");
    await page.getByLabel("Works for").selectOption("a week");
    await page.getByRole("button", { name: "Make a code" }).click();
    const made = page.getByRole("region", { name: "Your new code" });
    assert.match(
      await made.innerText(),
      /tagwire router --hub 127\.0\.0\.1:7400 --hub-fingerprint \S+ --claim K7QX-/,
    );
    await picture(page, "claims");
    await page.getByRole("link", { name: "Claim codes" }).click();
    assert.equal(await page.getByText("K7QX-").count(), 0);
    await page.getByRole("button", { name: "Revoke the code Attic" }).click();
    assert.equal(await page.getByRole("button", { name: /Revoke/ }).count(), 0);

    hub.hub.callOutcome = ANSWERED;
    await page.getByRole("link", { name: "Devices" }).click();
    await page.getByRole("button", { name: "Connect to Attic" }).click();
    const report = await page.getByRole("region", { name: "Attic answered" }).innerText();
    assert.match(report, /Connected in 41 ms through the server at 192\.0\.2\.7:7410/);
    assert.match(report, /Uptime\s+3 d 4 h/);
    await picture(page, "answered");
    hub.hub.callOutcome = { kind: "failed", reason: "notComing" };
    await page.getByRole("button", { name: "Connect to greenhouse" }).click();
    assert.match(await page.getByRole("alert").innerText(), /did not answer the invitation/);
    assert.equal(await rows.count(), 1 + DEVICES.length);
    await picture(page, "not-reached");
    await page.context().close();
  });

  test("a person compares the fingerprints of a router and its rival, and decides", async () => {
    const page = await open(browser);
    await page.goto(new URL("/registration", url).href);
    await page.getByLabel("Login").fill("carol");
    await page.getByLabel("Password").fill(PASSWORD);
    hub.hub.owned.set("carol", CONTESTED);
    await page.getByRole("button", { name: "Register" }).click();
    const notice = page.getByRole("form", { name: "Is this still Attic?" });
    const text = await notice.innerText();
    assert.ok(text.includes(Array.from({ length: 8 }, () => "01010101").join("-")));
    assert.ok(text.includes(Array.from({ length: 8 }, () => "abababab").join("-")));
    await picture(page, "rival");
    await notice.getByRole("button", { name: "Keep the known router for Attic" }).click();
    await page.getByRole("heading", { name: "Devices" }).waitFor();
    assert.equal(await notice.count(), 0);
    hub.hub.owned.set("carol", CONTESTED);
    await page.getByRole("link", { name: "Refresh" }).click();
    await notice.getByRole("button", { name: "Accept the new router for Attic" }).click();
    await page.getByRole("heading", { name: "Devices" }).waitFor();
    assert.equal(await notice.count(), 0);
    assert.deepEqual(
      hub.hub.settled.map(({ accept }) => accept),
      [false, true],
    );
    await page.context().close();
  });

  test("pages keep to the width of a telephone and to the dark when asked", async () => {
    const page = await open(browser, {
      viewport: { width: 375, height: 812 },
      colorScheme: "dark",
    });
    await page.goto(new URL("/registration", url).href);
    await page.getByLabel("Login").fill("bob");
    await page.getByLabel("Password").fill(PASSWORD);
    hub.hub.owned.set("bob", CONTESTED);
    await page.getByRole("button", { name: "Register" }).click();
    for (const path of ["/", "/claims"]) {
      await page.goto(new URL(path, url).href);
      const widths = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
      assert.deepEqual(widths, [375, 375], path);
      await picture(page, path === "/" ? "devices-narrow" : "claims-narrow");
    }
    await page.goto(url);
    // The narrow layout must not take the table's meaning from assistive technology.
    assert.equal(await page.getByRole("row").count(), 1 + DEVICES.length + 1);
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    assert.equal(ground, "rgb(17, 22, 27)");
    await page.context().close();
  });
});

/** The same devices, of which the first has a rival. */
const CONTESTED = DEVICES.map((device, index) =>
  index === 0 ? { ...device, rival: fingerprintOf(0xab) } : device,
);

const ANSWERED = {
  kind: "answered",
  mac: 0x02005e100001,
  server: "192.0.2.7:7410",
  connectMs: 41.3,
  answers: [
    { method: "system.uptime", result: { uptimeS: 273_915 } },
    {
      method: "system.load",
      result: { loadPermille: 191, memoryTotalKib: 505_856, memoryFreeKib: 310_980 },
    },
    {
      method: "system.info",
      result: {
        mac: "02:00:5e:10:00:01",
        model: "GL-MT3000",
        firmware: "OpenWrt 24.10.2",
        hostname: "attic-router",
        software: "0.1.0",
        architecture: "arm64",
        processors: 2,
      },
    },
  ],
} as const;

/** A page that fails the test when the browser refuses something of it or a script throws. */
async function open(
  browser: Browser,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    // A refused login is a 401, which the browser reports too.
    const isStatus = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isStatus) throw new Error(message.text());
  });
  page.setDefaultTimeout(10_000);
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
}
