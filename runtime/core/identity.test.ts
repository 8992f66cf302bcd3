import assert from "node:assert/strict";
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { generateIdentity } from "../io/node-crypto-identity.ts";
import { createKeyPair, type Crypto } from "./crypto.ts";
import {
  CERTIFICATE_BYTES,
  CertificateVerifier,
  encodeCertificate,
  fingerprintText,
  parseFingerprint,
} from "./identity-certificate.ts";
import { createIdentity, parseIdentity, serialiseIdentity } from "./identity.ts";
import { OperatorError } from "./operator-error.ts";
import { WireError, type WireErrorCode } from "./wire-error.ts";

const crypto = createNodeCrypto();
const [alice, bob] = await Promise.all([generateIdentity(crypto), generateIdentity(crypto)]);

function refuses(work: () => unknown, code: WireErrorCode): void {
  assert.throws(work, (error) => error instanceof WireError && error.code === code);
}

test("a certificate fits an enrolment datagram and names key and party", () => {
  assert.equal(alice.certificate.length, 801);
  assert.equal(CERTIFICATE_BYTES, 801);
  const verified = new CertificateVerifier(crypto).verify(alice.certificate);
  assert.deepEqual(verified.fingerprint, alice.fingerprint);
  assert.deepEqual(verified.staticKey, alice.staticKey.publicKey);
  assert.deepEqual(verified.certificateHash, crypto.sha256(alice.certificate));
  assert.notDeepEqual(alice.fingerprint, bob.fingerprint);
});

test("the fingerprint is the SHA-256 of the identity key as any tool exports it", () => {
  const privateKey = createPrivateKey({
    key: Buffer.from(alice.signingKey),
    format: "der",
    type: "pkcs8",
  });
  const der = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const expected = createHash("sha256").update(der).digest();
  assert.deepEqual(Buffer.from(alice.fingerprint), expected);
  assert.equal(privateKey.asymmetricKeyDetails?.modulusLength, 3072);
});

test("a certificate with any bit flipped is refused", () => {
  const verifier = new CertificateVerifier(crypto);
  verifier.verify(alice.certificate);
  fc.assert(
    fc.property(fc.nat(CERTIFICATE_BYTES - 1), fc.nat(7), (at, bit) => {
      const flipped = alice.certificate.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      assert.throws(() => verifier.verify(flipped), WireError);
    }),
    { numRuns: 300 },
  );
});

test("arbitrary bytes of any length are refused and never throw anything else", () => {
  const verifier = new CertificateVerifier(crypto);
  const shaped = fc
    .uint8Array({ minLength: CERTIFICATE_BYTES, maxLength: CERTIFICATE_BYTES })
    .map((bytes) => {
      bytes[0] = 1;
      bytes[1] = (bytes[1] ?? 0) | 0x80;
      bytes[384] = (bytes[384] ?? 0) | 1;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 900 }), shaped), (bytes) => {
      assert.throws(() => verifier.verify(bytes), WireError);
    }),
  );
  refuses(() => verifier.verify(alice.certificate.subarray(0, 800)), "bad-value");
  const even = alice.certificate.slice();
  even[384] = (even[384] ?? 0) & 0xfe;
  refuses(() => verifier.verify(even), "bad-value");
});

test("a certificate shown in a handshake by someone else is refused", () => {
  const verifier = new CertificateVerifier(crypto);
  assert.ok(verifier.verifyFor(alice.certificate, alice.staticKey.publicKey));
  const stolen = (): unknown => verifier.verifyFor(alice.certificate, bob.staticKey.publicKey);
  refuses(stolen, "bad-authentication");
  refuses(() => verifier.verifyFor(alice.certificate, undefined), "bad-authentication");
});

test("a signature of one identity does not certify under another", () => {
  const mixed = encodeCertificate({
    modulus: bob.certificate.slice(1, 385),
    staticKey: alice.staticKey.publicKey,
    signature: alice.certificate.slice(417),
  });
  refuses(() => new CertificateVerifier(crypto).verify(mixed), "bad-authentication");
});

test("a genuine certificate is verified once, a forged one every time, and memory is bounded", () => {
  let verifications = 0;
  const counting: Crypto = {
    ...crypto,
    rsaPssVerify: (...input) => {
      verifications += 1;
      return crypto.rsaPssVerify(...input);
    },
  };
  const verifier = new CertificateVerifier(counting, 1);
  verifier.verify(alice.certificate);
  verifier.verify(alice.certificate.slice());
  assert.equal(verifications, 1);
  const forged = alice.certificate.slice();
  forged[800] = (forged[800] ?? 0) ^ 1;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    refuses(() => verifier.verify(forged), "bad-authentication");
  }
  assert.equal(verifications, 3);
  verifier.verify(alice.certificate);
  assert.equal(verifications, 3, "forgeries displace nothing");
  verifier.verify(bob.certificate);
  verifier.verify(alice.certificate);
  assert.equal(verifications, 5, "one entry is remembered");
});

test("a fingerprint's text reads back however it is typed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const text = fingerprintText(bytes);
      assert.match(text, /^([0-9a-f]{8}-){7}[0-9a-f]{8}$/);
      assert.deepEqual(parseFingerprint(text), bytes);
      assert.deepEqual(parseFingerprint(text.toUpperCase().replaceAll("-", "")), bytes);
    }),
  );
  assert.equal(parseFingerprint("00"), undefined);
  assert.equal(parseFingerprint("g".repeat(64)), undefined);
});

test("an identity that is written and read again is the same", () => {
  const text = serialiseIdentity(alice);
  assert.deepEqual(parseIdentity(crypto, text, "hub.json"), alice);
});

test("an identity file at fault is named with the pointer to what is wrong", () => {
  const good = JSON.parse(serialiseIdentity(alice)) as Record<string, unknown>;
  const other = JSON.parse(serialiseIdentity(bob)) as Record<string, unknown>;
  const cases: readonly (readonly [string, string])[] = [
    ["", "hub.json#"],
    ["[1", "hub.json#"],
    ["null", "hub.json#"],
    [JSON.stringify({ ...good, format: "tagwire identity 2" }), "hub.json#/format"],
    [JSON.stringify({ ...good, signingKey: 5 }), "hub.json#/signingKey"],
    [JSON.stringify({ ...good, signingKey: "AAAA" }), "hub.json#/signingKey"],
    [JSON.stringify({ ...good, signingKey: other["signingKey"] }), "hub.json#/signingKey"],
    [JSON.stringify({ ...good, staticKey: "AAAA" }), "hub.json#/staticKey"],
    [JSON.stringify({ ...good, staticKey: other["staticKey"] }), "hub.json#/certificate"],
    [JSON.stringify({ ...good, certificate: "***" }), "hub.json#/certificate"],
    [JSON.stringify({ ...good, certificate: other["certificate"] }), "hub.json#/certificate"],
  ];
  for (const [text, place] of cases) {
    assert.throws(
      () => parseIdentity(crypto, text, "hub.json"),
      (error) => error instanceof OperatorError && error.place === place,
      place,
    );
  }
});

test("keys that do not belong together make no identity", () => {
  const { signingKey } = alice;
  const modulus = bob.certificate.slice(1, 385);
  assert.throws(
    () => createIdentity(crypto, { signingKey, modulus, staticKey: createKeyPair(crypto) }),
    RangeError,
  );
});
