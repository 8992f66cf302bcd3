import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameReader, TLV_FRAMING } from "../../runtime/core/index.ts";

/** Seed -1934405564 of the property on segmentation: [255, 0] in two pieces, in the framing of DHCP options. */
test("bytes after the frame that ends a sequence are dropped, in however many pieces they come", () => {
  const framing = { ...TLV_FRAMING, typeBits: 8, lengthBits: 8, bareTypes: [0, 255], endType: 255 };
  const reader = new FrameReader({ framing, maxBytes: 257 });
  for (const byte of [255, 0, 1, 1]) {
    reader.push(new Uint8Array([byte]));
    assert.equal(reader.next(), false);
  }
});
