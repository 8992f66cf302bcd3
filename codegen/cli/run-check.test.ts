import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { editedDocuments, placeOfSnippet, plantSpec } from "../load/testing/planted-spec.ts";
import { runCheck } from "./run-check.ts";
import { captureOutput } from "./testing/captured-output.ts";

suite("tagwire check", () => {
  test("says what a sound spec holds and ends with 0", () => {
    using spec = plantSpec();
    const output = captureOutput(spec.parent);
    assert.equal(runCheck("spec", output), 0);
    const summary = "2 protocols, 4 messages, 5 types, 1 machine, 2 methods, 2 operations";
    assert.equal(output.text(), `spec: ${summary}. No problems.\n`);
  });

  test("prints each problem on a line that editors open, a summary, and ends with 1", () => {
    using spec = plantSpec(
      editedDocuments([
        ["demo/messages/talk.json#/messages/Welcome/tag", 101],
        ["demo/messages/talk.json#/messages/Bundle/maxBytes", 9999],
        ["tag-ranges.json#/ranges/demo/from", 100],
      ]),
    );
    const output = captureOutput(spec.parent);
    assert.equal(runCheck("spec", output), 1);
    const [first, ...others] = output.lines();
    const place = placeOfSnippet(
      spec.folder,
      "demo/messages/talk.json",
      '"tag": |101,\n      "doc": "Greets back',
    );
    const taken = "Tag 101 of Welcome is taken by Hello (spec/demo/messages/talk.json:4).";
    const remedy = "The next free tag of the range demo is 100.";
    assert.equal(first, `${place}  error tag-twice  ${taken} — ${remedy}`);
    assert.equal(others.at(-1), "3 problems in 2 files.");
    assert.equal(others.length, 3);
  });

  test("prints one JSON object for tools, with paths from the working folder", () => {
    using spec = plantSpec(editedDocuments([["demo/protocol.json#/versoin", 1]]));
    const output = captureOutput(spec.folder, true);
    assert.equal(runCheck(".", output), 1);
    const { ok, problems } = JSON.parse(output.text()) as {
      readonly ok: boolean;
      readonly problems: readonly Record<string, unknown>[];
    };
    assert.equal(ok, false);
    assert.deepEqual(
      problems.map(({ file, code, pointer, remedy }) => ({ file, code, pointer, remedy })),
      [
        {
          file: "demo/protocol.json",
          code: "property-unknown",
          pointer: "/versoin",
          remedy: "Did you mean version?",
        },
      ],
    );
  });

  test("ends with 2 if there is no such folder", () => {
    using spec = plantSpec();
    const output = captureOutput(spec.parent);
    assert.equal(runCheck("specs", output), 2);
    assert.match(output.text(), /There is no folder specs\./);
  });
});
