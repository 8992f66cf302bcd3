import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { choosePath } from "./choose-path.ts";
import type { PathCandidate, PathWish } from "./choose-path.ts";

const node = (name: string, operator: string, load = 0, isDoubtful = false): PathCandidate => ({
  name,
  operator,
  load,
  isDoubtful,
});

const ends = [node("ada", "home of ada"), node("bob", "home of bob")] as const;

function wish(
  candidates: readonly PathCandidate[],
  more: Partial<PathWish<PathCandidate>> = {},
): PathWish<PathCandidate> {
  return {
    relays: 1,
    ends,
    candidates,
    exclude: [],
    latencyMs: () => 10,
    loadCostMs: 40,
    random: () => 0,
    ...more,
  };
}

const names = (path: readonly PathCandidate[] | undefined): readonly string[] | undefined =>
  path?.map(({ name }) => name);

test("A path has as many relays as wanted, no operator twice, none of the ends', none that is excluded.", () => {
  const candidate = fc
    .tuple(fc.nat(20), fc.nat(6), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean())
    .map(([name, operator, load, doubt]) =>
      node(`n${String(name)}`, `o${String(operator)}`, load, doubt),
    );
  const drawn = fc.record({
    candidates: fc.uniqueArray(candidate, { maxLength: 15, selector: ({ name }) => name }),
    relays: fc.integer({ min: 0, max: 8 }),
    exclude: fc.array(fc.constantFrom<string>("n1", "n2", "o1", "o2"), { maxLength: 3 }),
    chance: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(drawn, ({ candidates, relays, exclude, chance }) => {
      const path = choosePath(wish(candidates, { relays, exclude, random: () => chance }));
      const allowed = candidates.filter(
        ({ name, operator }) => !exclude.includes(name) && !exclude.includes(operator),
      );
      const operators = new Set(allowed.map(({ operator }) => operator));
      if (path === undefined) {
        assert.ok(operators.size < relays);
        return;
      }
      assert.equal(path.length, relays);
      assert.equal(new Set(path.map(({ operator }) => operator)).size, relays);
      assert.ok(path.every((one) => allowed.includes(one)));
    }),
  );
});

test("The operators of the ends do not relay for themselves.", () => {
  assert.equal(choosePath(wish([node("cellar", "home of ada")])), undefined);
});

test("A near node is taken before a far one, and an idle one before one that is busy.", () => {
  const near = node("near", "a");
  const far = node("far", "b");
  const latencyMs = (from: PathCandidate, to: PathCandidate): number =>
    [from.name, to.name].includes("far") ? 80 : 10;
  assert.deepEqual(names(choosePath(wish([far, near], { latencyMs }))), ["near"]);
  assert.deepEqual(names(choosePath(wish([node("busy", "a", 1), node("idle", "b", 0)]))), ["idle"]);
});

test("The last relay is chosen with the way to the end in mind.", () => {
  const latencyMs = (from: PathCandidate, to: PathCandidate): number =>
    from.name === "one" && to.name === "bob" ? 500 : 10;
  assert.deepEqual(names(choosePath(wish([node("one", "a"), node("two", "b")], { latencyMs }))), [
    "two",
  ]);
});

test("A node that failed a moment ago is taken if there is no other, and only then.", () => {
  const doubtful = node("doubtful", "a", 0, true);
  const busy = node("busy", "b", 1);
  assert.deepEqual(names(choosePath(wish([doubtful, busy]))), ["busy"]);
  assert.deepEqual(names(choosePath(wish([doubtful]))), ["doubtful"]);
});
