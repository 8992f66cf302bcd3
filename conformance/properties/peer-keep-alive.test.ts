import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import { Kernel } from "../../runtime/roles/kernel/kernel.ts";
import { HoleSearch } from "../../runtime/roles/peer/hole-search.ts";
import { peerMessageOf } from "../../runtime/roles/peer/message-names.ts";

const { keepAliveMaxMs, keepAliveMinMs, keepAliveResolutionMs } = PEER_LIMITS;

/** What a search came to behind a NAT whose hole lasts so long. */
interface Found {
  readonly periodMs: number;
  readonly probes: number;
}

/**
 * Searches. Of the server's events, those whose place in the list is true get lost although the hole is open; no two
 * in a row, which is what the search stands.
 */
function search(holeMs: number, lost: readonly boolean[]): Found {
  const kernel = new Kernel<never>({ crypto: createNodeCrypto(), unixMs: () => 0 }, peerMessageOf);
  let periodMs = keepAliveMinMs;
  let probes = 0;
  let wasLost = false;
  const nat = { isOpen: false };
  const hole: HoleSearch = new HoleSearch({
    kernel,
    limits: PEER_LIMITS,
    ask: ({ afterMs }) => {
      wasLost = !wasLost && lost[probes % lost.length] === true;
      probes += 1;
      nat.isOpen = afterMs <= holeMs && !wasLost;
    },
    hush: () => undefined,
    recover: () => undefined,
    settle: (found) => {
      periodMs = found;
    },
  });
  hole.dispatch({ name: "search" });
  for (let steps = 0; steps < 200; steps += 1) {
    if (hole.isProbing && nat.isOpen) {
      hole.dispatch({ name: "holeOpen" });
      continue;
    }
    const timer = armedTimer(kernel);
    if (timer === undefined) return { periodMs, probes };
    kernel.route({ type: "timer", timer });
  }
  throw new Error("the search does not end");
}

/** The timer that runs after what the role has just done. */
function armedTimer(kernel: Kernel<never>): string | undefined {
  let armed: string | undefined;
  for (let effect = kernel.poll(); effect !== undefined; effect = kernel.poll()) {
    if (effect.type === "armTimer") armed = effect.timer;
    else if (effect.type === "cancelTimer") armed = undefined;
  }
  return armed;
}

const HOLE_MS = fc.integer({ min: keepAliveMinMs, max: 2 * keepAliveMaxMs });

test("the period that is found holds the hole, and is within the resolution of the longest that does", () => {
  fc.assert(
    fc.property(HOLE_MS, (holeMs) => {
      const { periodMs, probes } = search(holeMs, [false]);
      assert.ok(periodMs <= holeMs, "the hole closes between two keep-alives");
      const longest = Math.min(holeMs, keepAliveMaxMs);
      assert.ok(
        periodMs >= longest - keepAliveResolutionMs,
        `${String(periodMs)} for ${String(longest)}`,
      );
      assert.ok(probes <= 12);
    }),
  );
});

test("single events that get lost do not shorten the period", () => {
  fc.assert(
    fc.property(
      HOLE_MS,
      fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
      (holeMs, lost) => {
        const { periodMs } = search(holeMs, lost);
        assert.equal(periodMs, search(holeMs, [false]).periodMs);
      },
    ),
  );
});
