import assert from "node:assert/strict";
import { test } from "node:test";
import { PeerWorld, makeSigner } from "../world/peer-network.ts";
import type { PeerParty } from "../world/peer-network.ts";
import { FileReceiver } from "../../runtime/roles/peer/file-receiver.ts";
import { FileSender } from "../../runtime/roles/peer/file-sender.ts";
import { Kernel } from "../../runtime/roles/kernel/kernel.ts";
import { peerMessageOf } from "../../runtime/roles/peer/message-names.ts";
import type { PeerSent } from "../../generated/peer/send.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";

const ALICE = await makeSigner("alice", "ed25519");
const BOB = await makeSigner("bob", "ed25519");
const CRYPTO = createNodeCrypto();

function stage(): { world: PeerWorld; alice: PeerParty; bob: PeerParty } {
  const world = new PeerWorld(1);
  world.addServer("192.0.2.1");
  const alice = world.addPeer("10.0.0.1", ALICE, { direct: false });
  return { world, alice, bob: world.addPeer("10.0.0.2", BOB, { direct: false }) };
}

/** The two ends of one transfer without anything in between, with what each said. */
function ends(): {
  readonly sender: FileSender;
  readonly receiver: FileReceiver;
  readonly sent: PeerSent[];
  readonly answered: PeerSent[];
  readonly failures: string[];
} {
  const kernel = new Kernel<never>({ crypto: CRYPTO, unixMs: () => 0 }, peerMessageOf);
  const file = { fileName: "a file", sizeBytes: 4096, sha256: new Uint8Array(32) };
  const [sent, answered]: [PeerSent[], PeerSent[]] = [[], []];
  const failures: string[] = [];
  const quiet = (): undefined => undefined;
  const sender = new FileSender({
    kernel,
    limits: PEER_LIMITS,
    transfer: 1,
    file,
    send: (message) => sent.push(message),
    read: quiet,
    progress: quiet,
    done: quiet,
    failed: (reason) => failures.push(reason),
  });
  const receiver = new FileReceiver(
    {
      kernel,
      limits: PEER_LIMITS,
      scope: "receiving",
      send: (message) => answered.push(message),
      ask: quiet,
      write: quiet,
      check: quiet,
      done: quiet,
      broken: quiet,
    },
    { transfer: 1, ...file },
  );
  return { sender, receiver, sent, answered, failures };
}

/** Gives an offer to the receiver, and its last answer to the sender. */
function exchange({ sender, receiver, sent, answered }: ReturnType<typeof ends>): string {
  const offer = sent.findLast((message) => message.name === "FileOffer");
  if (offer?.name === "FileOffer") receiver.dispatch(offer);
  const answer = answered.at(-1);
  if (answer?.name === "FileAnswer" || answer?.name === "FileEnd") sender.dispatch(answer);
  return JSON.stringify(answer);
}

test("whoever does not want a file says so in its answer, again if that was lost, and the sender hears why", () => {
  for (const event of ["refuse", "decide"] as const) {
    const both = ends();
    both.sender.dispatch({ name: "begin" });
    exchange(both);
    assert.equal(both.answered.length, 0);
    both.receiver.dispatch({ name: event });
    assert.ok(both.receiver.isOver);
    const said = both.answered.pop();
    assert.deepEqual(said, {
      kind: "send",
      name: "FileAnswer",
      to: "peer",
      message: { transfer: 1, accepted: false, haveBytes: 0 },
    });
    const again = exchange(both);
    assert.equal(again, JSON.stringify(said));
    assert.deepEqual(both.failures, ["refused"]);
    both.receiver.dispatch({ name: "end" });
    assert.ok(both.receiver.isOver);
  }
});

test("a receiver that gave up before its answer arrived says so to the next offer", () => {
  const both = ends();
  both.sender.dispatch({ name: "begin" });
  exchange(both);
  both.receiver.dispatch({ name: "accept", haveBytes: 0 });
  both.receiver.dispatch({ name: "refuse" });
  both.answered.length = 0;
  assert.match(exchange(both), /"FileEnd".*"complete":false/);
  assert.deepEqual(both.failures, ["brokenOff"]);
});

test("a receiver that has the whole file says so to a copy of the offer", () => {
  const both = ends();
  both.sender.dispatch({ name: "begin" });
  exchange(both);
  both.receiver.dispatch({ name: "accept", haveBytes: 4096 });
  both.receiver.dispatch({ name: "checked", good: true });
  both.answered.length = 0;
  assert.match(exchange(both), /"FileEnd".*"complete":true/);
  assert.ok(both.sender.isOver);
  assert.deepEqual(both.failures, []);
});

test("a file that is not what was offered ends as broken off at its sender, and is not there", () => {
  const { world, alice, bob } = stage();
  const bytes = world.crypto.randomBytes(20_000);
  alice.offer(bob, 1, bytes);
  bytes[10_000] = (bytes[10_000] ?? 0) ^ 1;
  assert.ok(world.until(() => alice.of("fileFailed").length > 0, 30_000));
  assert.deepEqual(alice.of("fileFailed"), [
    { type: "fileFailed", transfer: 1, reason: "brokenOff" },
  ]);
  assert.equal(bob.of("fileReceived").length, 0);
  assert.deepEqual(bob.of("fileBroken"), [
    { type: "fileBroken", peer: alice.fingerprint, transfer: 1 },
  ]);
});

test("transfers that are over make room for others, and as many as may be go on at a time", () => {
  const { world, alice, bob } = stage();
  const { transfersMax } = world.limits;
  for (let round = 0; round < 3; round += 1) {
    const first = round * 100 + 1;
    for (let at = 0; at < transfersMax; at += 1) {
      alice.offer(bob, first + at, world.crypto.randomBytes(3000));
    }
    const wanted = (round + 1) * transfersMax;
    assert.ok(world.until(() => alice.of("fileSent").length === wanted, 30_000));
  }
  for (let at = 0; at <= transfersMax; at += 1) {
    alice.offer(bob, 1000 + at, world.crypto.randomBytes(3000));
  }
  assert.deepEqual(
    alice.of("fileFailed").map(({ transfer, reason }) => [transfer, reason]),
    [[1000 + transfersMax, "queueFull"]],
  );
});
