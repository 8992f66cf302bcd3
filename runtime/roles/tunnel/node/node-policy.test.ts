import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { TunnelNodeErrors } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { TubesBench } from "./testing/tubes-bench.ts";
import type { TubesBenchOptions } from "./testing/tubes-bench.ts";

const CRYPTO = createNodeCrypto();
const TUNNEL = "A".repeat(22);
const PUBLIC = "203.0.113.7:4711";
const NEXT = "203.0.113.8";
const NOT_ALLOWED = { result: { is_allowed: false, port: null } };

/** How a node with this policy answers the wish for one relayed part, and whom it dials. */
function relayed(
  options: TubesBenchOptions,
  from = PUBLIC,
  user = "ada",
): { readonly told: object; readonly dialled: readonly string[] } {
  const bench = new TubesBench(CRYPTO, options);
  const told = bench.make(TUNNEL, { from, to: NEXT }, user);
  return { told, dialled: bench.dialled.map(({ to }) => `${to.address} ${String(to.port)}`) };
}

function assertRefused(outcome: ReturnType<typeof relayed>, told: object): void {
  assert.deepEqual(outcome.told, told);
  assert.deepEqual(outcome.dialled, []);
}

test("a main server that asks a node which does not relay, or not for this user, is refused and nobody is dialled", () => {
  assertRefused(relayed({ description: { relays: false } }), NOT_ALLOWED);
  assertRefused(relayed({ description: { relay_for: ["bob"] } }), NOT_ALLOWED);
  assert.deepEqual(relayed({ description: { relay_for: ["bob", "ada"] } }).dialled, [
    "203.0.113.7 4711",
  ]);
});

test("a node relays no more tunnels at a time than its operator allows, whatever the main server counts", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), (tunnels_max) => {
      const bench = new TubesBench(CRYPTO, { description: { tunnels_max } });
      const ids = Array.from(
        { length: tunnels_max + 2 },
        (_, at) => `${"A".repeat(21)}${String(at)}`,
      );
      const told = ids.map((id) => bench.make(id, { from: PUBLIC, to: NEXT }));
      assert.equal(bench.dialled.length, tunnels_max);
      for (const { code } of told.slice(tunnels_max)) assert.equal(code, TunnelNodeErrors.full);
      // One that is over makes room.
      const [first] = ids;
      if (first === undefined || tunnels_max === 0) return;
      bench.tubes.close(first);
      assert.deepEqual(bench.make(first, { from: PUBLIC, to: NEXT }), {});
      assert.equal(bench.dialled.length, tunnels_max + 1);
    }),
  );
});

test("a node is the end of no more tunnels than a user may have", () => {
  const bench = new TubesBench(CRYPTO, { limits: { tunnelsPerUserMax: 2 } });
  const front = bench.front();
  bench.tubes.accept(front.visit);
  const told = ["0", "1", "2"].map((at) =>
    bench.make(`${"A".repeat(21)}${at}`, { from: PUBLIC, to: null }),
  );
  assert.deepEqual(
    told.map(({ code }) => code),
    [undefined, undefined, TunnelNodeErrors.full],
  );
});

test("nobody makes a node dial what only its own machine or network reaches", () => {
  const own = fc.constantFrom(
    "127.0.0.1:22",
    "10.0.0.1:80",
    "192.168.1.1:80",
    "172.16.0.9:443",
    "100.64.0.1:80",
    "169.254.169.254:80",
    "0.0.0.0:80",
    "224.0.0.1:80",
    "[::1]:22",
    "[::]:22",
    "[fe80::1]:22",
    "[fd00::1]:22",
    "[::ffff:127.0.0.1]:22",
    "[::ffff:7f00:1]:22",
    "[0:0:0:0:0:ffff:a00:1]:22",
    "[64:ff9b::7f00:1]:22",
  );
  fc.assert(
    fc.property(own, (from) => {
      assertRefused(relayed({}, from), { code: TunnelNodeErrors.privateAddress });
    }),
  );
});

test("where the main server is in the same private place, or the operator says so, private addresses are dialled", () => {
  assert.equal(relayed({ main: "192.168.1.2" }, "192.168.1.4:5000").dialled.length, 1);
  assert.equal(relayed({ main: "127.0.0.1" }, "127.0.0.1:5000").dialled.length, 1);
  assert.equal(relayed({ main: "::ffff:127.0.0.1" }, "[::1]:5000").dialled.length, 1);
  assert.equal(relayed({ allowPrivate: true }, "10.0.0.1:5000").dialled.length, 1);
  const told = { code: TunnelNodeErrors.privateAddress };
  assertRefused(relayed({ main: "192.168.1.2" }, "127.0.0.1:5000"), told);
  assertRefused(relayed({ allowPrivate: true }, "169.254.169.254:80"), told);
  assertRefused(relayed({ allowPrivate: true }, "224.0.0.1:80"), told);
});

test("a part whose addresses are none is refused, and nothing of it is kept", () => {
  for (const [from, to] of [
    ["host:80", NEXT],
    ["[203.0.113.7]:80", NEXT],
    ["203.0.113.7:0", NEXT],
    [PUBLIC, "host"],
    [PUBLIC, ""],
  ] as const) {
    const bench = new TubesBench(CRYPTO);
    assert.deepEqual(bench.make(TUNNEL, { from, to }), { code: TunnelNodeErrors.notPrepared });
    assert.deepEqual(bench.tubes.holdings, { tubes: 0, known: 0, requests: 0 });
  }
});

test("the link after is admitted from the address that the main server named, however both are written", () => {
  for (const [named, seen] of [
    ["2001:db8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:DB8::0001", "2001:db8::1"],
    ["::ffff:203.0.113.8", "203.0.113.8"],
    ["203.0.113.8", "::ffff:203.0.113.8"],
    ["::ffff:cb00:7108", "203.0.113.8"],
  ] as const) {
    const bench = new TubesBench(CRYPTO);
    const told = bench.make(TUNNEL, { from: PUBLIC, to: named });
    bench.welcome(bench.dialled[0]?.stream ?? 0);
    const [listener = 0] = bench.listeners;
    bench.handle({ type: "listening", listener, port: 5000 });
    assert.deepEqual(told.result, { is_allowed: true, port: 5000 });
    const stranger = bench.join(listener, "203.0.113.9");
    assert.ok(bench.isClosed(stranger));
    bench.join(listener, seen);
    assert.ok(
      bench.effects.some(({ type }) => type === "relayStreams"),
      `${seen} for ${named}`,
    );
  }
});
