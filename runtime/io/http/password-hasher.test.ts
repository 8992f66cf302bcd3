import assert from "node:assert/strict";
import { test } from "node:test";
import { HasherBusyError, PasswordHasher, SCRYPT_COST } from "./password-hasher.ts";

const CHEAP = { log2N: 4, r: 1, p: 1 };

test("a password fits its digest in any Unicode composition, and no other password does", async () => {
  const hasher = new PasswordHasher({ cost: CHEAP, runningMax: 2, waitingMax: 8 });
  const stored = await hasher.hash("pa\u0308ssword");
  assert.match(stored, /^\$scrypt\$ln=4,r=1,p=1\$/);
  assert.equal(await hasher.verify("p\u00e4ssword", stored), true);
  assert.equal(await hasher.verify("password", stored), false);
  assert.notEqual(await hasher.hash("pa\u0308ssword"), stored);
});

test("a digest is checked with the cost that it was made with", async () => {
  const stored = await new PasswordHasher({ cost: CHEAP, runningMax: 1, waitingMax: 0 }).hash(
    "secret",
  );
  const dearer = new PasswordHasher({
    cost: { log2N: 6, r: 2, p: 1 },
    runningMax: 1,
    waitingMax: 0,
  });
  assert.equal(await dearer.verify("secret", stored), true);
});

test("an unknown login costs the work of a known one and is refused", async () => {
  const hasher = new PasswordHasher({
    cost: { ...SCRYPT_COST, p: 1 },
    runningMax: 1,
    waitingMax: 0,
  });
  const stored = await hasher.hash("secret");
  const timed = async (digest: string | undefined): Promise<number> => {
    const startMs = performance.now();
    assert.equal(await hasher.verify("wrong", digest), false);
    return performance.now() - startMs;
  };
  const known = Math.min(await timed(stored), await timed(stored), await timed(stored));
  const unknown = Math.min(await timed(undefined), await timed(undefined), await timed(undefined));
  assert.ok(unknown > known / 2, `${String(unknown)} ms against ${String(known)} ms`);
});

test("beyond its bounds the hasher says that it is busy, and serves all that waited", async () => {
  const hasher = new PasswordHasher({ cost: CHEAP, runningMax: 2, waitingMax: 3 });
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => hasher.hash("secret")));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 3);
  for (const { reason } of refused) assert.ok(reason instanceof HasherBusyError);
  assert.match(await hasher.hash("secret"), /^\$scrypt\$/);
});

test("a malformed stored digest is the store's fault, not a wrong password", async () => {
  const hasher = new PasswordHasher({ cost: CHEAP, runningMax: 1, waitingMax: 0 });
  await assert.rejects(hasher.verify("secret", "plain"), RangeError);
});
