import assert from "node:assert/strict";
import { test } from "node:test";
import type { ControlChecker } from "../happening.ts";
import { CheckerBench } from "./checker-bench.ts";

/** Something that happens, told to a checker. */
export type Tell = (bench: CheckerBench) => void;

/** Tests that a checker admits the first story and objects to each of the others. */
export function rule(
  checker: ControlChecker,
  kept: Tell,
  broken: Readonly<Record<string, Tell>>,
): void {
  test(`${checker.name} admits what is right`, () => {
    assert.deepEqual(CheckerBench.verdict(checker, kept), []);
  });
  for (const [what, tell] of Object.entries(broken)) {
    test(`${checker.name} sees ${what}`, () => {
      assert.equal(CheckerBench.verdict(checker, tell).length > 0, true);
      failed.add(checker.name);
    });
  }
}

/** Tests that each of these checkers was seen to fail by a rule of this process. */
export function everyCheckerFailed(checkers: readonly ControlChecker[]): void {
  test("every checker was seen to fail", () => {
    assert.deepEqual([...failed].sort(), checkers.map(({ name }) => name).sort());
  });
}

const failed = new Set<string>();
