import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeHex } from "../../runtime/core/index.ts";
import type { PeerCertificate, PeerSigner } from "../../runtime/core/index.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import { NodePeerCertificates } from "../../runtime/io/peer-certificates.ts";
import { createKeyPair } from "../../runtime/core/index.ts";
import { SessionSecrets } from "../../runtime/roles/peer/session-secrets.ts";
import { PeerWorld, makeSigner } from "../world/peer-network.ts";
import type { PeerParty } from "../world/peer-network.ts";

const ALICE = await makeSigner("alice", "ed25519");
const BOB = await makeSigner("bob", "ed25519");
const MALLORY = await makeSigner("mallory", "ed25519");
/** Another certificate under Bob's name. */
const OTHER_BOB = await makeSigner("bob", "ed25519");

const CRYPTO = createNodeCrypto();
const CERTIFICATES = new NodePeerCertificates();

/** One end of a handshake: who it says it is, and whom it means. */
function secretsOf(
  signer: PeerSigner,
  other: PeerCertificate,
  isInitiator: boolean,
): SessionSecrets {
  return new SessionSecrets({
    crypto: CRYPTO,
    certificates: CERTIFICATES,
    signer,
    staticKey: createKeyPair(CRYPTO),
    other: other.fingerprint,
    isInitiator,
  });
}

/** Shows a certificate that everybody knows, and signs by a key that is not its own. */
function impostorOf({ certificate }: PeerSigner): PeerSigner {
  return { certificate, sign: (message) => MALLORY.sign(message) };
}

test("whoever shows the certificate of another and has not its key gets no session, at either end", () => {
  const honest = secretsOf(BOB, ALICE.certificate, false);
  const impostor = secretsOf(impostorOf(ALICE), BOB.certificate, true);
  const finish = impostor.finish(honest.answer(impostor.greet()), BOB.certificate);
  assert.throws(() => {
    honest.complete(finish, ALICE.certificate);
  }, /Handshake\.signature/);
  assert.equal(honest.isReady, false);

  const asking = secretsOf(ALICE, BOB.certificate, true);
  const answering = secretsOf(impostorOf(BOB), ALICE.certificate, false);
  const answer = answering.answer(asking.greet());
  assert.throws(() => asking.finish(answer, BOB.certificate), /Handshake\.signature/);
  assert.equal(asking.isReady, false);
});

test("a handshake that is meant for somebody else is worth nothing", () => {
  const asking = secretsOf(ALICE, MALLORY.certificate, true);
  const answering = secretsOf(BOB, ALICE.certificate, false);
  const answer = answering.answer(asking.greet());
  // Mallory passes on what Bob said to Alice, who means Mallory.
  assert.throws(() => asking.finish(answer, MALLORY.certificate));
});

/** Alice, who has compared with Bob, and another by Bob's name. */
function stage(): {
  readonly world: PeerWorld;
  readonly alice: PeerParty;
  readonly other: PeerParty;
} {
  const world = new PeerWorld(1);
  world.addServer("192.0.2.1");
  const alice = world.addPeer("10.0.0.1", ALICE, { direct: false });
  const bob = world.addPeer("10.0.0.2", BOB, { direct: false });
  compare(world, alice, bob);
  return { world, alice, other: world.addPeer("10.0.0.3", OTHER_BOB, { direct: false }) };
}

/** Both users see one code and say so. */
function compare(world: PeerWorld, alice: PeerParty, bob: PeerParty): void {
  const before = alice.of("compared").length;
  alice.command({ type: "compare", peer: bob.fingerprint });
  assert.ok(world.until(() => alice.of("code").length > before && bob.of("code").length > 0, 5000));
  alice.command({ type: "judge", peer: bob.fingerprint, same: true });
  bob.command({ type: "judge", peer: alice.fingerprint, same: true });
  assert.ok(world.until(() => alice.of("compared").length > before, 5000));
  assert.ok(alice.pinned.includes(encodeHex(bob.fingerprint)));
}

test("of another certificate under a compared name nothing is taken and to it nothing is said, until it was compared", () => {
  const { world, alice, other } = stage();
  const theirs = other.say(alice, "it is me, bob", 60_000);
  other.offer(alice, 1, new Uint8Array(2000));
  const ours = alice.say(other, "a secret for bob", 60_000);
  world.network.run(10_000);
  const changes = alice.of("certificateChanged");
  assert.ok(changes.length > 0);
  assert.equal(changes[0]?.name, "bob");
  assert.deepEqual(changes[0].found, other.fingerprint);
  assert.deepEqual([alice.bodies, other.bodies], [[], []]);
  assert.equal(alice.of("fileOffered").length, 0);
  assert.ok(!other.isDelivered(theirs) && !alice.isDelivered(ours));

  compare(world, alice, other);
  assert.ok(world.until(() => other.isDelivered(theirs) && alice.isDelivered(ours), 15_000));
  assert.deepEqual([alice.bodies, other.bodies], [["it is me, bob"], ["a secret for bob"]]);
});
