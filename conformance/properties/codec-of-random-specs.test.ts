import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { emitSpec } from "../../codegen/emit/emit.ts";
import { loadSpec } from "../../codegen/load/load-spec.ts";
import { assertAgreement, assertRoundTrips, damagedValues } from "./codec-agreement.ts";
import { importCodec } from "./generated-codec.ts";
import { randomSpec, writeDocuments } from "./random-spec.ts";
import type { SpecDocuments } from "./random-spec.ts";

const ROOT = join(import.meta.dirname, "../..");
const CORE = pathToFileURL(join(ROOT, "runtime/core/index.ts")).href;

// Below the repository, because the generated arbitraries import fast-check from there.
mkdirSync(join(ROOT, ".tagwire"), { recursive: true });
const folder = mkdtempSync(join(ROOT, ".tagwire/random-spec-"));
after(() => {
  rmSync(folder, { recursive: true });
});

let specs = 0;

test("codecs generated from any spec agree with the interpreter of that spec", async () => {
  await fc.assert(fc.asyncProperty(randomSpec(), assertSpec), { numRuns: 12 });
});

async function assertSpec(documents: SpecDocuments): Promise<void> {
  specs += 1;
  const own = join(folder, String(specs));
  writeDocuments(documents, join(own, "spec"));
  const { model, diagnostics } = loadSpec(join(own, "spec"));
  assert.deepEqual(diagnostics, []);
  assert.ok(model !== undefined);
  for (const [path, text] of await emitSpec(model, { core: CORE })) {
    const file = join(own, "generated", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const protocol of model.protocols) {
    for (const message of protocol.messages) {
      const codec = await importCodec(message, join(own, "generated"));
      const subject = { message, protocol, codec };
      assertRoundTrips(subject, 15);
      for (const bytes of fc.sample(damagedValues(subject), 60)) assertAgreement(subject, bytes);
    }
  }
}
