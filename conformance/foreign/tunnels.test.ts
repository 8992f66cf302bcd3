import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { readGuideBlocks } from "../guides/guide-blocks.ts";
import { ForeignProject } from "./foreign-project.ts";

const GUIDE = new URL("../../docs/guides/tunnels.md", import.meta.url);

suite(
  "the program of the guide to tunnels, in a repository that has the packed package alone",
  () => {
    const [program, printed] = readGuideBlocks(GUIDE).filter(({ directive }) => directive !== "");
    let project: ForeignProject;

    before(async () => {
      project = await ForeignProject.make("tunnels");
      await project.write(program?.argument ?? "", program?.text ?? "");
    });

    after(async () => {
      await project.remove();
    });

    test("compiles under strict settings", async () => {
      const { code, stdout } = await project.compile("tsconfig.json");
      assert.equal(stdout, "");
      assert.equal(code, 0);
    });

    test("fetches a page through a relay, prints what the guide says, and ends", async () => {
      const { code, stderr, stdout } = await project.runScript(program?.argument ?? "");
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `${printed?.text ?? ""}\n`);
      assert.equal(stderr, "");
    });
  },
);
