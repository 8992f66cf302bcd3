import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Endpoint } from "../../runtime/core/index.ts";
import {
  keepAliveArbitrary,
  probeHoleArbitrary,
  proofArbitrary,
  registerArbitrary,
  sendArbitrary,
} from "../../generated/peer/testing/arbitraries.ts";
import { encodePeer } from "../../generated/peer/send.ts";
import type { PeerSent } from "../../generated/peer/send.ts";
import { PEER_TAGS } from "../../generated/peer/tags.ts";
import { registrationStatement } from "../../runtime/roles/peer/statements.ts";
import { PeerWorld, makeSigner } from "../world/peer-network.ts";
import type { PeerParty, ServerParty } from "../world/peer-network.ts";

const ALICE = await makeSigner("alice");
const BOB = await makeSigner("bob");
const CAROL = await makeSigner("carol");
const MALLORY: Endpoint = { address: "203.0.113.66", port: 6666 };

/** Any message to a server. */
const TO_SERVER: fc.Arbitrary<PeerSent> = fc.oneof(
  registerArbitrary().map((message) => ({ name: "Register", message }) as const),
  proofArbitrary().map((message) => ({ name: "Proof", message }) as const),
  keepAliveArbitrary().map((message) => ({ name: "KeepAlive", message }) as const),
  sendArbitrary().map((message) => ({ name: "Send", message }) as const),
  probeHoleArbitrary().map((message) => ({ name: "ProbeHole", message }) as const),
);

function frameOf(sent: PeerSent): Uint8Array {
  const bytes = new Uint8Array(1300);
  return bytes.subarray(0, encodePeer(sent, bytes, new DataView(bytes.buffer), 0));
}

function tagOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
}

function stage(): { world: PeerWorld; server: ServerParty; alice: PeerParty } {
  const world = new PeerWorld(1);
  const server = world.addServer("192.0.2.1");
  const alice = world.addPeer("10.0.0.1", ALICE);
  assert.ok(world.until(() => alice.of("registered").length > 0, 1000));
  return { world, server, alice };
}

test("strangers get no answer larger than what they sent, and the server remembers nothing of them", () => {
  const { world, server } = stage();
  const mallory = world.network.host(MALLORY.address, MALLORY.port);
  let answered = 0;
  world.network.observe = ({ to, bytes }) => {
    if (to.address === MALLORY.address) answered += bytes.length;
  };
  const datagram = fc.oneof(TO_SERVER.map(frameOf), fc.uint8Array({ maxLength: 1200 }));
  fc.assert(
    fc.property(datagram, (bytes) => {
      answered = 0;
      mallory.sendDatagram(server.endpoint, bytes);
      world.network.run(20);
      assert.ok(answered <= bytes.length, `${String(answered)} bytes for ${String(bytes.length)}`);
      assert.equal(server.server.registrations, 1);
    }),
  );
});

test("whatever of a registration is replayed or changed from elsewhere, the certificate stays with its owner's address", () => {
  const { world, server, alice } = stage();
  const mallory = world.network.host(MALLORY.address, MALLORY.port);
  const seen: Uint8Array[] = [];
  world.network.observe = ({ from, to, bytes }) => {
    const isAlices = from.address === alice.host.endpoint.address;
    if (isAlices && to.address === server.endpoint.address) seen.push(bytes);
  };
  alice.restart();
  assert.ok(world.until(() => alice.of("registered").length > 1, 1000));
  assert.ok(seen.some((bytes) => tagOf(bytes) === PEER_TAGS.Proof));
  fc.assert(
    fc.property(fc.nat(), fc.option(fc.nat()), (which, damage) => {
      const bytes = seen[which % seen.length]?.slice() ?? new Uint8Array(0);
      if (damage !== null)
        bytes[damage % bytes.length] = (bytes[damage % bytes.length] ?? 0) ^ 0x55;
      mallory.sendDatagram(server.endpoint, bytes);
      world.network.run(20);
      assert.deepEqual(server.server.endpointOf(alice.fingerprint), alice.host.endpoint);
    }),
  );
});

test("a challenge that another server passes on is not signed for the server that gave it", () => {
  const { world, server, alice } = stage();
  const victims = alice.fingerprint;
  const home = alice.host.endpoint;
  // Mallory runs a server that alice registers with, and shows her the challenge that the other server gave him.
  let passedOn = false;
  const mallory = world.network.host(MALLORY.address, MALLORY.port);
  const other = world.network.host("203.0.113.67", 7450);
  const certificate = ALICE.certificate.bytes;
  mallory.sendDatagram(server.endpoint, frameOf({ name: "Register", message: { certificate } }));
  world.network.observe = ({ to, bytes }) => {
    if (to.address === MALLORY.address && tagOf(bytes) === PEER_TAGS.Challenge) {
      other.sendDatagram(home, bytes);
    }
    if (to.address === other.endpoint.address && tagOf(bytes) === PEER_TAGS.Proof) {
      passedOn = true;
      mallory.sendDatagram(server.endpoint, bytes);
    }
  };
  world.servers.push({ ...server, endpoint: other.endpoint });
  alice.restart();
  world.network.run(30_000);
  assert.ok(passedOn, "alice did not answer the challenge that was passed on");
  assert.ok((server.server.counts.get("misaddressed") ?? 0) > 0);
  assert.deepEqual(server.server.endpointOf(victims), home);
});

test("an old proof from an old address does not bring that address back", () => {
  const { world, server, alice } = stage();
  const old = alice.host.endpoint;
  let proof: Uint8Array | undefined;
  world.network.observe = ({ from, bytes }) => {
    if (from.address === old.address && tagOf(bytes) === PEER_TAGS.Proof) proof = bytes;
  };
  alice.restart();
  assert.ok(world.until(() => alice.of("registered").length > 1, 1000));
  alice.restart({ address: "10.9.9.9", port: 40_000 });
  assert.ok(world.until(() => alice.of("registered").length > 2, 1000));
  assert.ok(proof !== undefined);
  world.network.host(old.address, old.port).sendDatagram(server.endpoint, proof);
  world.network.run(20);
  assert.deepEqual(server.server.endpointOf(alice.fingerprint), alice.host.endpoint);
  assert.ok((server.server.counts.get("replayed") ?? 0) > 0);
});

test("a proof without the server's challenge registers nobody, so nobody is registered where it does not hear", () => {
  const { world, server } = stage();
  const mallory = world.network.host(MALLORY.address, MALLORY.port);
  const { certificate } = BOB;
  const claim = {
    issuedMs: 1,
    cookie: new Uint8Array(16),
    observed: MALLORY,
    server: server.endpoint,
  };
  const signature = BOB.sign(registrationStatement(claim));
  const message = { ...claim, signature, certificate: certificate.bytes };
  mallory.sendDatagram(server.endpoint, frameOf({ name: "Proof", message }));
  world.network.run(20);
  assert.equal(server.server.endpointOf(certificate.fingerprint), undefined);
  assert.ok((server.server.counts.get("bad-authentication") ?? 0) > 0);
});

test("a proof that is signed by another key registers nobody", () => {
  const { world, server } = stage();
  const mallory = world.network.host(MALLORY.address, MALLORY.port);
  let challenge: Uint8Array | undefined;
  world.network.observe = ({ to, bytes }) => {
    if (to.address === MALLORY.address && tagOf(bytes) === PEER_TAGS.Challenge) challenge = bytes;
  };
  const certificate = BOB.certificate.bytes;
  mallory.sendDatagram(server.endpoint, frameOf({ name: "Register", message: { certificate } }));
  world.network.run(20);
  assert.ok(challenge !== undefined);
  const view = new DataView(challenge.buffer, challenge.byteOffset);
  const issuedMs = view.getUint16(4) * 2 ** 32 + view.getUint32(6);
  const cookie = challenge.slice(10, 26);
  const claim = { issuedMs, cookie, observed: MALLORY, server: server.endpoint };
  const signature = ALICE.sign(registrationStatement(claim));
  const message = { issuedMs, cookie, server: server.endpoint, signature, certificate };
  mallory.sendDatagram(server.endpoint, frameOf({ name: "Proof", message }));
  world.network.run(20);
  assert.equal(server.server.endpointOf(BOB.certificate.fingerprint), undefined);
  // The same with the right key is good, so what was refused was the signature.
  const good = { ...message, signature: BOB.sign(registrationStatement(claim)) };
  mallory.sendDatagram(server.endpoint, frameOf({ name: "Proof", message: good }));
  world.network.run(20);
  assert.deepEqual(server.server.endpointOf(BOB.certificate.fingerprint), MALLORY);
});

test("nothing that two peers say to each other is readable where it passes", () => {
  const world = new PeerWorld(2);
  world.addServer("192.0.2.1");
  const [alice, bob] = [world.addPeer("10.0.0.1", ALICE), world.addPeer("10.0.0.2", BOB)];
  const passed: Uint8Array[] = [];
  world.network.observe = ({ bytes }) => passed.push(bytes);
  const secret = "the secret that nobody between them may read";
  const reference = alice.say(bob, secret);
  alice.offer(bob, 1, new TextEncoder().encode(secret.repeat(40)));
  assert.ok(
    world.until(() => alice.isDelivered(reference) && alice.of("fileSent").length > 0, 10_000),
  );
  assert.ok(passed.length > 20);
  for (const bytes of passed) {
    assert.equal(Buffer.from(bytes).includes(secret.slice(0, 8)), false);
  }
});

test("registrations end with keep-alives missing, and what was away for long is forgotten", () => {
  const { world, server, alice } = stage();
  world.network.remove(alice.host);
  const { registrationMs, awayMs } = world.limits;
  assert.ok(
    world.until(() => server.events.some(({ type }) => type === "away"), registrationMs + 1000),
  );
  assert.ok(world.until(() => server.server.registrations === 0, awayMs + 1000));
  assert.equal(server.events.at(-1)?.type, "forgotten");
});

test("whoever proves an address takes it, and who had it before is away", () => {
  const { world, server, alice } = stage();
  world.network.remove(alice.host);
  const bob = world.addPeer(alice.host.endpoint.address, BOB);
  assert.ok(world.until(() => bob.of("registered").length > 0, 1000));
  const carol = world.addPeer("10.0.0.3", CAROL);
  assert.ok(world.until(() => carol.of("registered").length > 0, 1000));
  let received = 0;
  world.network.observe = ({ to, bytes }) => {
    const isEvent = tagOf(bytes) === PEER_TAGS.ClientEvent;
    if (to.address === bob.host.endpoint.address && isEvent) received += 1;
  };
  carol.say(alice, "for alice alone", 2000);
  world.network.run(3000);
  assert.equal(received, 0);
  assert.ok(server.server.queued > 0);
});
