import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const DECISIONS = new URL("../docs/decisions/", import.meta.url);

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function readManifest(): Manifest {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return JSON.parse(text) as Manifest;
}

test("Each package that is depended on has its reason in a decision.", () => {
  const text = readdirSync(DECISIONS)
    .map((file) => readFileSync(new URL(file, DECISIONS), "utf8"))
    .join("");
  const { dependencies, devDependencies } = readManifest();
  const unexplained = Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !text.includes(`\`${name}\``),
  );
  assert.deepEqual(unexplained, []);
});

test("Each package has an exact version, so that a lock file is not all that holds it.", () => {
  const { dependencies, devDependencies } = readManifest();
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
  }
});

test("Decisions are numbered once each and say context, decision and consequences.", () => {
  const files = readdirSync(DECISIONS);
  const numbers = files.map((file) => file.slice(0, 4));
  assert.deepEqual(numbers, [...new Set(numbers)]);
  for (const file of files) {
    assert.match(file, /^\d{4}(-[a-z0-9]+)+\.md$/);
    const text = readFileSync(new URL(file, DECISIONS), "utf8");
    assert.ok(text.startsWith(`# ${file.slice(0, 4)}. `), `${file}: the title has another number`);
    for (const part of ["Context", "Decision", "Consequences"])
      assert.ok(text.includes(part), file);
  }
});
