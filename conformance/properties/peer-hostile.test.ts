import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerSigner } from "../../runtime/core/index.ts";
import { encodePeer } from "../../generated/peer/send.ts";
import type { PeerSent } from "../../generated/peer/send.ts";
import { PEER_TAGS } from "../../generated/peer/tags.ts";
import { Path } from "../../runtime/roles/peer/path.ts";
import { Kernel } from "../../runtime/roles/kernel/kernel.ts";
import { peerMessageOf } from "../../runtime/roles/peer/message-names.ts";
import { PeerWorld, makeSigner } from "../world/peer-network.ts";
import type { PeerParty, ServerParty } from "../world/peer-network.ts";

const ALICE = await makeSigner("alice", "ed25519");
const BOB = await makeSigner("bob", "ed25519");
const STRANGERS = await Promise.all(
  Array.from({ length: 6 }, (_, at) => makeSigner(`stranger ${String(at)}`, "ed25519")),
);

/** A message is repeated after 400 ms, and again 800 ms later. */
const SECOND_ATTEMPT_MS = 600;

function frameOf(sent: PeerSent): Uint8Array {
  const bytes = new Uint8Array(1300);
  return bytes.slice(0, encodePeer(sent, bytes, new DataView(bytes.buffer), 0));
}

function tagOf(bytes: Uint8Array, offset = 0): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function add(world: PeerWorld, address: string, signer: PeerSigner): PeerParty {
  return world.addPeer(address, signer, { direct: false });
}

/** A server says that this frame came from somebody. */
function claim(server: ServerParty, to: PeerParty, from: Uint8Array, sent: PeerSent): void {
  const message = { from, payload: frameOf(sent) };
  server.host.sendDatagram(to.host.endpoint, frameOf({ name: "ClientEvent", message }));
}

test("a server that keeps what a peer sends, and makes frames up to be preferred, holds up nobody who has another server", () => {
  const world = new PeerWorld(1);
  const evil = world.addServer("192.0.2.1");
  world.addServer("192.0.2.2");
  const [alice, bob] = [add(world, "10.0.0.1", ALICE), add(world, "10.0.0.2", BOB)];
  assert.ok(world.until(() => bob.of("registered").length === 2, 1000));
  // Nothing that Bob says passes it, and what is said to him does.
  world.network.interference = {
    datagram: (one) => {
      const isToEvil = one.to.address === evil.endpoint.address;
      const isBobs = one.from.address === bob.host.endpoint.address;
      return isToEvil && isBobs && tagOf(one.bytes) === PEER_TAGS.Send ? [] : [one];
    },
  };
  const introduce = { session: 1, certificate: ALICE.certificate.bytes };
  const first = alice.say(bob, "hello");
  assert.ok(world.until(() => alice.isDelivered(first), 8000));
  for (let round = 0; round < 10; round += 1) {
    claim(evil, bob, alice.fingerprint, { name: "Introduce", message: introduce });
    world.network.run(100);
    // The second attempt gets through, if not the first.
    const back = bob.say(alice, `from ${String(round)}`);
    const isThere = world.until(() => bob.isDelivered(back), SECOND_ATTEMPT_MS);
    assert.ok(isThere, `round ${String(round)}`);
  }
});

test("a receipt that a server kept goes through every server when the message is repeated", () => {
  const world = new PeerWorld(6);
  world.addServer("192.0.2.1");
  world.addServer("192.0.2.2");
  const [alice, bob] = [add(world, "10.0.0.1", ALICE), add(world, "10.0.0.2", BOB)];
  assert.ok(world.until(() => bob.of("registered").length === 2, 1000));
  const first = alice.say(bob, "hello");
  assert.ok(world.until(() => alice.isDelivered(first), 8000));
  const through = new Set<string>();
  world.network.interference = {
    datagram: (one) => {
      const isReceipt = one.from.address === bob.host.endpoint.address;
      if (!isReceipt || tagOf(one.bytes) !== PEER_TAGS.Send) return [one];
      through.add(one.to.address);
      return [];
    },
  };
  alice.say(bob, "repeated");
  world.network.run(300);
  assert.equal(through.size, 1);
  through.clear();
  // It is repeated once, where its sender heard the other last.
  world.network.run(700);
  assert.equal(through.size, 2);
});

test("frames of sessions that nobody has make a peer greet few at a time, and only through the server that brought them", () => {
  const world = new PeerWorld(2, { halfOpenMax: 3 });
  const evil = world.addServer("192.0.2.1");
  const others = ["192.0.2.2", "192.0.2.3"].map((address) => world.addServer(address));
  const bob = add(world, "10.0.0.2", BOB);
  assert.ok(world.until(() => bob.of("registered").length === 3, 1000));
  const greeted = new Map<string, number>();
  world.network.observe = ({ from, to, bytes }) => {
    if (from.address !== bob.host.endpoint.address || tagOf(bytes) !== PEER_TAGS.Send) return;
    greeted.set(to.address, (greeted.get(to.address) ?? 0) + 1);
  };
  const sealed = { session: 5, number: 0, content: new Uint8Array(40) };
  for (let step = 0; step < 100; step += 1) {
    const from = world.crypto.randomBytes(32);
    claim(evil, bob, from, { name: "Sealed", message: sealed });
    world.network.run(10);
  }
  assert.ok(bob.peer.contacts <= 3, String(bob.peer.contacts));
  for (const { endpoint } of others) assert.equal(greeted.get(endpoint.address), undefined);
  assert.ok((greeted.get(evil.endpoint.address) ?? 0) <= 3 * 5);
});

test("strangers who begin and do not prove themselves keep out nobody whose certificate was compared", () => {
  const world = new PeerWorld(3, { halfOpenMax: 2 });
  world.addServer("192.0.2.1");
  const alice = add(world, "10.0.0.1", ALICE);
  const bob = world.addPeer("10.0.0.2", BOB, {
    direct: false,
    pinned: [{ fingerprint: ALICE.certificate.fingerprint, name: "alice" }],
  });
  const strangers = STRANGERS.map((signer, at) => add(world, `10.0.1.${String(at)}`, signer));
  assert.ok(world.until(() => strangers.every((one) => one.of("registered").length > 0), 2000));
  // The strangers say no word after their greeting.
  world.network.interference = { cut: (_from, to) => to.address.startsWith("10.0.1.") };
  for (const stranger of strangers) stranger.say(bob, "hello");
  world.network.run(500);
  const said = alice.say(bob, "it is me");
  assert.ok(world.until(() => alice.isDelivered(said), 2000));
  assert.ok((bob.peer.counts.get("half-open-limit") ?? 0) > 0);
});

test("files of strangers are bounded in all, and keep out none of a peer that was compared", () => {
  const world = new PeerWorld(4, { transfersMax: 2 });
  world.addServer("192.0.2.1");
  const alice = add(world, "10.0.0.1", ALICE);
  const bob = world.addPeer("10.0.0.2", BOB, {
    direct: false,
    pinned: [{ fingerprint: ALICE.certificate.fingerprint, name: "alice" }],
  });
  // Bob's user is not there.
  bob.answersOffers = false;
  const strangers = STRANGERS.map((signer, at) => add(world, `10.0.1.${String(at)}`, signer));
  for (const [at, stranger] of strangers.entries()) {
    stranger.offer(bob, at + 1, new Uint8Array(5000));
  }
  world.network.run(3000);
  assert.equal(bob.of("fileOffered").length, 2);
  alice.offer(bob, 100, new Uint8Array(5000));
  assert.ok(world.until(() => bob.of("fileOffered").length === 3, 5000));
  assert.ok((bob.peer.counts.get("file-not-taken") ?? 0) > 0);
});

test("a peer that offers addresses all the time has no more sent to them than by one offer, and nothing where many listen", () => {
  const world = new PeerWorld(5);
  const kernel = new Kernel<never>({ crypto: world.crypto, unixMs: () => 0 }, peerMessageOf);
  const targets: string[] = [];
  const path = new Path({
    kernel,
    limits: world.limits,
    scope: "path",
    candidates: () => [],
    periodMs: () => 10_000,
    send: () => undefined,
    sendTo: ({ address }) => targets.push(address),
    opened: () => undefined,
    relayed: () => undefined,
  });
  const addresses = ["198.51.100.9", "224.0.0.1", "255.255.255.255", "0.0.0.0", "ff02::1"];
  const candidates = addresses.map((address) => ({ address, port: 9 }));
  for (let round = 1; round <= 100; round += 1) {
    kernel.nowMs = round;
    path.dispatch({ name: "PathOffer", message: { round, candidates } });
  }
  assert.deepEqual(targets, ["198.51.100.9"]);
});
