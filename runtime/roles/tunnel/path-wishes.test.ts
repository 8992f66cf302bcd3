import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PreferPathParams } from "../../../generated/tunnel/rpc/tube-user.ts";
import { PathWishes } from "./path-wishes.ts";

const wishOf = (local_id: string, exclude: readonly string[] = []): PreferPathParams => ({
  local_id,
  relays: 3,
  exclude: [...exclude],
  plain: false,
});

test("the newest wishes are kept, each serves one request, and no request goes without a wish that was sent for it", () => {
  const id = fc.nat({ max: 9 }).map(String);
  const step = fc.oneof(
    fc.record({ kind: fc.constant("wish" as const), id }),
    fc.record({ kind: fc.constant("request" as const), id }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, max) => {
      const wishes = new PathWishes(max);
      /** Every wish that no request has used, oldest first. */
      const sent = new Map<string, PreferPathParams>();
      for (const [at, { id: localId, kind }] of steps.entries()) {
        if (kind === "wish") {
          const wish = wishOf(localId, [`step ${String(at)}`]);
          sent.delete(localId);
          sent.set(localId, wish);
          wishes.add(wish);
          continue;
        }
        const taken = wishes.take(localId);
        const expected = sent.get(localId);
        const isNewest = [...sent.keys()].slice(-max).includes(localId);
        sent.delete(localId);
        if (taken.kind === "wish") assert.equal(taken.wish, expected);
        if (expected !== undefined) assert.notEqual(taken.kind, "none", "its wish was sent");
        if (isNewest && expected !== undefined) assert.notEqual(taken.kind, "none");
      }
    }),
  );
});

test("of too many wishes the oldest is forgotten, and a request without one is then known to be doubtful", () => {
  const wishes = new PathWishes(2);
  assert.equal(wishes.take("never wished").kind, "none");
  assert.deepEqual(
    ["a", "b", "c"].map((id) => wishes.add(wishOf(id))),
    [true, true, false],
  );
  assert.deepEqual(
    ["a", "b", "b", "c", "d"].map((id) => wishes.take(id).kind),
    ["forgotten", "wish", "forgotten", "wish", "forgotten"],
  );
});
