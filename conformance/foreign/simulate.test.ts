import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { readGuideBlocks } from "../guides/guide-blocks.ts";
import type { GuideBlock } from "../guides/guide-blocks.ts";
import { ForeignProject } from "./foreign-project.ts";

const GUIDE = new URL("../../docs/guides/simulate.md", import.meta.url);

/** What a command printed, on both outputs. */
interface Ended {
  readonly code: number;
  readonly output: string;
}

suite("the guide to simulating, in a repository that has the packed package alone", () => {
  let project: ForeignProject;
  let last: Ended = { code: 0, output: "" };
  const written = new Map<string, string>();

  before(async () => {
    project = await ForeignProject.make("presses");
  });

  after(async () => {
    await project.remove();
  });

  async function run(line: string, expectedCode: number): Promise<void> {
    const { code, stdout, stderr } = await project.shell(line);
    last = { code, output: stdout + stderr };
    assert.equal(code, expectedCode, last.output);
  }

  const steps: Readonly<Record<string, (block: GuideBlock) => Promise<void>>> = {
    file: async ({ argument, text }) => {
      await project.write(argument, text);
      written.set(argument, text);
    },
    run: ({ argument, text }) => run(text, Number(argument === "" ? 0 : argument)),
    output: ({ text }) => {
      for (const line of text.split("\n")) assert.ok(last.output.includes(line), last.output);
      return Promise.resolve();
    },
    replace: async ({ argument, text }) => {
      const [, path = "", old = ""] = /^(\S+): (.+)$/.exec(argument) ?? [];
      await project.edit(path, (file) => file.replace(old, text));
    },
    // The page cannot know the seed that fails; the command printed what it shows.
    replay: async ({ argument, text }) => {
      const printed = /npx tagwire sim replay \S+replay\.json --scenarios \S+/.exec(
        last.output,
      )?.[0];
      assert.ok(printed !== undefined, last.output);
      const [start = "", end = ""] = text.split("…");
      assert.ok(printed.startsWith(start) && printed.endsWith(end), printed);
      await run(printed, Number(argument));
    },
    mend: async ({ argument, text }) => {
      await project.write(argument, written.get(argument) ?? "");
      let output = "";
      for (const line of text.split("\n")) {
        await run(line, 0);
        output += last.output;
      }
      last = { code: 0, output };
    },
  };

  for (const block of readGuideBlocks(GUIDE)) {
    test(`line ${String(block.line)} of the guide: ${block.directive} ${block.argument}`, async () => {
      const step = steps[block.directive];
      assert.ok(step !== undefined, `nothing is known of ${block.directive}`);
      await step(block);
    });
  }

  test("the guide's code compiles under all strict settings", async () => {
    const compiled = await project.compile("tsconfig.json");
    assert.equal(compiled.stdout, "");
  });

  test("a failure leaves a trace, a capture and a diagram that names the author's messages", async () => {
    const [name = ""] = await readdir(join(project.folder, "sim-failures"));
    const folder = join(project.folder, "sim-failures", name);
    const files = ["diagram.html", "replay.json", "trace.jsonl", "trace.pcapng"];
    assert.deepEqual((await readdir(folder)).sort(), files);
    const diagram = await readFile(join(folder, "diagram.html"), "utf8");
    assert.ok(diagram.includes('"label":"Press"'));
    assert.ok(diagram.includes("class DiagramPage"), "the page's script came with the package");
    const capture = await readFile(join(folder, "trace.pcapng"));
    assert.equal(capture.readUInt32BE(0), 0x0a0d0d0a);
  });
});
