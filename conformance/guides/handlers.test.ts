import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { readGuideBlocks } from "./guide-blocks.ts";
import type { GuideBlock } from "./guide-blocks.ts";
import { WorkingCopy } from "./working-copy.ts";
import type { CommandEnd } from "./working-copy.ts";

const GUIDE = new URL("../../docs/guides/handlers.md", import.meta.url);
const REPOSITORY = new URL("../../", import.meta.url);
const BLOCKS = readGuideBlocks(GUIDE);

/** What the demonstration prints when it runs. */
interface DemoReady {
  readonly url: string;
  readonly account: { readonly login: string; readonly password: string };
}

suite("the guide to handlers", () => {
  let copy: WorkingCopy;
  let demo: ChildProcess | undefined;
  /** How a caller of the running demonstration is known to it. */
  let caller: Readonly<Record<string, string>> = {};
  let last: CommandEnd = { code: 0, output: "" };

  before(async () => {
    copy = await WorkingCopy.make();
  });

  after(async () => {
    if (demo?.exitCode === null) {
      demo.kill("SIGTERM");
      await once(demo, "exit");
    }
    await copy.remove();
  });

  /** Runs the network of the changed copy, once. */
  async function network(): Promise<Readonly<Record<string, string>>> {
    if (demo !== undefined) return caller;
    demo = copy.start("demo", "--free-ports", "--json", "--log-level", "error");
    assert.ok(demo.stdout !== null);
    const [line] = (await once(demo.stdout.setEncoding("utf8"), "data")) as [string];
    const { url, account } = JSON.parse(line) as DemoReady;
    caller = {
      TAGWIRE_HUB_URL: url,
      TAGWIRE_LOGIN: account.login,
      TAGWIRE_PASSWORD: account.password,
      TAGWIRE_CLIENT_DATA: join(copy.folder, "client"),
    };
    return caller;
  }

  async function insert({ argument, text }: GuideBlock): Promise<void> {
    const [, path = "", where, anchor = ""] = /^(\S+) (before|after): (.+)$/.exec(argument) ?? [];
    assert.ok(where === "before" || where === "after", argument);
    await copy.insert(path, { where, anchor, text });
  }

  /** Each line of what the guide shows must be in the output; places in files are left out there. */
  function compareOutput(shown: string): void {
    const output = last.output.replaceAll(/\(\d+,\d+\)/g, "");
    for (const line of shown.split("\n")) assert.ok(output.includes(line), last.output);
  }

  const steps: Readonly<Record<string, (block: GuideBlock) => Promise<void>>> = {
    insert,
    run: async ({ argument, text }) => {
      last = await copy.run(text);
      assert.equal(last.code, exitCodeOf(argument), last.output);
    },
    output: ({ text }) => {
      compareOutput(text);
      return Promise.resolve();
    },
    call: async ({ argument, text }) => {
      last = await copy.run(text, await network());
      assert.equal(last.code, exitCodeOf(argument), last.output);
      if (last.code === 0) assert.match(last.output, /"addresses": \[\s+"(127\.0\.0\.1|::1)"/);
      else assert.match(last.output, /code -32602/, "the caller hears what is wrong");
    },
    excerpt: ({ argument, text }) => {
      const file = readFileSync(new URL(argument, REPOSITORY), "utf8");
      assert.ok(file.includes(text), `${argument} has these lines`);
      return Promise.resolve();
    },
  };

  for (const block of BLOCKS) {
    const title = `${block.directive} ${block.argument}`.trim();
    test(`line ${String(block.line)} holds: ${title}`, async () => {
      const step = steps[block.directive];
      assert.ok(step !== undefined, "each block says what is to be done with it");
      await step(block);
    });
  }

  test("the method describes itself to clients", async () => {
    const line = 'npx tagwire call "this machine" rpc.describe --json';
    const { output } = await copy.run(line, await network());
    assert.match(output, /"name":"network\.resolve"/);
  });
});

/** The exit code that a directive asks for: `exit 2`, otherwise 0. */
function exitCodeOf(argument: string): number {
  return Number(/exit (\d+)/.exec(argument)?.[1] ?? 0);
}
