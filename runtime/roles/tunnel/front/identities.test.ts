import assert from "node:assert/strict";
import { test } from "node:test";
import { TUNNEL_LIMITS } from "../../../../generated/tunnel/limits.ts";
import { createNodeCrypto } from "../../../io/node-crypto.ts";
import { Kernel } from "../../kernel/kernel.ts";
import type { FrontEvent } from "./front-events.ts";
import { Identities } from "./identities.ts";
import type { KeptIdentity } from "./identities.ts";

const [BOB, MALLORY] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

function identities(knownUsersMax = 10): {
  readonly known: Identities;
  readonly events: () => readonly FrontEvent[];
} {
  const kernel = new Kernel<FrontEvent>({ crypto: createNodeCrypto(), unixMs: () => 0 });
  const events = (): readonly FrontEvent[] => {
    const all: FrontEvent[] = [];
    for (let effect = kernel.poll(); effect !== undefined; effect = kernel.poll()) {
      if (effect.type === "event") all.push(effect.event);
    }
    return all;
  };
  return { known: new Identities(kernel, { ...TUNNEL_LIMITS, knownUsersMax }), events };
}

test("who is new counts when somebody says that the identity is kept, and not before", () => {
  const { events, known } = identities();
  const kept: KeptIdentity[] = [];
  assert.ok(known.admits("bob", BOB));
  known.keep("bob", BOB, (how) => kept.push(how));
  assert.deepEqual(events(), [{ type: "userMet", user: "bob", fingerprint: BOB }]);
  assert.deepEqual(kept, []);
  known.learnt("bob", BOB);
  assert.deepEqual(kept, ["same"]);
  assert.equal(known.admits("bob", MALLORY), false);
  assert.deepEqual(events(), [{ type: "userChanged", user: "bob", found: MALLORY }]);
});

test("two who come at once under a name that is new are asked about once, and one of them is not the user", () => {
  const { events, known } = identities();
  const kept: KeptIdentity[] = [];
  known.keep("bob", BOB, (how) => kept.push(how));
  known.keep("bob", MALLORY, (how) => kept.push(how));
  assert.equal(events().length, 1);
  known.learnt("bob", BOB);
  assert.deepEqual(kept, ["same", "other"]);
  assert.deepEqual(events(), [{ type: "userChanged", user: "bob", found: MALLORY }]);
});

test("whom another program of the user has met meanwhile is the one who counts", () => {
  const { events, known } = identities();
  const kept: KeptIdentity[] = [];
  known.keep("bob", MALLORY, (how) => kept.push(how));
  events();
  known.learnt("bob", BOB);
  assert.deepEqual(kept, ["other"]);
  assert.ok(known.admits("bob", BOB));
});

test("an identity that could not be kept is not known, and the next who comes is met anew", () => {
  const { events, known } = identities();
  const kept: KeptIdentity[] = [];
  known.keep("bob", BOB, (how) => kept.push(how));
  known.learnt("bob", undefined);
  assert.deepEqual(kept, ["unkept"]);
  known.keep("bob", BOB, (how) => kept.push(how));
  assert.equal(events().length, 2);
});

test("what is kept is what was said last: a user who was taken out is met anew", () => {
  const { known } = identities();
  known.setUsers(new Map([["bob", BOB]]));
  assert.equal(known.admits("bob", MALLORY), false);
  known.setUsers(new Map());
  assert.ok(known.admits("bob", MALLORY));
});

test("nobody is met for whom there is no place", () => {
  const { events, known } = identities(1);
  known.setUsers(new Map([["ada", BOB]]));
  const kept: KeptIdentity[] = [];
  known.keep("bob", BOB, (how) => kept.push(how));
  assert.deepEqual([kept, events()], [["unkept"], []]);
});
