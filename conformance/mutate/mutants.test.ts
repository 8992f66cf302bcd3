import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { test } from "node:test";
import { isSpecMutant, mutateDocument, mutateSource } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { SURVIVORS } from "./survivors.ts";

test("every mutant has a name of its own, and every survivor is a mutant", () => {
  const ids = MUTANTS.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.length >= 60);
  for (const survivor of Object.keys(SURVIVORS)) assert.ok(ids.includes(survivor), survivor);
});

test("the place of every mutant stands exactly once in its file, and what comes of it is a program", async () => {
  for (const mutant of MUTANTS) {
    const file = new URL(
      isSpecMutant(mutant) ? `../../spec/${mutant.file}` : `../../${mutant.file}`,
      import.meta.url,
    );
    const text = await readFile(file, "utf8");
    if (isSpecMutant(mutant)) {
      assert.notEqual(mutateDocument(mutant, text), text, mutant.id);
      continue;
    }
    const mutated = mutateSource(mutant, text);
    assert.notEqual(mutated, text, mutant.id);
    assert.doesNotThrow(() => stripTypeScriptTypes(mutated), mutant.id);
  }
});

test("a place that is not there, or is there twice, is an error that names the mutant", () => {
  const mutant = { id: "one", doc: "", file: "a.ts", find: "x", replace: "y" };
  assert.throws(() => mutateSource(mutant, "abc"), /mutant one: its place occurs 0 times in a\.ts/);
  assert.throws(() => mutateSource(mutant, "xx"), /2 times/);
  const spec = { id: "two", doc: "", file: "b.json", pointer: "/a/b", value: 1 };
  assert.throws(() => mutateDocument(spec, '{"a":{}}'), /mutant two: nothing is at \/a\/b/);
  assert.throws(() => mutateDocument(spec, '{"a":null}'), RangeError);
});
