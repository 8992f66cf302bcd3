import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isInstalled, requireOrSkip, TOOL_PACKAGES } from "./require.ts";

function skipRecorder(): { readonly reasons: string[]; skip(reason?: string): void } {
  const reasons: string[] = [];
  return {
    reasons,
    skip: (reason = "") => {
      reasons.push(reason);
    },
  };
}

test("A missing tool skips the test under the tool's name.", () => {
  const t = skipRecorder();
  assert.equal(requireOrSkip(t, "tshark", { PATH: "" }), false);
  assert.deepEqual(t.reasons, ["tshark is not installed (Debian package tshark)"]);
});

test("A missing tool fails the test where it is required by name or by all.", () => {
  const t = skipRecorder();
  for (const required of ["all", "tshark", "chromium,tshark"]) {
    assert.throws(
      () => requireOrSkip(t, "tshark", { PATH: "", TAGWIRE_REQUIRE: required }),
      /TAGWIRE_REQUIRE/,
    );
  }
  assert.equal(requireOrSkip(t, "tshark", { PATH: "", TAGWIRE_REQUIRE: "chromium" }), false);
});

test("A program counts as installed only if it may be executed.", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "tagwire-require-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const program = join(folder, "tshark");
  writeFileSync(program, "#!/bin/sh\n", { mode: 0o600 });
  assert.equal(isInstalled("tshark", `:${folder}`), false);
  chmodSync(program, 0o700);
  assert.equal(isInstalled("tshark", `:${folder}`), true);
});

test("CI installs the package of every tool that a test may require.", () => {
  const script = readFileSync(new URL("../.ci/run", import.meta.url), "utf8");
  const packages = /^packages=\((.*)\)$/m.exec(script)?.[1]?.split(" ") ?? [];
  assert.deepEqual([...packages].sort(), Object.values(TOOL_PACKAGES).sort());
});
