import assert from "node:assert/strict";
import { test } from "node:test";
import { createNodeCrypto } from "../io/node-crypto.ts";
import { createKeyPair, type KeyPair } from "./crypto.ts";
import {
  ENROLMENT_TAG_BYTES,
  enrolmentConfirmation,
  enrolmentKeyOfHub,
  enrolmentKeyOfReporter,
  enrolmentProof,
  type EnrolmentTranscript,
} from "./enrolment-key.ts";
import { WireError } from "./wire-error.ts";

const crypto = createNodeCrypto();
const hub = createKeyPair(crypto);
const router = createKeyPair(crypto);
const ephemeral = createKeyPair(crypto);

const transcript: EnrolmentTranscript = {
  reporter: 1,
  subject: 0x0200_5e10_0001,
  cookie: new Uint8Array(16).fill(3),
  ephemeral: ephemeral.publicKey,
  certificateHash: new Uint8Array(32).fill(4),
  hubCertificateHash: new Uint8Array(32).fill(5),
  keyId: 7,
  generation: 1,
};

const asHub = (said: EnrolmentTranscript, staticKey: KeyPair = hub): Uint8Array =>
  enrolmentKeyOfHub(crypto, { staticKey, reporterStatic: router.publicKey }, said);
const asRouter = (said: EnrolmentTranscript, staticKey: KeyPair = router): Uint8Array =>
  enrolmentKeyOfReporter(crypto, { ephemeral, staticKey, hubStatic: hub.publicKey }, said);

test("both sides compute one key, and a retransmission yields the same", () => {
  const key = asHub(transcript);
  assert.equal(key.length, 32);
  assert.deepEqual(asRouter(transcript), key);
  assert.deepEqual(asHub({ ...transcript }), key);
});

test("the key depends on every part of the transcript, and so does the confirmation", () => {
  const key = asHub(transcript);
  const confirmation = enrolmentConfirmation(crypto, key, transcript);
  assert.equal(confirmation.length, ENROLMENT_TAG_BYTES);
  assert.deepEqual(enrolmentConfirmation(crypto, asRouter(transcript), transcript), confirmation);
  const changes: Partial<EnrolmentTranscript>[] = [
    { reporter: 2 },
    { subject: transcript.subject + 1 },
    { cookie: new Uint8Array(16) },
    { cookie: new Uint8Array(15).fill(3) },
    { certificateHash: new Uint8Array(32) },
    { hubCertificateHash: new Uint8Array(32) },
    { keyId: 8 },
    { generation: 2 },
  ];
  for (const change of changes) {
    const changed = { ...transcript, ...change };
    assert.notDeepEqual(asRouter(changed), key);
    assert.notDeepEqual(enrolmentConfirmation(crypto, key, changed), confirmation);
  }
});

test("without the router's static key, or the hub's, there is another key", () => {
  const key = asHub(transcript);
  assert.notDeepEqual(asRouter(transcript, createKeyPair(crypto)), key);
  assert.notDeepEqual(asHub(transcript, createKeyPair(crypto)), key);
  const other = createKeyPair(crypto).publicKey;
  assert.notDeepEqual(asHub({ ...transcript, ephemeral: other }), key);
});

test("a proof fits only the request and the owner of the certificate's key", () => {
  const proof = enrolmentProof(
    crypto,
    { staticKey: router, remoteStatic: hub.publicKey },
    transcript,
  );
  assert.equal(proof.length, ENROLMENT_TAG_BYTES);
  const check = (said: EnrolmentTranscript): Uint8Array =>
    enrolmentProof(crypto, { staticKey: hub, remoteStatic: router.publicKey }, said);
  assert.deepEqual(check(transcript), proof);
  assert.notDeepEqual(check({ ...transcript, cookie: new Uint8Array(16) }), proof);
  assert.notDeepEqual(check({ ...transcript, ephemeral: hub.publicKey }), proof);
  const thief = { staticKey: createKeyPair(crypto), remoteStatic: hub.publicKey };
  assert.notDeepEqual(enrolmentProof(crypto, thief, transcript), proof);
});

test("a key of low order is refused on either side", () => {
  const zero = new Uint8Array(32);
  const refuses = (work: () => unknown): void => {
    assert.throws(
      work,
      (error) => error instanceof WireError && error.code === "bad-authentication",
    );
  };
  refuses(() => asHub({ ...transcript, ephemeral: zero }));
  refuses(() => enrolmentKeyOfHub(crypto, { staticKey: hub, reporterStatic: zero }, transcript));
  const keys = { ephemeral, staticKey: router, hubStatic: zero };
  refuses(() => enrolmentKeyOfReporter(crypto, keys, transcript));
  refuses(() => enrolmentProof(crypto, { staticKey: router, remoteStatic: zero }, transcript));
  refuses(() => asHub({ ...transcript, ephemeral: new Uint8Array(31) }));
});
