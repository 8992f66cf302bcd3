import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import type { SuiteContext, TestContext } from "node:test";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { requireOrSkip } from "./require.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];
/** Where pictures of the pages are put for people to look at; unset makes none. */
const PICTURES = process.env["TAGWIRE_PICTURES"];

/** A browser that pages are tried in: whatever it complains of, and whatever a page asks of a network, fails the test. */
export class Browsing {
  #browser: Browser | undefined;
  readonly #complaints = new Map<Page, string[]>();

  /** Starts it if the machine has one. */
  async start(t: Pick<TestContext, "skip"> | SuiteContext): Promise<void> {
    const skip = "skip" in t ? t : { skip: () => undefined };
    if (!requireOrSkip(skip, "chromium")) return;
    this.#browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
  }

  /** Whether there is a browser; otherwise the test is skipped. */
  isUsable(t: TestContext): boolean {
    return this.#browser !== undefined || requireOrSkip(t, "chromium");
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    assert.ok(this.#browser !== undefined);
    const page = await this.#browser.newPage({
      viewport: { width: 1400, height: 850 },
      ...options,
    });
    const complaints: string[] = [];
    this.#complaints.set(page, complaints);
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (request.url() !== url) complaints.push(`asks for ${request.url()}`);
    });
    await page.goto(url);
    return page;
  }

  /** Closes a page about which there must have been no complaint. */
  async finish(page: Page, picture?: string): Promise<void> {
    if (PICTURES !== undefined && picture !== undefined) {
      await mkdir(PICTURES, { recursive: true });
      await page.screenshot({ path: `${PICTURES}/${picture}.png` });
    }
    assert.deepEqual(this.#complaints.get(page), []);
    await page.close();
  }

  /** The least contrast (WCAG 2.2, 1.4.3) of the text of elements with the ground of the nearest element that has one. */
  async leastContrast(page: Page, selectors: readonly string[]): Promise<number> {
    return page.evaluate<number>(`(${LEAST_CONTRAST})(${JSON.stringify(selectors)})`);
  }
}

/** Runs in the page, whose names code for Node does not know: hence a text. */
const LEAST_CONTRAST = `(selectors) => {
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (from) => {
    for (let at = from; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (channels(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const contrasts = selectors.flatMap((selector) => {
    const found = [...document.querySelectorAll(selector)];
    if (found.length === 0) throw new Error("nothing is " + selector);
    return found.map((each) => {
      const { fill, color } = getComputedStyle(each);
      const text = light(each instanceof SVGElement ? fill : color);
      const ground = light(groundOf(each));
      return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
    });
  });
  return Math.min(...contrasts);
}`;
