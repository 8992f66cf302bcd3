import assert from "node:assert/strict";
import { test } from "node:test";
import { PEER_KEY_KINDS } from "../../runtime/io/peer-key-kinds.ts";
import { PeerWorld, makeSigner } from "../world/peer-network.ts";
import type { PeerParty } from "../world/peer-network.ts";

const SIGNERS = {
  p256: [await makeSigner("alice", "p256"), await makeSigner("bob", "p256")],
  ed25519: [await makeSigner("alice", "ed25519"), await makeSigner("bob", "ed25519")],
  rsa: [await makeSigner("alice", "rsa"), await makeSigner("bob", "rsa")],
} as const;
const [ALICE, BOB] = SIGNERS.p256;

function pairOf(
  world: PeerWorld,
  options: { readonly direct?: boolean } = {},
): [PeerParty, PeerParty] {
  return [world.addPeer("10.0.0.1", ALICE, options), world.addPeer("10.0.0.2", BOB, options)];
}

for (const kind of PEER_KEY_KINDS) {
  test(`peers with ${kind} certificates register and exchange messages`, () => {
    const world = new PeerWorld(1);
    world.addServer("192.0.2.1");
    const [one, other] = SIGNERS[kind];
    const alice = world.addPeer("10.0.0.1", one);
    const bob = world.addPeer("10.0.0.2", other);
    assert.ok(
      world.until(() => alice.of("registered").length + bob.of("registered").length === 2, 1000),
    );
    const reference = alice.say(bob, "hello");
    assert.ok(world.until(() => alice.isDelivered(reference), 2000));
    assert.deepEqual(bob.bodies, ["hello"]);
    const back = bob.say(alice, "hello yourself");
    assert.ok(world.until(() => bob.isDelivered(back), 2000));
    assert.deepEqual(alice.bodies, ["hello yourself"]);
  });
}

test("peers that reach each other take the direct path, and the server sees no more of what they say", () => {
  const world = new PeerWorld(2);
  const { endpoint } = world.addServer("192.0.2.1");
  const [alice, bob] = pairOf(world);
  alice.say(bob, "first");
  assert.ok(world.until(() => alice.of("direct").length > 0 && bob.of("direct").length > 0, 5000));
  let relayed = 0;
  world.network.observe = ({ to, bytes }) => {
    if (to.address === endpoint.address && bytes.length > 60) relayed += 1;
  };
  const reference = alice.say(bob, "second".repeat(50));
  assert.ok(world.until(() => alice.isDelivered(reference), 2000));
  assert.equal(relayed, 0);
});

test("a peer without any server answers gives its verdict, and registers once one is there", () => {
  const world = new PeerWorld(3);
  const server = world.addServer("192.0.2.1");
  world.network.remove(server.host);
  const [alice] = pairOf(world);
  assert.ok(world.until(() => alice.of("unavailable").length > 0, 10_000));
  assert.equal(alice.of("unavailable")[0]?.all, true);
  world.servers.pop();
  world.addServer("192.0.2.1");
  assert.ok(world.until(() => alice.of("registered").length > 0, 40_000));
});

test("both users see one code, say yes, and the certificates are pinned", () => {
  const world = new PeerWorld(4);
  world.addServer("192.0.2.1");
  const [alice, bob] = pairOf(world);
  alice.command({ type: "compare", peer: bob.fingerprint });
  assert.ok(world.until(() => alice.of("code").length > 0 && bob.of("code").length > 0, 5000));
  assert.match(alice.of("code")[0]?.code ?? "", /^\d{6}$/);
  assert.equal(alice.of("code")[0]?.code, bob.of("code")[0]?.code);
  assert.equal(bob.of("code")[0]?.name, "alice");
  alice.command({ type: "judge", peer: bob.fingerprint, same: true });
  bob.command({ type: "judge", peer: alice.fingerprint, same: true });
  assert.ok(world.until(() => alice.pinned.length === 1 && bob.pinned.length === 1, 5000));
  assert.deepEqual(
    [alice, bob].map((party) => party.of("compared").map(({ result }) => result)),
    [["same"], ["same"]],
  );
});

test("a file arrives whole", () => {
  const world = new PeerWorld(5);
  world.addServer("192.0.2.1");
  const [alice, bob] = pairOf(world);
  const bytes = world.crypto.randomBytes(300_001);
  alice.offer(bob, 7, bytes);
  assert.ok(world.until(() => alice.of("fileSent").length > 0, 30_000));
  assert.deepEqual([...bob.files.values()][0], bytes);
  assert.equal(bob.of("fileReceived").length, 1);
});
