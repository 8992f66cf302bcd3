import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TubeUserErrors } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type { PreferPathParams } from "../../../../generated/tunnel/rpc/tube-user.ts";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { TubesBench, UNHEARD, answerInto, settle } from "./testing/tubes-bench.ts";
import type { Told } from "./testing/tubes-bench.ts";

const CRYPTO = createNodeCrypto();
const WISHES_MAX = 3;

function wishOf(localId: string, excluded: string): PreferPathParams {
  return { local_id: localId, relays: 1, exclude: [excluded], plain: false };
}

/** One thing that one of two fronts, or the world around the node, does. */
const DEED = fc.record({
  kind: fc.constantFrom(
    ...["wish", "wish", "request", "request", "request", "online", "offline", "full", "room", "no"],
  ),
  front: fc.nat(1),
  localId: fc.constantFrom("one", "two", "three", "four", "five"),
});

test("each request reaches the main server with the newest wish of its front for it, just before it, or not at all", () => {
  const seen = { withWish: 0, without: 0, refused: 0 };
  fc.assert(
    fc.property(fc.array(DEED, { maxLength: 60, size: "max" }), (deeds) => {
      const bench = new TubesBench(CRYPTO, { limits: { wishesMax: WISHES_MAX } });
      const fronts = [bench.front(), bench.front()];
      // What each front has wished and not asked for yet, and what it had to expect that is forgotten.
      const wished = fronts.map(() => new Map<string, string>());
      const { asked, link } = bench.toMain;
      for (const [at, { front: which, kind, localId }] of deeds.entries()) {
        const [front, wishes] = [fronts[which], wished[which]];
        assert.ok(front && wishes);
        if (kind === "wish") {
          const excluded = `node ${String(at)}`;
          wishes.set(localId, excluded);
          front.calls.PreferPath(wishOf(localId, excluded), UNHEARD);
          assert.equal(
            asked.at(-1)?.method === "PreferPath",
            false,
            "a wish waits for its request",
          );
        } else if (kind === "request") {
          const [told, before]: [Told, number] = [{}, asked.length];
          const excluded = wishes.get(localId);
          wishes.delete(localId);
          const params = { endpoint_name: "bob", local_id: localId };
          front.calls.RequestTube(params, answerInto(told));
          const passed = asked.slice(before);
          const wish = { method: "PreferPath", params: wishOf(localId, excluded ?? "") };
          const expected =
            told.code !== undefined
              ? []
              : [...(excluded === undefined ? [] : [wish]), { method: "RequestTube", params }];
          assert.deepEqual(
            passed.map(({ method, params: sent }) => ({ method, params: sent })),
            expected,
          );
          if (told.code !== undefined) seen.refused += 1;
          else if (excluded === undefined) seen.without += 1;
          else seen.withWish += 1;
        } else if (kind === "no") {
          settle(bench.toMain.open[0], { is_allowed: false, reason: "", tunnel_id: null });
        } else if (kind === "full" || kind === "room") {
          link.isBusy = kind === "full";
        } else {
          bench.isOnline = kind === "online";
        }
      }
    }),
    { numRuns: 500 },
  );
  for (const count of Object.values(seen)) assert.ok(count > 100, JSON.stringify(seen));
});

test("a front that sends more wishes than are kept gets no tunnel over whom it excluded, and no other front loses anything", () => {
  const bench = new TubesBench(CRYPTO, { limits: { wishesMax: WISHES_MAX } });
  const [greedy, modest] = [bench.front(), bench.front()];
  modest.calls.PreferPath(wishOf("modest", "mallory"), UNHEARD);
  for (let at = 0; at <= WISHES_MAX; at += 1) {
    greedy.calls.PreferPath(wishOf(`wish ${String(at)}`, "mallory"), UNHEARD);
  }
  const told: Told = {};
  greedy.calls.RequestTube({ endpoint_name: "bob", local_id: "wish 0" }, answerInto(told));
  assert.equal(told.code, TubeUserErrors.limit);
  assert.equal(bench.toMain.asked.length, 0);
  modest.calls.RequestTube({ endpoint_name: "bob", local_id: "modest" }, UNHEARD);
  assert.deepEqual(bench.toMain.asked[0]?.params, wishOf("modest", "mallory"));
});

test("a request that was refused leaves no wish for the next one of its name", () => {
  const bench = new TubesBench(CRYPTO);
  const front = bench.front();
  bench.isOnline = false;
  front.calls.PreferPath(wishOf("one", "mallory"), UNHEARD);
  const told: Told = {};
  front.calls.RequestTube({ endpoint_name: "bob", local_id: "one" }, answerInto(told));
  assert.equal(told.code, TubeUserErrors.offline);
  bench.isOnline = true;
  front.calls.RequestTube({ endpoint_name: "bob", local_id: "one" }, UNHEARD);
  assert.deepEqual(
    bench.toMain.asked.map(({ method }) => method),
    ["RequestTube"],
  );
});
