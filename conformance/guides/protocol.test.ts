import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { specTables } from "./spec-tables.ts";

/** Formatting by hand or by a formatter makes no difference: only words and their order count. */
function words(text: string): string {
  return text.replaceAll(/-{3,}/g, "---").replaceAll(/\s+/g, " ").trim();
}

const REFERENCE = words(
  readFileSync(new URL("../../docs/protocol/control.md", import.meta.url), "utf8"),
);

for (const { element, text } of ["system", "control"].flatMap(specTables)) {
  test(`the protocol reference says of ${element} what the spec says`, () => {
    assert.ok(REFERENCE.includes(words(text)), `docs/protocol/control.md must hold:\n\n${text}`);
  });
}
