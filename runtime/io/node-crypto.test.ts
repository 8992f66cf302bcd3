import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { AEAD_TAG_BYTES } from "../core/crypto.ts";
import { createNodeCrypto } from "./node-crypto.ts";

const crypto = createNodeCrypto();
const bytes = fc.uint8Array({ maxLength: 500 });
const keys = fc.uint8Array({ minLength: 0, maxLength: 100 });

test("a MAC is HMAC-SHA256 for keys and messages of every length, interleaved as they come", () => {
  fc.assert(
    fc.property(keys, keys, fc.array(fc.tuple(fc.boolean(), bytes)), (one, other, messages) => {
      const macs = [crypto.macKey(one), crypto.macKey(other)] as const;
      for (const [first, message] of messages) {
        const expected = createHmac("sha256", first ? one : other)
          .update(message)
          .digest("hex");
        const made = macs[first ? 0 : 1].sign(message);
        assert.equal(Buffer.from(made).toString("hex"), expected);
      }
    }),
  );
});

test("a MAC is right at every length around blocks, and padding", () => {
  for (const keyBytes of [0, 1, 32, 63, 64, 65, 200]) {
    const key = crypto.randomBytes(keyBytes);
    const mac = crypto.macKey(key);
    for (let length = 0; length <= 300; length += 1) {
      const message = crypto.randomBytes(length);
      const expected = createHmac("sha256", key).update(message).digest();
      assert.ok(expected.equals(mac.sign(message)), `${String(length)} bytes`);
    }
  }
});

test("a MAC key does not change with the bytes it was made of", () => {
  const key = crypto.randomBytes(32);
  const mac = crypto.macKey(key);
  const short = mac.sign(new Uint8Array(10)).slice();
  const long = mac.sign(new Uint8Array(1000)).slice();
  key.fill(0);
  assert.deepEqual(mac.sign(new Uint8Array(10)), short);
  assert.deepEqual(mac.sign(new Uint8Array(1000)), long);
});

test("what a peer can send malformed never throws", () => {
  const privateKey = crypto.randomBytes(32);
  const key = crypto.randomBytes(32);
  const nonce = crypto.randomBytes(12);
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      crypto.x25519(privateKey, one);
      assert.equal(crypto.rsaPssVerify(one, other, other), false);
      assert.equal(crypto.aesGcmOpen({ key, nonce, associated: one, bytes: other }), undefined);
      crypto.equal(one, other);
    }),
  );
  assert.equal(crypto.x25519(privateKey, new Uint8Array(31)), undefined);
  assert.equal(crypto.x25519(privateKey, new Uint8Array(33)), undefined);
  assert.equal(crypto.x25519(privateKey, new Uint8Array(32)), undefined);
});

test("a public key that is not RSA verifies nothing", () => {
  const x25519 = Buffer.concat([
    Buffer.from("302a300506032b656e032100", "hex"),
    crypto.x25519Public(crypto.randomBytes(32)),
  ]);
  assert.equal(crypto.rsaPssVerify(x25519, new Uint8Array(1), new Uint8Array(384)), false);
});

test("our own keys of a wrong length are our fault", () => {
  const associated = new Uint8Array(0);
  const input = { key: new Uint8Array(32), nonce: new Uint8Array(12), associated };
  const sealing = { ...input, bytes: new Uint8Array(1) };
  const out = new Uint8Array(17);
  const faults: (() => unknown)[] = [
    () => crypto.x25519(new Uint8Array(31), new Uint8Array(32)),
    () => crypto.x25519Public(new Uint8Array(33)),
    () => {
      crypto.aesGcmSeal({ ...sealing, key: new Uint8Array(16) }, out);
    },
    () => {
      crypto.aesGcmSeal({ ...sealing, nonce: new Uint8Array(16) }, out);
    },
    () => crypto.aesGcmOpen({ ...sealing, key: new Uint8Array(16) }),
    () =>
      crypto.hkdfSha256({ secret: out, salt: associated, info: associated, bytes: 255 * 32 + 1 }),
    () => crypto.hkdfSha256({ secret: out, salt: associated, info: associated, bytes: 0 }),
  ];
  for (const fault of faults) assert.throws(fault, RangeError);
});

test("a private key whose bytes were overwritten is not remembered by what it was", () => {
  const peer = crypto.x25519Public(crypto.randomBytes(32));
  const changing = crypto.randomBytes(32);
  const before = crypto.x25519(changing, peer);
  assert.deepEqual(crypto.x25519(changing.slice(), peer), before);
  changing.fill(9);
  const after = crypto.x25519(changing, peer);
  assert.notDeepEqual(after, before);
  assert.deepEqual(crypto.x25519(new Uint8Array(32).fill(9), peer), after);
});

test("sealing writes its bytes at the start of a larger buffer and nothing beyond", () => {
  fc.assert(
    fc.property(bytes, bytes, (plaintext, associated) => {
      const key = crypto.randomBytes(32);
      const nonce = crypto.randomBytes(12);
      const out = new Uint8Array(plaintext.length + AEAD_TAG_BYTES + 3).fill(0xee);
      crypto.aesGcmSeal({ key, nonce, associated, bytes: plaintext }, out);
      assert.deepEqual(out.subarray(-3), new Uint8Array(3).fill(0xee));
      const sealed = out.subarray(0, -3);
      assert.deepEqual(crypto.aesGcmOpen({ key, nonce, associated, bytes: sealed }), plaintext);
    }),
  );
});

test("results are plain byte arrays, never Buffers", () => {
  const secret = crypto.randomBytes(32);
  const empty = new Uint8Array(0);
  const out = new Uint8Array(16);
  const input = { key: secret, nonce: new Uint8Array(12), associated: empty };
  crypto.aesGcmSeal({ ...input, bytes: empty }, out);
  const publicKey = crypto.x25519Public(secret);
  const results = [
    secret,
    publicKey,
    crypto.sha256(empty),
    crypto.macKey(secret).sign(empty),
    crypto.macKey(secret).sign(new Uint8Array(1000)),
    crypto.hkdfSha256({ secret, salt: empty, info: empty, bytes: 5 }),
    crypto.x25519(secret, publicKey),
    crypto.aesGcmOpen({ ...input, bytes: out }),
  ];
  for (const result of results) assert.equal(result?.constructor, Uint8Array);
});
