import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { readGuideBlocks } from "./guide-blocks.ts";

const GUIDE = new URL("../../docs/guides/node-modules.md", import.meta.url);
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const BLOCKS = readGuideBlocks(GUIDE);
const run = promisify(execFile);

/** Where the names of `tagwire/sim` are, before it is built. */
const SOURCES: Readonly<Record<string, string>> = {
  Simulation: "sim/engine/index.ts",
  SimNetwork: "sim/network/sim-network.ts",
  NodeHost: "sim/node/index.ts",
  loadInHost: "sim/node/index.ts",
};

suite("the guide to code written for Node", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tagwire-node-modules-"));
    await symlink(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  for (const [at, block] of BLOCKS.entries()) {
    if (block.directive !== "run") continue;
    test(`line ${String(block.line)}: the example prints what follows it`, async () => {
      const shown = BLOCKS[at + 1];
      assert.equal(shown?.directive, "output");
      const file = join(folder, `example-${String(at)}.ts`);
      await writeFile(file, withSources(block.text));
      const options = { cwd: folder };
      const { stdout } = await run(process.execPath, ["--no-warnings", file], options);
      assert.equal(stdout.trimEnd(), shown.text);
    });
  }

  test("each block is run or is what a run prints", () => {
    assert.deepEqual(
      BLOCKS.map(({ directive }) => directive),
      ["run", "output", "run", "output", "run", "output"],
    );
  });
});

/** The example with its import of the package in place of that of this repository's files. */
function withSources(text: string): string {
  return text.replace(/^import \{ (.+) \} from "tagwire\/sim";$/mu, (_line, names: string) =>
    names
      .split(", ")
      .map((name) => {
        const source = SOURCES[name];
        assert.ok(source !== undefined, `the guide says that tagwire/sim has ${name}`);
        return `import { ${name} } from "${pathToFileURL(join(REPOSITORY, source)).href}";`;
      })
      .join("\n"),
  );
}
