import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const REPOSITORY = new URL("../../", import.meta.url);

/** Where the pages leave the first folder of a path out. */
const ROOTS = ["", "runtime/", "runtime/roles/"];

const SOURCES = ["spec", "codegen", "generated", "runtime", "sim", "conformance"];

/** All of the code as one text, to look names up in. */
const CODE = SOURCES.flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, REPOSITORY), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|json)$/.test(path) && !path.startsWith("guides"))
    .map((path) => readFileSync(new URL(`${folder}/${path}`, REPOSITORY), "utf8")),
).join("\n");

const WORDS: ReadonlySet<string> = new Set(CODE.match(/[A-Za-z_$][\w$]*/g));

function readPage(path: string): string {
  return readFileSync(new URL(path, REPOSITORY), "utf8");
}

/** What stands between single backticks, outside of code blocks. */
function inlineCode(page: string): readonly string[] {
  const prose = page.replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

function isPath(code: string): boolean {
  return /^\.?[\w.-]+(\/[\w.-]*)+$|^[\w.-]+\.(ts|json|cjs|js)$/.test(code);
}

for (const page of ["docs/architecture.md", "CONTRIBUTING.md", "docs/status.md"]) {
  test(`files and folders that ${page} names are there`, () => {
    const paths = inlineCode(readPage(page)).filter(isPath);
    const isThere = (path: string): boolean =>
      ROOTS.some((root) => existsSync(new URL(root + path, REPOSITORY)));
    // What a running party makes.
    const elsewhere = new Set(["state.json", "hub.sqlite"]);
    const missing = paths.filter((path) => !elsewhere.has(path) && !isThere(path));
    assert.deepEqual(missing, []);
  });
}

test("functions, classes and members that the architecture page names are in the code", () => {
  const names = inlineCode(readPage("docs/architecture.md"))
    .filter((code) => /^#?[A-Za-z][\w.#]*$/.test(code) && !isPath(code))
    .flatMap((code) => code.split(/[.#]/).filter((part) => part !== ""));
  assert.ok(names.length > 100);
  const known = new Set(["npm", "sqlite"]);
  const missing = names.filter((name) => !WORDS.has(name) && !known.has(name));
  assert.deepEqual(missing, []);
});

test("options that the guide for operators and the first page name exist", () => {
  const everywhere = new Set(["help", "once", "silent"]);
  for (const page of ["docs/guides/operate.md", "README.md"]) {
    for (const [, name = ""] of readPage(page).matchAll(/ ?`?--([a-z][a-z-]+)/g)) {
      const positive = name.replace(/^no-/, "");
      const member = positive.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      assert.ok(WORDS.has(member) || everywhere.has(name), `${page}: --${name}`);
    }
  }
});

test("the status page has a row for every requirement, in order", () => {
  const counts = { P: 8, C: 15, D: 8, E: 6, T: 7, M: 7 };
  const wanted = Object.entries(counts).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${String(index + 1)}`),
  );
  const rows = [...readPage("docs/status.md").matchAll(/^\| ([A-Z]\d+)\b/gm)].map(([, id]) => id);
  assert.deepEqual(rows, wanted);
});
