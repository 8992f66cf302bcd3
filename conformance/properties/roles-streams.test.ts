import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FAULT_TAG } from "../../generated/system/messages/connection.ts";
import { ErrorCode, PartyRole } from "../../generated/system/types.ts";
import { ControlNetwork, ROUTER_MAC } from "../world/control-network.ts";
import { HUB_ENDPOINT } from "../world/hub-party.ts";
import { ChannelPeer } from "../world/channel-peer.ts";
import { identityOf } from "../world/identities.ts";
import { RawPeer } from "../world/raw-peer.ts";
import { anyFrameArbitrary, inPieces } from "./roles-frames.ts";

const FAULT_FRAME_BYTES = 6;

/** Longer than any handshake and any wait for an answer. */
const GIVEN_UP_MS = 12_000;

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

test("a stream of anything but a handshake ends with one tag 1, in whatever pieces it comes", () => {
  const world = ControlNetwork.settled();
  const stranger = new RawPeer(world.network, { address: "198.51.100.66", port: 6 });
  const bytes = fc
    .array(anyFrameArbitrary, { minLength: 1, maxLength: 4 })
    .map((frames) => new Uint8Array(frames.flatMap((frame) => [...frame])));
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
  const victim = fc.constantFrom("hub", "server");
  fc.assert(
    fc.property(victim, bytes, sizes, (name, sent, pieceSizes) => {
      fc.pre(sent[0] !== 0 || sent[1] !== FAULT_TAG);
      const party = name === "hub" ? world.hub : (world.servers[0] ?? assert.fail());
      const before = sum(party.role.counts);
      const pieces = inPieces(sent, pieceSizes);
      const stream = stranger.open(world.network, party.host.endpoint, pieces);
      world.network.run(GIVEN_UP_MS);
      assert.ok(stranger.closed.has(stream), "it is over");
      const [high, low, , , codeHigh, code] = stranger.received.get(stream) ?? [];
      assert.deepEqual([high, low], [0, FAULT_TAG]);
      assert.equal(stranger.received.get(stream)?.length, FAULT_FRAME_BYTES, "exactly one");
      const codes: readonly number[] = [ErrorCode.refused, ErrorCode.timeout];
      assert.ok(codes.includes(((codeHigh ?? 0) << 8) | (code ?? 0)));
      const isTimeout = code === ErrorCode.timeout;
      assert.ok(isTimeout || sum(party.role.counts) > before, "counted");
    }),
    { numRuns: 150 },
  );
  assert.equal(world.hub.host.streams + (world.servers[0]?.host.streams ?? 0), 0);
  assert.ok(world.works());
});

test("one changed byte anywhere breaks one connection at most, with one tag 1 each way", () => {
  const total = streamBytesOf(() => undefined).passed;
  assert.ok(total > 10_000);
  fc.assert(
    fc.property(fc.nat(total - 1), fc.nat(7), (at, bit) => {
      const faults = new Map<string, number>();
      const { world, session } = streamBytesOf((bytes, passed, ends) => {
        const index = at - passed;
        if ((((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) === FAULT_TAG) {
          faults.set(ends, (faults.get(ends) ?? 0) + 1);
        }
        if (index >= 0 && index < bytes.length) bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
      });
      for (const [ends, count] of faults) assert.equal(count, 1, ends);
      assert.ok(world.router.calls.length <= 1);
      world.network.interference = {};
      world.client.close(session);
      world.network.run(90_000);
      assert.equal(world.placesTaken, 0);
      assert.ok(world.works(), "and all goes on");
    }),
    { numRuns: 50 },
  );
});

/** A whole life of a network, of which each written piece is shown, with what passed before. */
function streamBytesOf(see: (bytes: Uint8Array, passed: number, ends: string) => void): {
  readonly world: ControlNetwork;
  readonly passed: number;
  readonly session: number;
} {
  const world = new ControlNetwork();
  let passed = 0;
  world.network.interference.stream = ({ from, to, bytes }) => {
    see(bytes, passed, `${String(from.port)} to ${String(to.port)}`);
    passed += bytes.length;
    return [bytes];
  };
  world.settle();
  const session = world.connect();
  world.client.call(session, "system.uptime");
  return { world, passed, session };
}

/** Who is told nonsense by a peer whose identity is good. */
const VICTIMS = {
  hub: { identity: identityOf("router"), role: PartyRole.router },
  server: { identity: identityOf("hub"), role: PartyRole.hub },
  router: { identity: identityOf("hub"), role: PartyRole.hub },
  client: { identity: identityOf("server 0"), role: PartyRole.server },
} as const;

/** Lets the peer meet its victim; gives how much the victim counted. */
function meet(victim: keyof typeof VICTIMS, peer: ChannelPeer): number {
  const world = ControlNetwork.settled();
  const { client, hub, network, router } = world;
  const server = world.servers[0] ?? assert.fail();
  const party = { client, hub, router, server }[victim];
  const before = sum(party.role.counts);
  if (victim === "hub" || victim === "server") {
    const to = victim === "hub" ? PartyRole.hub : PartyRole.server;
    const hello = { from: VICTIMS[victim].role, to, ticketHint: new Uint8Array(0) };
    const host = network.host("198.51.100.66", 6);
    host.run(peer, () => undefined);
    peer.dial(victim === "hub" ? HUB_ENDPOINT : server.host.endpoint, hello);
    host.command({});
  } else if (victim === "router") {
    hub.kill();
    network.host(HUB_ENDPOINT.address, HUB_ENDPOINT.port).run(peer, () => undefined);
    const inventory = { model: "", firmware: "", hostname: "", software: "", interfaces: [] };
    router.host.command({ type: "inventory", inventory });
  } else {
    const elsewhere = { address: "203.0.113.9", port: 9 };
    client.alter = (meeting) => ({ ...meeting, server: elsewhere });
    network.host(elsewhere.address, elsewhere.port).run(peer, () => undefined);
    client.connect(ROUTER_MAC);
  }
  network.run(GIVEN_UP_MS);
  assert.equal(router.calls.length, 0);
  return sum(party.role.counts) - before;
}

test("nonsense from a peer with a good identity ends its connection only", () => {
  const record = fc
    .array(
      anyFrameArbitrary.filter((frame) => frame.length < 20_000),
      { maxLength: 3 },
    )
    .map((frames) => new Uint8Array(frames.flatMap((frame) => [...frame])));
  const victim = fc.constantFrom(...(Object.keys(VICTIMS) as (keyof typeof VICTIMS)[]));
  fc.assert(
    fc.property(victim, fc.array(record, { minLength: 1, maxLength: 3 }), (name, records) => {
      const peer = new ChannelPeer({ ...VICTIMS[name], records });
      const counted = meet(name, peer);
      assert.ok(name === "router" || peer.ends.length === 1, "it is over, and not begun again");
      const { lost, refused, timeout } = ErrorCode;
      const expected: readonly number[] = [lost, refused, timeout];
      for (const code of peer.ends) assert.ok(expected.includes(code), String(code));
      assert.ok(!peer.ends.includes(refused) || counted > 0, "a refusal is counted");
    }),
    { numRuns: 100 },
  );
});
