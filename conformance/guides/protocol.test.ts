import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { methodTables } from "./method-tables.ts";
import { specTables } from "./spec-tables.ts";

/** The protocol references that are held to the spec, with the folders of it that each describes. */
const REFERENCES: readonly (readonly [page: string, protocols: readonly string[]])[] = [
  ["docs/protocol/control.md", ["system", "control"]],
  ["docs/protocol/peer.md", ["peer"]],
  ["docs/protocol/tunnel.md", ["tunnel"]],
];

/** The protocols whose calls stand in their references. */
const WITH_CALLS = ["peer", "tunnel"];

/** Formatting by hand or by a formatter makes no difference: only words and their order count. */
function words(text: string): string {
  return text.replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ").trim();
}

for (const [page, protocols] of REFERENCES) {
  const reference = words(readFileSync(new URL(`../../${page}`, import.meta.url), "utf8"));
  const calls = WITH_CALLS.filter((name) => page.endsWith(`${name}.md`)).flatMap(methodTables);
  for (const { element, text } of [...protocols.flatMap(specTables), ...calls]) {
    test(`${page} says of ${element} what the spec says`, () => {
      assert.ok(reference.includes(words(text)), `${page} must hold:\n\n${text}`);
    });
  }
}
