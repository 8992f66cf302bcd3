import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import {
  assertAgreement,
  assertRefusals,
  assertRoundTrips,
  damagedValues,
} from "./codec-agreement.ts";
import { importCodec } from "./generated-codec.ts";
import { generateSpec, temporaryFolder } from "./generated-spec.ts";
import type { SpecDocuments } from "./generated-spec.ts";
import { randomSpec } from "./random-spec.ts";
import { typeProblems } from "./type-check.ts";

const folder = temporaryFolder();
let specs = 0;

test("codecs generated from any spec agree with the interpreter of that spec", async () => {
  await fc.assert(fc.asyncProperty(randomSpec(), assertSpec), { numRuns: 12 });
});

test("code generated from any spec compiles under the strictest settings", async () => {
  const typed = temporaryFolder();
  for (const [index, documents] of fc.sample(randomSpec(), 10).entries()) {
    await generateSpec(documents, join(typed, String(index)));
  }
  assert.deepEqual(typeProblems(typed), []);
});

async function assertSpec(documents: SpecDocuments): Promise<void> {
  specs += 1;
  const { model, folder: generated } = await generateSpec(documents, join(folder, String(specs)));
  for (const protocol of model.protocols) {
    for (const message of protocol.messages) {
      const subject = { message, protocol, codec: await importCodec(message, generated) };
      assertRoundTrips(subject, 15);
      assertRefusals(subject, 10);
      for (const bytes of fc.sample(damagedValues(subject), 60)) assertAgreement(subject, bytes);
    }
  }
}
