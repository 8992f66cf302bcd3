import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import { Kernel } from "../../runtime/roles/kernel/kernel.ts";
import { HoleSearch } from "../../runtime/roles/peer/hole-search.ts";
import { peerMessageOf } from "../../runtime/roles/peer/message-names.ts";
import { PEER_TAGS } from "../../generated/peer/tags.ts";
import { PeerWorld, makeSigner } from "../world/peer-network.ts";

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

/** Keep-alives and probes that a peer at an address sends in an hour. */
async function sentInAnHour(server: string, peer: string): Promise<Map<number, number>> {
  const world = new PeerWorld(1);
  world.addServer(server);
  const alice = world.addPeer(peer, await makeSigner("alice"));
  assert.ok(world.until(() => alice.of("registered").length > 0, 1000));
  const sent = new Map<number, number>();
  world.network.observe = ({ from, bytes }) => {
    const tag = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    if (from.address === peer) sent.set(tag, (sent.get(tag) ?? 0) + 1);
  };
  world.network.run(3_600_000);
  assert.equal(alice.of("registered").length, 1);
  return sent;
}

test("over IPv6 without a NAT only the registration is refreshed, and no hole is probed", async () => {
  const sent = await sentInAnHour("2001:db8::1", "2001:db8:1::2");
  assert.equal(sent.get(PEER_TAGS.ProbeHole), undefined);
  const refreshes = 3_600_000 / PEER_LIMITS.refreshMs;
  const seen = sent.get(PEER_TAGS.KeepAlive) ?? 0;
  assert.ok(seen >= refreshes - 1 && seen <= refreshes, String(seen));
});

test("over IPv4 the hole is probed, and then held by as few keep-alives as it needs", async () => {
  const sent = await sentInAnHour("192.0.2.1", "10.0.0.1");
  assert.ok((sent.get(PEER_TAGS.ProbeHole) ?? 0) > 0);
  const most = 3_600_000 / keepAliveMaxMs + 10;
  assert.ok((sent.get(PEER_TAGS.KeepAlive) ?? 0) <= most, String(sent.get(PEER_TAGS.KeepAlive)));
});
