import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../../runtime/io/node-crypto.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import type { PeerSent } from "../../generated/peer/send.ts";
import { Bars } from "../../runtime/roles/peer/bars.ts";
import { SIX_DIGITS, codeScheme } from "../../runtime/roles/peer/code-scheme.ts";
import type { CodeScheme } from "../../runtime/roles/peer/code-scheme.ts";
import { Comparison } from "../../runtime/roles/peer/comparison.ts";
import type { ComparisonResult } from "../../runtime/roles/peer/peer-events.ts";
import { Conversation } from "../../runtime/roles/peer/conversation.ts";
import { Kernel } from "../../runtime/roles/kernel/kernel.ts";
import { PeerWorld, makeSigner } from "../world/peer-network.ts";

const CRYPTO = createNodeCrypto();
const QUIET = {
  arm: () => undefined,
  cancel: () => undefined,
  count: () => undefined,
  observe: undefined,
};

/** Fingerprints of the honest users, and of what the forger shows to each in the other's name. */
const ALICE = CRYPTO.randomBytes(32);
const BOB = CRYPTO.randomBytes(32);
const FORGED_BOB = CRYPTO.randomBytes(32);
const FORGED_ALICE = CRYPTO.randomBytes(32);

/** What is sent, by its name. */
type SentOf<Name extends PeerSent["name"]> = Extract<PeerSent, { readonly name: Name }>;

/** One honest end with what it said. */
class HonestEnd {
  readonly comparison: Comparison;
  readonly said: PeerSent[] = [];
  code: string | undefined;
  result: ComparisonResult | undefined;

  constructor(scheme: CodeScheme, own: Uint8Array, other: Uint8Array) {
    this.comparison = new Comparison({
      kernel: QUIET,
      crypto: CRYPTO,
      limits: PEER_LIMITS,
      scheme,
      scope: "comparison",
      own,
      other,
      send: (sent) => this.said.push(sent),
      showCode: (code) => (this.code = code),
      pin: () => undefined,
      ended: (result) => (this.result = result),
    });
  }

  last<Name extends PeerSent["name"]>(name: Name): SentOf<Name>["message"] {
    const found = this.said.findLast((sent): sent is SentOf<Name> => sent.name === name);
    assert.ok(found !== undefined, `${name} was not sent`);
    return found.message as SentOf<Name>["message"];
  }
}

/** What came of one attempt to stand in the middle. */
type Attempt = "caught" | "unnoticed";

/**
 * The best that somebody in the middle can do: it ends the comparison with Alice first, and then looks for a nonce that
 * gives Bob the same code. It must have committed to that nonce before it heard Bob's.
 */
function forge(scheme: CodeScheme): Attempt {
  const alice = new HonestEnd(scheme, ALICE, FORGED_BOB);
  const bob = new HonestEnd(scheme, BOB, FORGED_ALICE);
  const round = 1;
  const parties = { initiator: FORGED_ALICE, responder: BOB, round };
  const committed = CRYPTO.randomBytes(32);
  const commitment = scheme.commitment(CRYPTO, parties, committed);
  bob.comparison.dispatch({ name: "Commit", message: { round, commitment } });
  const bobs = bob.last("Reply").nonce;

  alice.comparison.begin();
  const alices = alice.last("Commit").round;
  const reply = { round: alices, nonce: CRYPTO.randomBytes(32) };
  alice.comparison.dispatch({ name: "Reply", message: reply });
  const wanted = alice.code;
  assert.ok(wanted !== undefined);

  let nonce = committed;
  for (let tried = 0; tried < 20_000; tried += 1) {
    const code = scheme.code(CRYPTO, parties, { initiator: nonce, responder: bobs });
    if (code === wanted) break;
    nonce = CRYPTO.randomBytes(32);
  }
  bob.comparison.dispatch({ name: "Reveal", message: { round, nonce } });
  return bob.code === wanted ? "unnoticed" : "caught";
}

/** Fails unless the forger goes unnoticed as often as chance has it, give or take five deviations, and not more. */
function assertCaughtButForChance(attempt: () => Attempt, digits: number, attempts: number): void {
  let unnoticed = 0;
  for (let made = 0; made < attempts; made += 1) if (attempt() === "unnoticed") unnoticed += 1;
  const chance = 10 ** -digits;
  const expected = attempts * chance;
  const deviation = Math.sqrt(attempts * chance * (1 - chance));
  const share = `${String(unnoticed)} of ${String(attempts)} went unnoticed, about ${expected.toFixed(0)} should`;
  assert.ok(Math.abs(unnoticed - expected) <= 5 * deviation, share);
}

test("whoever grinds nonces in the middle goes unnoticed once in ten times with a code of one digit", () => {
  assertCaughtButForChance(() => forge(codeScheme(1)), 1, 1500);
});

test("… once in a hundred times with two digits, so once in a million with six", () => {
  assertCaughtButForChance(() => forge(codeScheme(2)), 2, 3000);
  assert.equal(SIX_DIGITS.digits, 6);
});

test("an implementation that skips the commitment is found out by the same statistics", () => {
  const careless: CodeScheme = { ...codeScheme(2), holds: () => true };
  assert.throws(() => {
    assertCaughtButForChance(() => forge(careless), 2, 200);
  }, /200 of 200 went unnoticed/);
});

test("an implementation whose commitment says nothing of the nonce is found out too", () => {
  const empty = new Uint8Array(32);
  const careless: CodeScheme = {
    ...codeScheme(2),
    commitment: () => empty,
    holds: (_crypto, _parties, { commitment }) => CRYPTO.equal(commitment, empty),
  };
  assert.throws(() => {
    assertCaughtButForChance(() => forge(careless), 2, 200);
  }, /200 of 200 went unnoticed/);
});

test("a nonce that is not the one that was committed to ends the comparison with an alarm", () => {
  const bob = new HonestEnd(SIX_DIGITS, BOB, ALICE);
  const parties = { initiator: ALICE, responder: BOB, round: 5 };
  const commitment = SIX_DIGITS.commitment(CRYPTO, parties, CRYPTO.randomBytes(32));
  bob.comparison.dispatch({ name: "Commit", message: { round: 5, commitment } });
  bob.comparison.dispatch({ name: "Reveal", message: { round: 5, nonce: CRYPTO.randomBytes(32) } });
  assert.equal(bob.code, undefined);
  assert.equal(bob.result, "forged");
});

test("of two commitments in one comparison the first counts", () => {
  const bob = new HonestEnd(SIX_DIGITS, BOB, ALICE);
  const parties = { initiator: ALICE, responder: BOB, round: 5 };
  const [first, second] = [CRYPTO.randomBytes(32), CRYPTO.randomBytes(32)];
  for (const nonce of [first, second]) {
    const commitment = SIX_DIGITS.commitment(CRYPTO, parties, nonce);
    bob.comparison.dispatch({ name: "Commit", message: { round: 5, commitment } });
  }
  bob.comparison.dispatch({ name: "Reveal", message: { round: 5, nonce: second } });
  assert.equal(bob.code, undefined);
  assert.equal(bob.result, "forged");
});

test("the code depends on both certificates, both nonces and the round, and has all its digits", () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.tuple(bytes, bytes, bytes, bytes),
      fc.nat(0xffff_ffff),
      ([one, other, a, b], round) => {
        const parties = { initiator: one, responder: other, round };
        const code = SIX_DIGITS.code(CRYPTO, parties, { initiator: a, responder: b });
        assert.match(code, /^\d{6}$/);
        seen.add(code);
        const others = [
          SIX_DIGITS.code(
            CRYPTO,
            { ...parties, round: (round ^ 1) >>> 0 },
            { initiator: a, responder: b },
          ),
          SIX_DIGITS.code(CRYPTO, { ...parties, responder: ALICE }, { initiator: a, responder: b }),
          SIX_DIGITS.code(CRYPTO, { ...parties, initiator: ALICE }, { initiator: a, responder: b }),
          SIX_DIGITS.code(CRYPTO, parties, { initiator: ALICE, responder: b }),
          SIX_DIGITS.code(CRYPTO, parties, { initiator: a, responder: ALICE }),
        ];
        // Two of five agree by chance once in 10^11 times.
        assert.ok(others.filter((another) => another === code).length < 2);
      },
    ),
  );
  assert.ok(seen.size > 90);
});

/** Bob's end of a conversation with another, with what he said and how many comparisons he answered. */
function bobOf({ bars, other }: { readonly bars: Bars; readonly other: Uint8Array }): {
  readonly conversation: Conversation;
  readonly sent: readonly PeerSent[];
  readonly replies: () => number;
} {
  const sent: PeerSent[] = [];
  const kernel = new Kernel({ crypto: CRYPTO, unixMs: () => 0 });
  const conversation = new Conversation({
    kernel,
    limits: PEER_LIMITS,
    bars,
    codeScheme: SIX_DIGITS,
    numbersAfter: 0,
    numbered: () => undefined,
    scope: "contact",
    own: BOB,
    other,
    taken: undefined,
    isOpen: () => true,
    isSuspect: () => false,
    name: () => "alice",
    connect: () => undefined,
    send: (content) => sent.push(content),
    report: () => undefined,
    hasRoomForFile: () => true,
    keepTaken: () => undefined,
    pin: () => undefined,
    settled: () => undefined,
  });
  const replies = (): number =>
    new Set(sent.flatMap((content) => (content.name === "Reply" ? [content.message.round] : [])))
      .size;
  return { conversation, sent, replies };
}

test("whoever begins and breaks off, to try for another code unseen, gets no second attempt until the user asks", () => {
  const { conversation: bob, replies, sent } = bobOf({ bars: new Bars(), other: FORGED_ALICE });
  const begin = (round: number): void => {
    bob
      .handlers()
      .onCommit({ round, commitment: CRYPTO.randomBytes(32) }, { directFrom: undefined });
  };
  begin(1);
  assert.equal(replies(), 1);
  begin(2);
  assert.equal(replies(), 1, "a second comparison takes the place of one that is under way");
  bob.pause();
  for (let round = 3; round < 50; round += 1) begin(round);
  assert.equal(replies(), 1, "nonces were given to whoever broke off");
  bob.compare();
  assert.ok(sent.some(({ name }) => name === "Commit"));
});

test("forgetting the contact gives no second attempt, and many certificates give no more than eight", () => {
  const bars = new Bars();
  const isAnswered = (other: Uint8Array): boolean => {
    const { conversation, replies } = bobOf({ bars, other });
    const commitment = CRYPTO.randomBytes(32);
    conversation.handlers().onCommit({ round: 1, commitment }, { directFrom: undefined });
    conversation.pause();
    return replies() === 1;
  };
  const forgers = Array.from({ length: 12 }, () => CRYPTO.randomBytes(32));
  const [first = FORGED_ALICE] = forgers;
  assert.ok(isAnswered(first));
  assert.ok(!isAnswered(first));
  assert.equal(forgers.filter((forger) => isAnswered(forger)).length, 7);
  // The user who wants to compare takes part in one attempt.
  bobOf({ bars, other: ALICE }).conversation.compare();
  assert.ok(isAnswered(ALICE));
  assert.ok(!isAnswered(CRYPTO.randomBytes(32)));
});

test("a forging server with certificates of its own shows the users different codes, but for chance", async () => {
  const world = new PeerWorld(1);
  world.addServer("192.0.2.1");
  const options = { codeScheme: codeScheme(1), direct: false };
  const alice = world.addPeer("10.0.0.1", await makeSigner("alice"), options);
  const bob = world.addPeer("10.0.0.2", await makeSigner("bob"), options);
  const asBob = world.addPeer("192.0.2.66", await makeSigner("bob"), options);
  const asAlice = world.addPeer("192.0.2.67", await makeSigner("alice"), options);
  const all = [alice, bob, asBob, asAlice];
  let made = 0;
  const attempt = (): Attempt => {
    made += 1;
    alice.command({ type: "compare", peer: asBob.fingerprint });
    asAlice.command({ type: "compare", peer: bob.fingerprint });
    assert.ok(world.until(() => all.every((party) => party.of("code").length === made), 5000));
    alice.command({ type: "judge", peer: asBob.fingerprint, same: false });
    bob.command({ type: "judge", peer: asAlice.fingerprint, same: false });
    assert.ok(world.until(() => all.every((party) => party.of("compared").length === made), 5000));
    const same = alice.of("code").at(-1)?.code === bob.of("code").at(-1)?.code;
    return same ? "unnoticed" : "caught";
  };
  assertCaughtButForChance(attempt, 1, 300);
  assert.deepEqual([alice.pinned, bob.pinned], [[], []]);
  assert.ok(alice.of("compared").every(({ result }) => result === "different"));
});
