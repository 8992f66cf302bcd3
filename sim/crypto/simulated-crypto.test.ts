import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CertificateVerifier, createKeyPair } from "../../runtime/core/index.ts";
import { RandomStream } from "../engine/index.ts";
import { QuickHash } from "./quick-hash.ts";
import { SimulatedCrypto, simulatedIdentity } from "./simulated-crypto.ts";

const cryptoOf = (seed: number | string): SimulatedCrypto =>
  new SimulatedCrypto(RandomStream.fromSeed(seed));
const crypto = cryptoOf(1);

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const sealed = fc.record({
  key: bytes(32),
  nonce: bytes(12),
  associated: fc.uint8Array({ maxLength: 64 }),
  bytes: fc.uint8Array({ maxLength: 200 }),
});

/** The same bytes with one bit changed. */
function flipped(original: Uint8Array, bit: number): Uint8Array {
  const changed = original.slice();
  const at = (bit >> 3) % changed.length;
  changed[at] = (changed[at] as number) ^ (1 << (bit & 7));
  return changed;
}

test("two parties that exchange public keys share a secret that a third does not", () => {
  fc.assert(
    fc.property(bytes(32), bytes(32), bytes(32), (ours, theirs, stranger) => {
      const pairs = [ours, theirs, stranger].map((privateKey) => crypto.x25519Public(privateKey));
      const [ourPublic, theirPublic] = pairs;
      assert.ok(ourPublic && theirPublic);
      const shared = crypto.x25519(ours, theirPublic);
      assert.deepEqual(shared, crypto.x25519(theirs, ourPublic));
      fc.pre(!crypto.equal(stranger, ours) && !crypto.equal(stranger, theirs));
      assert.notDeepEqual(crypto.x25519(stranger, theirPublic), shared);
    }),
  );
});

test("a public key that was changed on its way gives a secret that nobody shares", () => {
  fc.assert(
    fc.property(bytes(32), bytes(32), fc.nat(255), (ours, theirs, bit) => {
      const theirPublic = crypto.x25519Public(theirs);
      const changed = crypto.x25519(ours, flipped(theirPublic, bit));
      assert.notDeepEqual(changed, crypto.x25519(theirs, crypto.x25519Public(ours)));
    }),
  );
  assert.equal(crypto.x25519(new Uint8Array(32), new Uint8Array(32)), undefined);
  assert.equal(crypto.x25519(new Uint8Array(32), new Uint8Array(31)), undefined);
});

test("what was sealed opens, and does not if one bit of anything changed", () => {
  fc.assert(
    fc.property(sealed, fc.nat(), (input, bit) => {
      const out = new Uint8Array(input.bytes.length + 16);
      crypto.aesGcmSeal(input, out);
      const opening = { ...input, bytes: out };
      assert.deepEqual(crypto.aesGcmOpen(opening), input.bytes);
      assert.equal(crypto.aesGcmOpen({ ...opening, bytes: flipped(out, bit) }), undefined);
      assert.equal(crypto.aesGcmOpen({ ...opening, key: flipped(input.key, bit) }), undefined);
      assert.equal(crypto.aesGcmOpen({ ...opening, nonce: flipped(input.nonce, bit) }), undefined);
      const associated = new Uint8Array([...input.associated, 0]);
      assert.equal(crypto.aesGcmOpen({ ...opening, associated }), undefined);
    }),
  );
  assert.equal(
    crypto.aesGcmOpen({
      key: new Uint8Array(32),
      nonce: new Uint8Array(12),
      associated: new Uint8Array(0),
      bytes: new Uint8Array(15),
    }),
    undefined,
  );
});

test("a ciphertext tells nothing of a text of zeros, and no two blocks of it are the same", () => {
  const input = {
    key: new Uint8Array(32),
    nonce: new Uint8Array(12),
    associated: new Uint8Array(0),
  };
  const out = new Uint8Array(1024 + 16);
  crypto.aesGcmSeal({ ...input, bytes: new Uint8Array(1024) }, out);
  const blocks = Array.from({ length: 65 }, (_none, block) =>
    out.slice(block * 16, block * 16 + 16),
  );
  assert.equal(new Set(blocks.map(String)).size, 65);
});

test("a signature verifies for its key and its message alone", () => {
  const ours = simulatedIdentity("ours");
  const theirs = simulatedIdentity("theirs");
  const verifier = new CertificateVerifier(crypto);
  assert.deepEqual(verifier.verify(ours.certificate).fingerprint, ours.fingerprint);
  assert.notDeepEqual(ours.fingerprint, theirs.fingerprint);
  assert.equal(simulatedIdentity("ours"), ours);
  for (let bit = 8; bit < ours.certificate.length * 8; bit += 97) {
    const changed = flipped(ours.certificate, bit);
    assert.throws(() => verifier.verify(changed), { name: "WireError" }, `bit ${String(bit)}`);
  }
  // Another's key under one's own name.
  const stolen = ours.certificate.slice();
  stolen.set(theirs.staticKey.publicKey, 385);
  assert.throws(() => verifier.verify(stolen), { name: "WireError" });
  assert.equal(
    crypto.rsaPssVerify(new Uint8Array(5), new Uint8Array(1), new Uint8Array(384)),
    false,
  );
});

test("a MAC and a derived key depend on each bit of what they are made of", () => {
  fc.assert(
    fc.property(
      bytes(32),
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      fc.nat(),
      (key, text, bit) => {
        const sign = (with_: Uint8Array, of: Uint8Array): Uint8Array =>
          crypto.macKey(with_).sign(of).slice();
        const tag = sign(key, text);
        assert.deepEqual(sign(key, text), tag);
        assert.notDeepEqual(sign(flipped(key, bit), text), tag);
        assert.notDeepEqual(sign(key, flipped(text, bit)), tag);
        const derive = (secret: Uint8Array, info: Uint8Array, length = 70): Uint8Array =>
          crypto.hkdfSha256({ secret, salt: text, info, bytes: length });
        const derived = derive(key, text);
        assert.equal(derived.length, 70);
        assert.notDeepEqual(derive(flipped(key, bit), text), derived);
        assert.notDeepEqual(derive(key, flipped(text, bit)), derived);
        assert.deepEqual(derive(key, text, 32), derived.slice(0, 32));
      },
    ),
  );
  assert.throws(
    () => crypto.hkdfSha256({ secret: NONE, salt: NONE, info: NONE, bytes: 0 }),
    RangeError,
  );
});

const NONE = new Uint8Array(0);

test("randomness follows from its stream, and keys with it", () => {
  assert.deepEqual(createKeyPair(cryptoOf(7)), createKeyPair(cryptoOf(7)));
  assert.notDeepEqual(createKeyPair(cryptoOf(7)), createKeyPair(cryptoOf(8)));
});

test("a bit of the input changes about half of the digest, wherever it is", () => {
  const hash = new QuickHash();
  for (const length of [1, 3, 4, 16, 33, 200]) {
    const text = RandomStream.fromSeed(length).bytes(length);
    const digest = hash.begin(1).add(text).digest();
    let changedBits = 0;
    for (let bit = 0; bit < length * 8; bit += 1) {
      const other = hash.begin(1).add(flipped(text, bit)).digest();
      let changed = 0;
      for (const [at, byte] of other.entries()) changed += bitsOf(byte ^ (digest[at] as number));
      assert.ok(
        changed > 64 && changed < 192,
        `${String(changed)} of 256 bits, bit ${String(bit)}`,
      );
      changedBits += changed;
    }
    const mean = changedBits / (length * 8);
    assert.ok(
      Math.abs(mean - 128) < 12,
      `a mean of ${String(mean)} bits at length ${String(length)}`,
    );
  }
});

test("100,000 short inputs have as many digests, also by any half of them", () => {
  const hash = new QuickHash();
  const text = new Uint8Array(6);
  const halves = new Set<string>();
  for (let count = 0; count < 100_000; count += 1) {
    new DataView(text.buffer).setUint32(1, count);
    const digest = hash.begin(2).add(text).digest();
    halves.add(digest.subarray(0, 16).join()).add(digest.subarray(16).join());
  }
  assert.equal(halves.size, 200_000);
});

function bitsOf(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}
