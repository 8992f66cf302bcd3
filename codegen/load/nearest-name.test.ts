import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { nearestName, suggestName } from "./nearest-name.ts";

const name = fc.stringMatching(/^[a-z][a-zA-Z]{3,11}$/);

suite("the nearest name", () => {
  test("is the name itself where it is known", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, selector: (text) => text.toLowerCase() }),
        (names) => {
          for (const known of names) assert.equal(nearestName(known, names), known);
        },
      ),
    );
  });

  test("is found through one wrong, missing, added or swapped letter", () => {
    fc.assert(
      fc.property(
        name,
        fc.nat(),
        fc.constantFrom("replace", "remove", "add", "swap"),
        (known, at, how) => {
          const index = at % (known.length - 1);
          const [before, letter, after] = [
            known.slice(0, index),
            known.charAt(index),
            known.slice(index + 1),
          ];
          const wrong = {
            replace: `${before}q${after}`,
            remove: before + after,
            add: `${before}${letter}q${after}`,
            swap: before + after.charAt(0) + letter + after.slice(1),
          }[how];
          assert.equal(nearestName(wrong, ["somethingElseAltogether", known]), known);
        },
      ),
    );
  });

  test("is none where all are far", () => {
    assert.equal(nearestName("telemetry", ["hub", "server", "client"]), undefined);
    assert.equal(suggestName("telemetry", ["hub", "server"]), "Known: hub, server.");
    assert.equal(suggestName("telemetry", []), "None is defined here.");
  });
});
