import assert from "node:assert/strict";
import { test } from "node:test";
import { TunnelError, tunnelErrorReason } from "./tunnel-error.ts";

test("what the other side says is shown, and a terminal obeys none of it", () => {
  const detail = "no\u001b[2J\r\nok\u0007 \u202egnp.exe \u2066x\u009b1m";
  const { message, problem } = new TunnelError("user bob", "refused", { detail });
  assert.match(problem, /^does not allow the tunnel \(no.*ok.*gnp\.exe.*\)\.$/);
  assert.doesNotMatch(message, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
});

test("a reason that this version does not know counts as a lost chain", () => {
  assert.equal(tunnelErrorReason("unkept"), "unkept");
  assert.equal(tunnelErrorReason("toString"), "lost");
});
