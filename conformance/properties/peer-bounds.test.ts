import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerSigner } from "../../runtime/core/index.ts";
import { encodePeer } from "../../generated/peer/send.ts";
import type { PeerSent } from "../../generated/peer/send.ts";
import { PEER_TAGS } from "../../generated/peer/tags.ts";
import { PeerParty, PeerWorld, makeSigner } from "../world/peer-network.ts";

const ALICE = await makeSigner("alice", "ed25519");
const BOB = await makeSigner("bob", "ed25519");
const CAROL = await makeSigner("carol", "ed25519");
const MALLORY = await makeSigner("mallory", "ed25519");

/** Bytes of a client event before the payload's: header and fingerprint. */
const EVENT_HEAD_BYTES = 36;

function frameOf(sent: PeerSent): Uint8Array {
  const bytes = new Uint8Array(1300);
  return bytes.slice(0, encodePeer(sent, bytes, new DataView(bytes.buffer), 0));
}

function tagAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

/** Whether a datagram is an event of another peer with a frame of this tag. */
function isEventWith(bytes: Uint8Array, tag: number): boolean {
  return tagAt(bytes, 0) === PEER_TAGS.ClientEvent && tagAt(bytes, EVENT_HEAD_BYTES) === tag;
}

function pairOf(world: PeerWorld): readonly [PeerParty, PeerParty] {
  const add = (address: string, signer: PeerSigner): PeerParty =>
    world.addPeer(address, signer, { direct: false });
  return [add("10.0.0.1", ALICE), add("10.0.0.2", BOB)];
}

test("a server that shows another certificate than it names gets no answer", () => {
  const world = new PeerWorld(1);
  const server = world.addServer("192.0.2.1");
  const [alice, bob] = pairOf(world);
  assert.ok(world.until(() => bob.of("registered").length > 0, 1000));
  let answers = 0;
  world.network.observe = ({ from }) => {
    if (from.address === bob.host.endpoint.address) answers += 1;
  };
  const certificate = MALLORY.certificate.bytes;
  const greet = { session: 7, noise: world.crypto.randomBytes(32), certificate };
  const payload = frameOf({ name: "Greet", message: greet });
  const message = { from: alice.fingerprint, payload };
  server.host.sendDatagram(bob.host.endpoint, frameOf({ name: "ClientEvent", message }));
  world.network.run(100);
  assert.equal(answers, 0);
  assert.equal(bob.peer.counts.get("bad-certificate"), 1);
  assert.equal(bob.peer.contacts, 0);
});

test("what a server says is of another, or passes on twice, is not taken", () => {
  const world = new PeerWorld(2);
  const server = world.addServer("192.0.2.1");
  const [alice, bob] = pairOf(world);
  const first = alice.say(bob, "one");
  assert.ok(world.until(() => alice.isDelivered(first), 5000));
  const sealed: Uint8Array[] = [];
  const at = bob.host.endpoint;
  world.network.interference = {
    datagram: (passing) => {
      if (passing.to.address !== at.address || !isEventWith(passing.bytes, PEER_TAGS.Sealed)) {
        return [passing];
      }
      sealed.push(passing.bytes);
      return [];
    },
  };
  alice.say(bob, "two");
  assert.ok(world.until(() => sealed.length === 1, 1000));
  const [event = new Uint8Array(0)] = sealed;
  world.network.interference = {};
  const renamed = event.slice();
  renamed.set(CAROL.certificate.fingerprint, 4);
  server.host.sendDatagram(at, renamed);
  world.network.run(100);
  assert.deepEqual(bob.bodies, ["one"]);
  assert.equal(bob.peer.counts.get("bad-authentication"), 1);
  for (let copy = 0; copy < 2; copy += 1) server.host.sendDatagram(at, event);
  world.network.run(100);
  assert.deepEqual(bob.bodies, ["one", "two"]);
  assert.equal(bob.peer.counts.get("replayed"), 1);
});

test("a certificate that is not valid any more registers nobody, and opens no session", async () => {
  const world = new PeerWorld(3);
  const server = world.addServer("192.0.2.1");
  const late = world.addPeer("10.0.0.9", await makeSigner("late", "ed25519", -1));
  world.network.run(2000);
  assert.equal(server.server.endpointOf(late.fingerprint), undefined);
  assert.equal(server.server.registrations, 0);

  const [, bob] = pairOf(world);
  const brief = world.addPeer("10.0.0.8", await makeSigner("brief", "ed25519", 10_000), {
    direct: false,
  });
  assert.ok(world.until(() => brief.of("registered").length > 0, 1000));
  world.network.run(10_000);
  const reference = brief.say(bob, "too late", 5000);
  world.network.run(6000);
  assert.ok(brief.hasFailed(reference));
  assert.ok((bob.peer.counts.get("bad-certificate") ?? 0) > 0);
  assert.equal(bob.of("sessionOpen").length, 0);
});

test("strangers who begin and do not prove themselves take a bounded number of sessions", async () => {
  const world = new PeerWorld(4, { halfOpenMax: 2 });
  world.addServer("192.0.2.1");
  const [, bob] = pairOf(world);
  const names = ["one", "two", "three", "four"];
  const signers = await Promise.all(names.map((name) => makeSigner(name, "ed25519")));
  const strangers = signers.map((signer, at) => world.addPeer(`10.0.1.${String(at)}`, signer));
  assert.ok(world.until(() => strangers.every((one) => one.of("registered").length > 0), 1000));
  // Nobody hears Bob's answers.
  world.network.interference = {
    datagram: (one) => (isEventWith(one.bytes, PEER_TAGS.Answer) ? [] : [one]),
  };
  for (const stranger of strangers) stranger.say(bob, "hello");
  world.network.run(1000);
  assert.equal(bob.peer.contacts, 2);
  assert.ok((bob.peer.counts.get("half-open-limit") ?? 0) > 0);
});

test("a comparison with oneself comes to nothing at once", () => {
  const world = new PeerWorld(5);
  world.addServer("192.0.2.1");
  const [alice] = pairOf(world);
  const peer = alice.fingerprint;
  alice.command({ type: "compare", peer });
  world.network.run(10);
  assert.deepEqual(alice.of("compared"), [{ type: "compared", peer, result: "abandoned" }]);
});

test("messages that wait for whomever are bounded in all", () => {
  const world = new PeerWorld(5, { messagesTotalMax: 3 });
  world.addServer("192.0.2.1");
  const [alice, bob] = pairOf(world);
  const carol = world.addPeer("10.0.0.3", CAROL);
  for (const gone of [bob, carol]) world.network.remove(gone.host);
  for (const to of [bob, carol, bob]) alice.say(to, "hello?");
  const last = alice.say(carol, "one too many");
  world.network.run(10);
  assert.deepEqual(alice.of("failed"), [{ type: "failed", reference: last, reason: "queueFull" }]);
  assert.equal(alice.outgoing.length, 3);
});

test("events that wait at a server are bounded for each peer and in all", () => {
  const limits = {
    registrationMs: 5000,
    keepAliveMinMs: 1000,
    keepAliveMaxMs: 1000,
    queuePeerMax: 2,
    queueTotalMax: 3,
  };
  const world = new PeerWorld(6, limits);
  const server = world.addServer("192.0.2.1");
  const [alice, bob] = pairOf(world);
  const carol = world.addPeer("10.0.0.3", CAROL, { direct: false });
  assert.ok(world.until(() => server.server.registrations === 3, 1000));
  for (const gone of [bob, carol]) world.network.remove(gone.host);
  const away = (): number => server.events.filter(({ type }) => type === "away").length;
  assert.ok(world.until(() => away() === 2, 20_000));
  // Each greeting that nobody answers waits there.
  alice.say(bob, "are you there?");
  world.network.run(15_000);
  assert.equal(server.server.queued, 2);
  assert.ok((server.server.counts.get("queue-dropped") ?? 0) > 0);
  alice.say(carol, "are you there?");
  world.network.run(15_000);
  assert.equal(server.server.queued, 3);
  assert.ok((server.server.counts.get("queue-full") ?? 0) > 0);
});

test("one address has a bounded number of registrations, and others have theirs all the same", () => {
  const world = new PeerWorld(7, { registrationsPerAddressMax: 2 });
  const server = world.addServer("192.0.2.1");
  const signers = [ALICE, BOB, MALLORY];
  const neighbours = signers.map((signer, at) => {
    const endpoint = { address: "10.0.0.1", port: 40_000 + at };
    return new PeerParty(world, { endpoint, signer }, {});
  });
  world.network.run(1000);
  assert.equal(neighbours.filter((one) => one.of("registered").length > 0).length, 2);
  const carol = world.addPeer("10.0.0.2", CAROL);
  assert.ok(world.until(() => carol.of("registered").length > 0, 1000));
  assert.equal(server.server.registrations, 3);
});

test("a peer whose server has forgotten everything finds out by its keep-alives, and registers again", () => {
  const world = new PeerWorld(8);
  // Where there is no NAT no probe of a hole finds out before.
  const address = "2001:db8::1";
  const before = world.addServer(address);
  const alice = world.addPeer("2001:db8:1::2", ALICE);
  assert.ok(world.until(() => alice.of("registered").length === 1, 1000));
  world.network.remove(before.host);
  world.servers.pop();
  const after = world.addServer(address);
  const { keepAliveAnswerMs, keepAlivesLostMax, refreshMs } = world.limits;
  const patienceMs = refreshMs + (keepAlivesLostMax + 1) * keepAliveAnswerMs;
  assert.ok(world.until(() => alice.of("registered").length === 2, patienceMs));
  assert.deepEqual(after.server.endpointOf(alice.fingerprint), alice.host.endpoint);
});
