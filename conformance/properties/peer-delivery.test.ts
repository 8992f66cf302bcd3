import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PeerSigner } from "../../runtime/core/index.ts";
import { PeerWorld, makeSigner } from "../world/peer-network.ts";
import type { PeerParty } from "../world/peer-network.ts";

const ALICE = await makeSigner("alice", "ed25519");
const BOB = await makeSigner("bob", "ed25519");

/** What happens besides what is said. */
type Mishap =
  "none" | "restartBob" | "restartAlice" | "moveBob" | "moveAlice" | "loseServer" | "cutDirect";

interface Plan {
  readonly seed: number;
  /** Of each datagram in turn: 0–9 passes, 10–13 is lost, 14 comes twice, 15 comes late. */
  readonly fates: readonly number[];
  readonly mishaps: readonly { readonly afterMs: number; readonly what: Mishap }[];
  readonly direct: boolean;
}

const PLAN: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(1_000_000),
  fates: fc.array(fc.nat(15), { minLength: 1, maxLength: 200 }),
  mishaps: fc.array(
    fc.record({
      afterMs: fc.nat(8000),
      what: fc.constantFrom<Mishap>(
        "none",
        "restartBob",
        "restartAlice",
        "moveBob",
        "moveAlice",
        "loseServer",
        "cutDirect",
      ),
    }),
    { maxLength: 4 },
  ),
  direct: fc.boolean(),
});

/** Two peers with two servers. */
function stage(plan: Plan): { world: PeerWorld; alice: PeerParty; bob: PeerParty } {
  const world = new PeerWorld(plan.seed);
  world.addServer("192.0.2.1");
  world.addServer("192.0.2.2");
  const add = (address: string, signer: PeerSigner): PeerParty =>
    world.addPeer(address, signer, { direct: plan.direct });
  return { world, alice: add("10.0.0.1", ALICE), bob: add("10.0.0.2", BOB) };
}

let moves = 0;

function happen(what: Mishap, { world, alice, bob }: ReturnType<typeof stage>): void {
  const elsewhere = (): { address: string; port: number } => {
    moves += 1;
    return {
      address: `10.${String(1 + ((moves >> 8) % 200))}.${String(moves & 255)}.9`,
      port: 40_000,
    };
  };
  switch (what) {
    case "none":
      return;
    case "restartBob":
      bob.restart();
      return;
    case "restartAlice":
      alice.restart();
      return;
    case "moveBob":
      bob.restart(elsewhere());
      return;
    case "moveAlice":
      alice.restart(elsewhere());
      return;
    case "loseServer": {
      const lost = world.servers[0];
      if (lost !== undefined) world.network.remove(lost.host);
      return;
    }
    case "cutDirect":
      world.network.interference = {
        ...world.network.interference,
        cut: (from, to) => from.address.startsWith("10.") && to.address.startsWith("10."),
      };
      return;
  }
}

test("whatever is lost, doubled, late, restarted or moved, each message is delivered once or reported failed, and what is reported delivered was", () => {
  fc.assert(
    fc.property(PLAN, (plan) => {
      const scene = stage(plan);
      const { world, alice, bob } = scene;
      let passed = 0;
      let isHealed = false;
      world.network.interference = {
        datagram: (passing) => {
          if (isHealed) return [passing];
          const fate = plan.fates[passed % plan.fates.length] ?? 0;
          passed += 1;
          if (fate >= 10 && fate <= 13) return [];
          if (fate === 14) return [passing, { bytes: passing.bytes, laterMs: 30 }];
          return fate === 15 ? [{ bytes: passing.bytes, laterMs: 400 }] : [passing];
        },
      };
      const sent: {
        readonly from: PeerParty;
        readonly to: PeerParty;
        readonly reference: number;
        readonly text: string;
      }[] = [];
      const say = (from: PeerParty, to: PeerParty): void => {
        const text = `${from === alice ? "a" : "b"}${String(sent.length)}`;
        sent.push({ from, to, text, reference: from.say(to, text, 60_000) });
      };
      for (let turn = 0; turn < 10; turn += 1) {
        say(alice, bob);
        say(bob, alice);
      }
      for (const { afterMs, what } of plan.mishaps) {
        world.network.run(afterMs);
        happen(what, scene);
        say(alice, bob);
        say(bob, alice);
      }
      world.network.run(5000);
      isHealed = true;
      const isSettled = (): boolean =>
        sent.every(
          ({ from, reference }) => from.isDelivered(reference) || from.hasFailed(reference),
        );
      assert.ok(world.until(isSettled, 70_000), "a message is neither delivered nor failed");
      for (const { from, to, reference, text } of sent) {
        const copies = to.bodies.filter((body) => body === text).length;
        assert.ok(copies <= 1, `${text} came ${String(copies)} times`);
        if (from.isDelivered(reference))
          assert.equal(copies, 1, `${text} is reported delivered and never came`);
        assert.ok(
          !(from.isDelivered(reference) && from.hasFailed(reference)),
          `${text} is delivered and failed`,
        );
      }
      const last = alice.say(bob, "after all that");
      assert.ok(
        world.until(() => alice.isDelivered(last), 60_000),
        "nothing passes after healing",
      );
    }),
    { numRuns: 40 },
  );
});

test("what a peer had said when it died, its next start delivers, before what is said then, and once", () => {
  const { world, alice, bob } = stage({ seed: 8, fates: [0], mishaps: [], direct: false });
  const first = alice.say(bob, "before");
  assert.ok(world.until(() => alice.isDelivered(first), 5000));
  // Bob hears everything and none of his receipts arrive.
  world.network.interference = { cut: (from) => from.address === bob.host.endpoint.address };
  const texts = Array.from({ length: 100 }, (_, at) => `text ${String(at)}`);
  const references = texts.map((text) => alice.say(bob, text));
  world.network.run(2000);
  assert.ok(bob.bodies.length > 1 && bob.bodies.length < texts.length);
  world.network.interference = {};
  alice.restart();
  const after = alice.say(bob, "after");
  assert.ok(world.until(() => alice.isDelivered(after), 20_000));
  assert.ok(references.every((reference) => alice.isDelivered(reference)));
  assert.deepEqual(bob.bodies, ["before", ...texts, "after"]);
  assert.deepEqual(alice.outgoing, []);
});

test("a message that the other application never takes holds no other one up, of this start or the next", () => {
  const { world, alice, bob } = stage({ seed: 11, fates: [0], mishaps: [], direct: false });
  bob.refuses = (text) => text.startsWith("poison");
  const poison = alice.say(bob, "poison", 3_600_000);
  const texts = Array.from({ length: 200 }, (_, at) => `text ${String(at)}`);
  const references = texts.map((text) => alice.say(bob, text, 10_000));
  world.network.run(11_000);
  assert.ok(references.every((reference) => alice.isDelivered(reference)));
  bob.restart();
  alice.restart();
  const again = texts.map((text) => alice.say(bob, `${text} again`, 10_000));
  world.network.run(11_000);
  assert.ok(again.every((reference) => alice.isDelivered(reference)));
  assert.ok(!alice.isDelivered(poison) && !alice.hasFailed(poison));
  // It is told apart from the hundreds after it, and still comes once.
  bob.refuses = () => false;
  assert.ok(world.until(() => alice.isDelivered(poison), 60_000));
  assert.equal(bob.bodies.filter((body) => body === "poison").length, 1);
  assert.equal(bob.bodies.length, 401);
});

test("what was said longer ago than it should be tried is reported failed at the next start", () => {
  const { world, alice, bob } = stage({ seed: 9, fates: [0], mishaps: [], direct: false });
  world.network.remove(bob.host);
  const [short, long] = [alice.say(bob, "short", 5000), alice.say(bob, "long", 60_000)];
  world.network.run(1000);
  const at = alice.host.endpoint;
  world.network.remove(alice.host);
  world.network.run(10_000);
  alice.restart(at);
  world.network.run(10);
  assert.deepEqual(alice.of("failed"), [{ type: "failed", reference: short, reason: "timeout" }]);
  bob.restart(bob.host.endpoint);
  assert.ok(world.until(() => alice.isDelivered(long), 30_000));
  assert.deepEqual(bob.bodies, ["long"]);
});

test("a peer that was started anew at another port has its answers at once, not when the old path is given up", () => {
  const { world, alice, bob } = stage({ seed: 10, fates: [0], mishaps: [], direct: true });
  alice.say(bob, "straight");
  assert.ok(world.until(() => alice.of("direct").length > 0 && bob.of("direct").length > 0, 5000));
  alice.restart({ address: alice.host.endpoint.address, port: 40_001 });
  const reference = alice.say(bob, "anew");
  assert.ok(
    world.until(() => alice.isDelivered(reference), 1500),
    "no receipt",
  );
  assert.ok(world.until(() => alice.of("direct").length > 1 && bob.of("direct").length > 1, 5000));
});

test("an application that cannot take a message gets it again, and only what it took has a receipt", () => {
  const { world, alice, bob } = stage({ seed: 1, fates: [0], mishaps: [], direct: true });
  bob.takes = false;
  const reference = alice.say(bob, "hello");
  assert.ok(world.until(() => bob.of("message").length === 1, 5000));
  const first = bob.of("message")[0];
  bob.command({ type: "taken", peer: alice.fingerprint, number: first?.number ?? 0, good: false });
  assert.ok(world.until(() => bob.of("message").length === 2, 5000));
  assert.ok(!alice.isDelivered(reference));
  bob.command({ type: "taken", peer: alice.fingerprint, number: first?.number ?? 0, good: true });
  assert.ok(world.until(() => alice.isDelivered(reference), 5000));
});

test("a peer that is away gets what was sent to it meanwhile when it is back", () => {
  const { world, alice, bob } = stage({ seed: 2, fates: [0], mishaps: [], direct: false });
  const first = alice.say(bob, "are you there?");
  assert.ok(world.until(() => alice.isDelivered(first), 5000));
  const at = bob.host.endpoint;
  world.network.remove(bob.host);
  const second = alice.say(bob, "still?");
  world.network.run(30_000);
  assert.ok(!alice.isDelivered(second));
  bob.restart(at);
  assert.ok(world.until(() => alice.isDelivered(second), 30_000));
  assert.deepEqual(bob.bodies, ["are you there?", "still?"]);
});

test("what nobody acknowledges is reported failed when its time is over", () => {
  const { world, alice, bob } = stage({ seed: 3, fates: [0], mishaps: [], direct: false });
  world.network.remove(bob.host);
  const reference = alice.say(bob, "hello?", 5000);
  assert.ok(world.until(() => alice.hasFailed(reference), 5100));
  assert.deepEqual(
    alice.of("failed").map(({ reason }) => reason),
    ["timeout"],
  );
});

test("more messages than may wait, and longer ones than may be, are refused at once", () => {
  const { world, alice, bob } = stage({ seed: 4, fates: [0], mishaps: [], direct: false });
  world.network.remove(bob.host);
  const { messagesQueuedMax } = world.limits;
  const references = Array.from({ length: messagesQueuedMax + 1 }, (_, at) =>
    alice.say(bob, String(at)),
  );
  const long = alice.say(bob, "x".repeat(1025));
  world.network.run(100);
  assert.deepEqual(
    alice.of("failed").map(({ reference, reason }) => [reference, reason]),
    [
      [references.at(-1), "queueFull"],
      [long, "tooLong"],
    ],
  );
});

test("a file goes on where it broke off", () => {
  const { world, alice, bob } = stage({ seed: 5, fates: [0], mishaps: [], direct: true });
  const bytes = world.crypto.randomBytes(2_000_000);
  alice.offer(bob, 1, bytes);
  const have = (): number => [...bob.files.values()][0]?.length ?? 0;
  assert.ok(world.until(() => have() > 500_000, 60_000));
  alice.restart();
  const before = have();
  let parts = 0;
  world.network.observe = ({ bytes: datagram }) => {
    if (datagram.length > 1000) parts += 1;
  };
  alice.offer(bob, 2, bytes);
  assert.ok(world.until(() => alice.of("fileSent").length > 0, 60_000));
  assert.deepEqual([...bob.files.values()][0], bytes);
  const restParts = (bytes.length - before) / 1024;
  assert.ok(parts < restParts * 1.3, `${String(parts)} datagrams for ${String(restParts)} parts`);
});

test("a file arrives whole although a tenth of all datagrams is lost and some overtake others", () => {
  const { world, alice, bob } = stage({ seed: 6, fates: [0], mishaps: [], direct: true });
  let passed = 0;
  world.network.interference = {
    datagram: (passing) => {
      passed += 1;
      if (passed % 10 === 3) return [];
      return passed % 7 === 0 ? [{ bytes: passing.bytes, laterMs: 20 }] : [passing];
    },
  };
  const bytes = world.crypto.randomBytes(200_000);
  alice.offer(bob, 1, bytes);
  assert.ok(world.until(() => alice.of("fileSent").length > 0, 120_000));
  assert.deepEqual([...bob.files.values()][0], bytes);
});

test("a peer that forgot another because it was idle still knows which messages it has", () => {
  const world = new PeerWorld(11, { sessionIdleMs: 2000 });
  world.addServer("192.0.2.1");
  const alice = world.addPeer("10.0.0.1", ALICE, { direct: false });
  const bob = world.addPeer("10.0.0.2", BOB, { direct: false });
  const first = alice.say(bob, "one");
  assert.ok(world.until(() => alice.isDelivered(first), 5000));
  // Bob hears it and none of his receipts arrive, until he has forgotten that there is an Alice.
  world.network.interference = { cut: (from) => from.address === bob.host.endpoint.address };
  const second = alice.say(bob, "two", 60_000);
  assert.ok(world.until(() => bob.bodies.length === 2, 5000));
  assert.ok(world.until(() => bob.peer.contacts === 0, 40_000));
  world.network.interference = {};
  assert.ok(world.until(() => alice.isDelivered(second), 40_000));
  assert.deepEqual(bob.bodies, ["one", "two"]);
});

test("a peer that was forgotten because it was idle gets messages that are not taken for old ones", () => {
  const world = new PeerWorld(7, { sessionIdleMs: 2000 });
  world.addServer("192.0.2.1");
  const [alice, bob] = [world.addPeer("10.0.0.1", ALICE), world.addPeer("10.0.0.2", BOB)];
  for (const text of ["one", "two", "three"]) {
    const reference = alice.say(bob, text);
    assert.ok(world.until(() => alice.isDelivered(reference), 5000));
    assert.ok(world.until(() => alice.peer.contacts === 0, 10_000));
  }
  assert.deepEqual(bob.bodies, ["one", "two", "three"]);
});
