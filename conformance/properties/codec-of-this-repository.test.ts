import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { loadSpec } from "../../codegen/load/load-spec.ts";
import {
  assertAgreement,
  assertRefusals,
  assertRoundTrips,
  damagedValues,
} from "./codec-agreement.ts";
import { importCodec } from "./generated-codec.ts";

// Texts and bytes of more than a few characters, so that codecs take their long ways too.
fc.configureGlobal({ ...fc.readConfigureGlobal(), baseSize: "medium" });

const ROOT = join(import.meta.dirname, "../..");
const { model } = loadSpec(join(ROOT, "spec"));
assert.ok(model !== undefined, "the spec of this repository is sound");

for (const protocol of model.protocols) {
  suite(`messages of ${protocol.name}`, async () => {
    for (const message of protocol.messages) {
      const codec = await importCodec(message, join(ROOT, "generated"));
      const subject = { message, protocol, codec };
      test(`every ${message.name} round-trips, as the bytes that the spec says`, () => {
        assertRoundTrips(subject, 60);
      });
      test(`a ${message.name} that does not fit its wire types or the buffer is a RangeError`, () => {
        assertRefusals(subject, 25);
      });
      test(`any bytes are a ${message.name} to decoder, view and interpreter alike, or a WireError`, () => {
        const damaged = damagedValues(subject);
        fc.assert(
          fc.property(damaged, (bytes) => {
            assertAgreement(subject, bytes);
          }),
          { numRuns: 150 },
        );
      });
    }
  });
}
