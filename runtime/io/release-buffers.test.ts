import assert from "node:assert/strict";
import { test } from "node:test";
import { releaseBuffers } from "./release-buffers.ts";

test("a large buffer of its own has no bytes any more, a part of another and a small one keep theirs", () => {
  const own = new Uint8Array(65_536).fill(1);
  const whole = new Uint8Array(65_536).fill(2);
  const part = whole.subarray(0, 8192);
  const small = new Uint8Array(16).fill(3);
  releaseBuffers([own, part, small]);
  assert.deepEqual([own.length, part.length, small.length], [0, 8192, 16]);
  assert.ok(whole.every((byte) => byte === 2));
  // Nothing is left to give back.
  releaseBuffers([own]);
});
