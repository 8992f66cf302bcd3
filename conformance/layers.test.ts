import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));

/** The real settings of the repository, which are what is tested. */
const SETTINGS = [
  ".dependency-cruiser.cjs",
  "eslint.config.js",
  "package.json",
  "tsconfig.base.json",
  "tsconfig.json",
  "tsconfig.pure.json",
  "runtime/core/ambient.d.ts",
];

/** A small tree that keeps every rule. */
const SOUND: Readonly<Record<string, string>> = {
  "runtime/core/sound.ts": "export const sound: number = new TextEncoder().encode('x').length;\n",
  "runtime/roles/hub.ts":
    'import { sound } from "../core/sound.ts";\nimport { tag } from "../../generated/control/tags.ts";\n\nexport const hub: number = sound + tag;\n',
  "generated/control/tags.ts":
    'import { sound } from "../../runtime/core/sound.ts";\n\nexport const tag: number = sound;\n',
  "generated/control/testing/arbitraries.ts":
    'import fc from "fast-check";\nimport { tag } from "../tags.ts";\n\nexport const any: fc.Arbitrary<number> = fc.constant(tag);\n',
  "runtime/io/host.ts":
    'import { readFileSync } from "node:fs";\nimport { sound } from "../core/sound.ts";\n\nexport const host: string = readFileSync("/dev/null", "utf8") + String(sound);\n',
  "runtime/stores/rows.ts":
    'import { sound } from "../core/sound.ts";\n\nexport const rows: number = sound;\n',
  "runtime/processes/hub.ts":
    'import { host } from "../io/host.ts";\nimport { hub } from "../roles/hub.ts";\n\nexport const running: string = host + String(hub);\n',
  "runtime/cli/main.ts":
    'import { running } from "../processes/hub.ts";\n\nexport const main: string = running;\n',
  "codegen/emit.ts":
    'import { sound } from "../runtime/core/sound.ts";\n\nexport const emit: number = sound;\n',
  "sim/engine.ts":
    'import { hub } from "../runtime/roles/hub.ts";\n\nexport const engine: number = hub;\n',
  "conformance/world.ts":
    'import { engine } from "../sim/engine.ts";\n\nexport const world: number = engine;\n',
};

/** An import that a rule of .dependency-cruiser.cjs forbids. */
interface Planted {
  readonly rule: string;
  readonly file: string;
  /** What it imports. */
  readonly from: string;
}

const PLANTED_IMPORTS: readonly Planted[] = [
  { rule: "core-imports-core", file: "runtime/core/a.ts", from: "../roles/hub.ts" },
  { rule: "core-without-platform", file: "runtime/core/b.ts", from: "node:fs" },
  { rule: "core-without-platform", file: "runtime/core/c.ts", from: "ajv" },
  {
    rule: "generated-imports-core",
    file: "generated/control/d.ts",
    from: "../../runtime/roles/hub.ts",
  },
  { rule: "generated-without-platform", file: "generated/control/e.ts", from: "node:dgram" },
  {
    rule: "generated-imports-no-testing",
    file: "generated/control/f.ts",
    from: "./testing/arbitraries.ts",
  },
  {
    rule: "generated-testing-imports-fast-check",
    file: "generated/control/testing/g.ts",
    from: "sinon",
  },
  { rule: "roles-import-core-and-generated", file: "runtime/roles/h.ts", from: "../io/host.ts" },
  { rule: "roles-without-platform", file: "runtime/roles/i.ts", from: "node:crypto" },
  { rule: "io-imports-core", file: "runtime/io/j.ts", from: "../roles/hub.ts" },
  {
    rule: "io-http-imports-core-and-generated",
    file: "runtime/io/http/k.ts",
    from: "../../stores/rows.ts",
  },
  { rule: "stores-import-core", file: "runtime/stores/l.ts", from: "../io/host.ts" },
  { rule: "processes-import-no-cli", file: "runtime/processes/m.ts", from: "../cli/main.ts" },
  { rule: "codegen-imports-core", file: "codegen/n.ts", from: "../runtime/roles/hub.ts" },
  { rule: "sim-imports-core-roles-generated", file: "sim/o.ts", from: "../runtime/io/host.ts" },
  {
    rule: "nobody-imports-conformance",
    file: "runtime/cli/p.ts",
    from: "../../conformance/world.ts",
  },
  { rule: "nobody-imports-tests", file: "conformance/q.ts", from: "./r.test.ts" },
  { rule: "nothing-unresolved", file: "conformance/s.ts", from: "./not-there.ts" },
  { rule: "no-cycles", file: "runtime/core/t.ts", from: "./u.ts" },
];

/** A statement that lint or types forbid in core, roles and generated code. */
const PLANTED_STATEMENTS: readonly (readonly [statement: string, isTyped: boolean])[] = [
  ["Date.now()", true],
  ["new Date()", true],
  ["Math.random()", true],
  ["setTimeout(() => undefined, 1)", false],
  ["setInterval(() => undefined, 1)", false],
  ["setImmediate(() => undefined)", false],
  ["queueMicrotask(() => undefined)", false],
  ["process.pid", false],
  ["Buffer.alloc(1)", false],
  ['console.log("")', false],
  ['fetch("")', false],
  ["performance.now()", false],
  ["crypto.randomUUID()", false],
  ["globalThis", true],
];

const PURE_FOLDERS = ["runtime/core", "runtime/roles", "generated/control"];

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** A copy of the repository's settings around a few files of its own. */
class Overlay {
  readonly folder: string = mkdtempSync(join(tmpdir(), "tagwire-layers-"));

  constructor() {
    for (const file of SETTINGS) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      copyFileSync(join(REPOSITORY, file), join(this.folder, file));
    }
    symlinkSync(join(REPOSITORY, "node_modules"), join(this.folder, "node_modules"));
    for (const [file, text] of Object.entries(SOUND)) this.write(file, text);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true });
    writeFileSync(join(this.folder, file), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  run(tool: string, ...args: readonly string[]): Promise<Outcome> {
    const program = join(REPOSITORY, "node_modules", ".bin", tool);
    return new Promise((resolve) => {
      const options = { cwd: this.folder, maxBuffer: 64 * 1024 * 1024 };
      execFile(program, args, options, (error, stdout, stderr) => {
        const code = typeof error?.code === "number" ? error.code : error === null ? 0 : -1;
        resolve({ code, output: stdout + stderr });
      });
    });
  }
}

const LAYERS = [
  "--output-type",
  "json",
  "--",
  "runtime",
  "generated",
  "codegen",
  "sim",
  "conformance",
];
const TYPES = ["-p", "tsconfig.pure.json", "--pretty", "false"];
const LINT = ["--format", "json", "runtime", "generated"];

interface CruiseResult {
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

interface LintResult {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string | null; readonly line: number }[];
}

suite("The rules of the layers", () => {
  const overlay = new Overlay();
  const sound: Outcome[] = [];
  let layers: Outcome;
  let types: Outcome;
  let lint: Outcome;

  before(async () => {
    sound.push(
      ...(await Promise.all([overlay.run("depcruise", ...LAYERS), overlay.run("tsc", ...TYPES)])),
    );
    for (const { file, from } of PLANTED_IMPORTS) {
      overlay.write(
        file,
        `import * as planted from "${from}";\n\nexport const used: unknown = planted;\n`,
      );
    }
    overlay.write("conformance/r.test.ts", "export const test: number = 1;\n");
    overlay.write("runtime/core/u.ts", 'export { used } from "./t.ts";\n');
    overlay.write("runtime/core/default.ts", "const planted = 1;\nexport default planted;\n");
    for (const folder of PURE_FOLDERS) {
      const lines = PLANTED_STATEMENTS.map(([statement], index) => {
        return `export const planted${String(index)}: unknown = ${statement};\n`;
      });
      overlay.write(`${folder}/planted.ts`, lines.join(""));
    }
    [layers, types, lint] = await Promise.all([
      overlay.run("depcruise", ...LAYERS),
      overlay.run("tsc", ...TYPES),
      overlay.run("eslint", ...LINT),
    ]);
  });

  after(() => {
    overlay.remove();
  });

  test("A tree that keeps them is accepted.", () => {
    for (const { code, output } of sound) assert.equal(code, 0, output);
  });

  for (const { rule, file, from } of PLANTED_IMPORTS) {
    test(`${rule} catches ${file} importing ${from}.`, () => {
      const { violations } = (JSON.parse(layers.output) as CruiseResult).summary;
      const caught = violations.some((found) => found.from === file && found.rule.name === rule);
      assert.ok(caught, JSON.stringify(violations.filter((found) => found.from === file)));
    });
  }

  test("Every rule that there is has a planted violation.", () => {
    const load = createRequire(import.meta.url);
    const { forbidden } = load("../.dependency-cruiser.cjs") as {
      readonly forbidden: readonly { readonly name: string }[];
    };
    assert.deepEqual(
      [...new Set(PLANTED_IMPORTS.map(({ rule }) => rule))].sort(),
      forbidden.map(({ name }) => name).sort(),
    );
  });

  test("Nothing else is caught.", () => {
    const { violations } = (JSON.parse(layers.output) as CruiseResult).summary;
    const planted = new Set(PLANTED_IMPORTS.map(({ file }) => file));
    assert.deepEqual(
      violations.filter(({ from }) => !planted.has(from)),
      [],
    );
  });

  for (const folder of PURE_FOLDERS) {
    test(`Lint catches every use of the platform in ${folder}, types those that Node brings.`, () => {
      const results = JSON.parse(lint.output) as readonly LintResult[];
      const file = results.find(({ filePath }) => filePath.endsWith(`${folder}/planted.ts`));
      for (const [index, [statement, isTyped]] of PLANTED_STATEMENTS.entries()) {
        const line = index + 1;
        const caught = file?.messages.some(
          (message) =>
            message.line === line && message.ruleId?.startsWith("no-restricted-") === true,
        );
        assert.ok(caught, `lint: ${statement}`);
        const unknown = types.output.includes(`${folder}/planted.ts(${String(line)},`);
        assert.equal(unknown, !isTyped, `types: ${statement}`);
      }
    });
  }

  test("Lint catches a Node module and a default export by name.", () => {
    const results = JSON.parse(lint.output) as readonly LintResult[];
    const imports = results.find(({ filePath }) => filePath.endsWith("runtime/roles/i.ts"));
    assert.ok(imports?.messages.some(({ ruleId }) => ruleId === "no-restricted-imports"));
    const exported = results.find(({ filePath }) => filePath.endsWith("runtime/core/default.ts"));
    assert.deepEqual(
      exported?.messages.map(({ ruleId }) => ruleId),
      ["no-restricted-syntax"],
    );
  });
});
