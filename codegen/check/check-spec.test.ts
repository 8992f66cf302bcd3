import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { DIAGNOSTIC_CODES } from "../load/diagnostic-codes.ts";
import { loadCases } from "../load/testing/load-cases.ts";
import { editedDocuments, placeOfSnippet, plantSpec } from "../load/testing/planted-spec.ts";
import type { Documents } from "../load/testing/planted-spec.ts";
import { expectProblems } from "../load/testing/problem-case.ts";
import { sampleDocuments } from "../load/testing/sample-documents.ts";
import { diagnoseSpec } from "./diagnose-spec.ts";
import { behaviourCases } from "./testing/behaviour-cases.ts";
import { wireCases } from "./testing/wire-cases.ts";

suite("checking refuses", () => {
  for (const problem of [...wireCases, ...behaviourCases]) {
    test(problem.name, () => {
      expectProblems(problem, (folder) => diagnoseSpec(folder).diagnostics);
    });
  }
});

suite("diagnosing", () => {
  test("finds nothing wrong with the sample spec, nor with that of the package", () => {
    using spec = plantSpec();
    assert.deepEqual(diagnoseSpec(spec.folder).diagnostics, []);
    const own = diagnoseSpec(new URL("../../spec", import.meta.url).pathname);
    assert.deepEqual(own.diagnostics, []);
    assert.ok(own.model !== undefined && own.model.protocols.length >= 2);
  });

  test("has a planted mistake for every code", () => {
    const planted = new Set(
      [...loadCases, ...wireCases, ...behaviourCases].flatMap(({ problems }) =>
        problems.map(([code]) => code),
      ),
    );
    // Planted by a test of its own: it takes more than documents.
    planted.add("document-unreadable");
    assert.deepEqual([...planted].sort(), Object.keys(DIAGNOSTIC_CODES).sort());
  });

  test("tells many problems of many documents in one run, each once, in order", () => {
    using spec = plantSpec(
      editedDocuments([
        ["tag-ranges.json#/ranges/demo/from", 100],
        ["base/types.json", "{"],
        ["demo/types.json#/types/Options/base", "u64"],
        ["demo/messages/talk.json#/messages/Hello/transport", "wier"],
        ["demo/machines/greeting.json#/transitions/0/to", "callin"],
        ["demo/rpc/desk.json#/carrier", undefined],
        ["demo/rpc/desk.json#/errors/busy/code", -32700],
        ["demo/http.json#/operations/put/path", "/notes/:a/:a"],
      ]),
    );
    const { model, diagnostics } = diagnoseSpec(spec.folder);
    assert.equal(model, undefined);
    const found = diagnostics.map(
      ({ file, line, column, code }) => `${file}:${line.toString()}:${column.toString()} ${code}`,
    );
    const place = (path: string, snippet: string): string =>
      placeOfSnippet(spec.folder, path, snippet);
    assert.deepEqual(found, [
      "spec/base/types.json:1:2 json-syntax",
      `${place("demo/http.json", '"path": |"/notes/:a/:a"')} path-parameter`,
      `${place("demo/machines/greeting.json", '|"callin"')} unknown-state`,
      `${place("demo/messages/talk.json", '|"wier"')} unknown-transport`,
      `${place("demo/rpc/desk.json", "|-32700")} error-code-reserved`,
      `${place("demo/types.json", '|"u64"')} value-malformed`,
      `${place("tag-ranges.json", '"from": |100')} range-overlap`,
    ]);
  });

  test("never throws, whatever becomes of the documents: it gives problems or a model", () => {
    fc.assert(
      fc.property(brokenDocuments(), (documents) => {
        using spec = plantSpec(documents);
        const { model, diagnostics } = diagnoseSpec(spec.folder);
        assert.equal(model === undefined, diagnostics.length > 0);
        for (const { line, column, code, file } of diagnostics) {
          assert.ok(line >= 1 && column >= 1 && code in DIAGNOSTIC_CODES);
          assert.ok(file.startsWith("spec"));
        }
      }),
      { numRuns: 150 },
    );
  });
});

/** The sample with a document cut off, or with some values replaced, removed or put elsewhere. */
function brokenDocuments(): fc.Arbitrary<Documents> {
  const paths = Object.keys(sampleDocuments);
  const cut = fc
    .record({ path: fc.constantFrom(...paths), at: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map(({ path, at }) => {
      const documents = editedDocuments([]);
      const text = JSON.stringify(documents.get(path), null, 2);
      return documents.set(path, text.slice(0, Math.floor(at * text.length)));
    });
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constant(undefined),
    fc.constantFrom(
      "u8",
      "Hello",
      "Mark",
      "idle",
      "retry",
      "*",
      "alice",
      0,
      1,
      101,
      2 ** 40,
      -1,
      0.5,
      [],
      {},
    ),
  );
  const edit = fc.tuple(fc.constantFrom(...paths.flatMap((path) => placesIn(path))), value);
  const edited = fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const documents = editedDocuments([]);
    for (const [[path, steps], replacement] of edits)
      replace(documents.get(path), steps, replacement);
    return documents;
  });
  return fc.oneof({ arbitrary: cut, weight: 1 }, { arbitrary: edited, weight: 4 });
}

type Steps = readonly string[];

function placesIn(path: string): readonly (readonly [string, Steps])[] {
  const places: (readonly [string, Steps])[] = [];
  const visit = (value: unknown, steps: Steps): void => {
    if (steps.length > 0) places.push([path, steps]);
    if (typeof value !== "object" || value === null) return;
    for (const [key, child] of Object.entries(value)) visit(child, [...steps, key]);
  };
  visit(sampleDocuments[path], []);
  return places;
}

/** Replaces a value; does nothing if an earlier replacement has removed what holds it. */
function replace(document: unknown, steps: Steps, value: unknown): void {
  const holder = steps.slice(0, -1).reduce<unknown>((inner, step) => {
    return typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined;
  }, document);
  if (typeof holder === "object" && holder !== null) Reflect.set(holder, steps.at(-1) ?? "", value);
}
