import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OperatorError } from "../core/index.ts";
import { makePeerCertificate, refuseOverlong } from "./peer-certificate-maker.ts";
import { PEER_KEY_KINDS } from "./peer-key-kinds.ts";
import { NodePeerCertificates, createPeerSigner } from "./peer-certificates.ts";

const PLAN = {
  name: "Alice Müller 2",
  validFromUnixMs: 1_700_000_000_000,
  validToUnixMs: 1_800_000_000_000,
  bytesMax: 880,
};
const MADE = await Promise.all(
  PEER_KEY_KINDS.map(async (kind) => ({ kind, ...(await makePeerCertificate({ ...PLAN, kind })) })),
);
const OTHER = await makePeerCertificate(PLAN);

for (const { kind, certificate, privateKey } of MADE) {
  test(`a certificate with a ${kind} key says what it was made of`, () => {
    const read = new NodePeerCertificates().read(certificate);
    assert.equal(read?.name, PLAN.name);
    assert.equal(read.validFromUnixMs, PLAN.validFromUnixMs);
    assert.equal(read.validToUnixMs, PLAN.validToUnixMs);
    assert.equal(read.fingerprint.length, 32);
    assert.ok(certificate.length <= PLAN.bytesMax);
  });

  test(`only what its ${kind} key signed is taken for signed`, () => {
    const certificates = new NodePeerCertificates();
    const signer = createPeerSigner(certificates, { certificate, privateKey });
    const bytes = fc.uint8Array({ maxLength: 64 });
    fc.assert(
      fc.property(bytes, bytes, fc.nat(10_000), (message, other, at) => {
        const signature = signer.sign(message);
        assert.ok(signature.length <= 256);
        assert.ok(certificates.verify(signer.certificate, message, signature));
        const same = Buffer.compare(message, other) === 0;
        assert.equal(certificates.verify(signer.certificate, other, signature), same);
        signature[at % signature.length] = (signature[at % signature.length] ?? 0) ^ 1;
        assert.ok(!certificates.verify(signer.certificate, message, signature));
        assert.ok(!certificates.verify(signer.certificate, message, other));
      }),
      { numRuns: 20 },
    );
  });

  test(`bytes behind a ${kind} certificate make it no certificate, for its fingerprint would not be one`, () => {
    const longer = new Uint8Array([...certificate, 0]);
    assert.equal(new NodePeerCertificates().read(longer), undefined);
  });

  test(`a ${kind} certificate goes with no other key`, () => {
    assert.throws(
      () =>
        createPeerSigner(new NodePeerCertificates(), {
          certificate,
          privateKey: kind === "p256" ? OTHER.privateKey : (MADE[0]?.privateKey ?? privateKey),
        }),
      RangeError,
    );
  });
}

test("arbitrary bytes are no certificate", () => {
  const certificates = new NodePeerCertificates();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(certificates.read(bytes), undefined);
    }),
  );
});

test("a certificate that does not fit one datagram is refused with what to do", async () => {
  await assert.rejects(makePeerCertificate({ ...PLAN, bytesMax: 200 }), (error) => {
    assert.ok(error instanceof OperatorError);
    assert.match(error.message, /one datagram carries 200/);
    return true;
  });
  assert.doesNotThrow(() => {
    refuseOverlong(new Uint8Array(880), 880);
  });
});

test("a name that is syntax in a certificate is refused", async () => {
  for (const name of ["", "a, O=b", 'a"b', "#61", " a", "a\n", "n".repeat(65)]) {
    await assert.rejects(makePeerCertificate({ ...PLAN, name }), OperatorError, name);
  }
});
