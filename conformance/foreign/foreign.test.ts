import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { ForeignProject } from "./foreign-project.ts";

/** What the project's script prints. */
interface Seen {
  readonly tag: number;
  readonly frame: string;
  readonly received: unknown;
  readonly heard: readonly string[];
  readonly state: unknown;
  readonly issued: readonly unknown[];
  readonly hours: unknown;
  readonly broken: number;
  readonly wrong: number;
  readonly notes: readonly string[];
}

suite("a repository with a spec of its own", () => {
  let project: ForeignProject;

  before(async () => {
    project = await ForeignProject.make("lamp");
  });

  after(async () => {
    await project.remove();
  });

  test("generates code by the installed command, and again to the same bytes", async () => {
    const generated = await project.tagwire("generate");
    assert.equal(generated.code, 0, generated.stdout + generated.stderr);
    const checked = await project.tagwire("generate", "--check");
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
  });

  test("compiles it with its own bodies under all strict settings and without any platform's types", async () => {
    const compiled = await project.compile("tsconfig.json");
    assert.equal(compiled.stdout, "");
    assert.equal(compiled.code, 0);
    const main = await project.compile("tsconfig.main.json");
    assert.equal(main.stdout, "");
  });

  test("runs it: a message goes round, the machine steps, calls are answered", async () => {
    const { code, stdout, stderr } = await project.runScript("src/main.ts");
    assert.equal(code, 0, stderr);
    const seen = JSON.parse(stdout) as Seen;
    const expected: Seen = {
      tag: 16,
      // Type 16, length 8; level 700, colour red, "hall" after its length.
      frame: "100802bc020468616c6c",
      received: { name: "Shine", message: { level: 700, colour: 2, label: "hall" } },
      heard: ["hall 700"],
      state: { name: "steady", level: 700 },
      issued: [
        { arm: "fade", afterMs: 800 },
        { kind: "do", name: "drive", level: 700 },
        { kind: "send", name: "Shining", to: "switch", message: { level: 700 } },
      ],
      hours: { hours: 20 },
      broken: -32_010,
      wrong: -32_602,
      notes: ["dust"],
    };
    assert.deepEqual(seen, expected);
  });

  test("does not compile where a body is missing", async () => {
    await project.edit("src/lamp.ts", (text) =>
      text.replace("fadingOnFade:", "fadingOnFadeNoMore:"),
    );
    const { code, stdout } = await project.compile("tsconfig.json");
    await project.edit("src/lamp.ts", (text) =>
      text.replace("fadingOnFadeNoMore:", "fadingOnFade:"),
    );
    assert.notEqual(code, 0);
    assert.match(stdout, /^src\/lamp\.ts\(.*fadingOnFade/m);
  });

  test("does not compile after a message was added, until its handler is written", async () => {
    const blink = `"messages": {
    "Blink": {
      "tag": 18,
      "doc": "Asks a lamp to blink.",
      "from": ["switch"],
      "to": ["lamp"],
      "transport": "line",
      "protection": "none",
      "maxBytes": 1,
      "fields": [{ "name": "times", "type": "u8", "doc": "How often." }]
    },`;
    await project.edit("spec/lamp/messages/light.json", (text) =>
      text.replace('"messages": {', blink),
    );
    const checked = await project.tagwire("generate", "--check");
    assert.equal(checked.code, 1, "the generated folder is behind the spec");
    const generated = await project.tagwire("generate");
    assert.equal(generated.code, 0, generated.stdout + generated.stderr);
    const before = await project.compile("tsconfig.json");
    assert.match(before.stdout, /^src\/lamp\.ts\(.*TS2741.*'onBlink' is missing/m);
    await project.edit("src/lamp.ts", (text) =>
      text.replace(
        "onShine:",
        "onBlink: ({ times }, heard) => {\n    heard.push(`${times}`);\n  },\n  onShine:",
      ),
    );
    const now = await project.compile("tsconfig.json");
    assert.equal(now.stdout, "");
  });

  test("hears of a mistake in its spec with file, line and column", async () => {
    await project.edit("spec/lamp/types.json", (text) => text.replace('"value": 2', '"value": 1'));
    const { code, stdout, stderr } = await project.tagwire("check");
    assert.equal(code, 1);
    assert.match(stdout + stderr, /spec\/lamp\/types\.json:\d+:\d+/);
  });
});
