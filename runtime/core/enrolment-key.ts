import type { Crypto, KeyPair } from "./crypto.ts";
import { deriveKey } from "./key-schedule.ts";
import { encodeTranscript, integerBytes } from "./transcript.ts";
import { WireError } from "./wire-error.ts";

/** Length of the proof in a request and of the confirmation in a grant. */
export const ENROLMENT_TAG_BYTES = 16;

const NO_SALT = new Uint8Array(0);

/** What a request says; the proof is over it. */
export interface EnrolmentRequest {
  /** Who enrols, as the wire has it: 1 a router, 2 a server. */
  readonly reporter: number;
  /** The router's hardware address, or what stands for a server; 48 bits. */
  readonly subject: number;
  readonly cookie: Uint8Array;
  /** X25519 public key made for this enrolment. */
  readonly ephemeral: Uint8Array;
  /** SHA-256 of the reporter's certificate. */
  readonly certificateHash: Uint8Array;
}

/** All that both sides have said; the key and its confirmation depend on every part. */
export interface EnrolmentTranscript extends EnrolmentRequest {
  /** SHA-256 of the hub's certificate. */
  readonly hubCertificateHash: Uint8Array;
  /** 32 bits, not 0. */
  readonly keyId: number;
  /** 32 bits. */
  readonly generation: number;
}

/** The keys of a reporter: its own two pairs and the hub's static key. */
export interface ReporterEnrolmentKeys {
  readonly ephemeral: KeyPair;
  readonly staticKey: KeyPair;
  readonly hubStatic: Uint8Array;
}

/** The keys of the hub: its static pair and the reporter's static key, which its certificate names. */
export interface HubEnrolmentKeys {
  readonly staticKey: KeyPair;
  readonly reporterStatic: Uint8Array;
}

/**
 * The key K, 32 bytes, as the reporter computes it from the hub's grant. The same for every copy of the grant.
 * @throws {WireError} bad-authentication if the hub's key is of low order.
 */
export function enrolmentKeyOfReporter(
  crypto: Crypto,
  keys: ReporterEnrolmentKeys,
  transcript: EnrolmentTranscript,
): Uint8Array {
  const { ephemeral, staticKey, hubStatic } = keys;
  return combine(crypto, transcript, [
    agree(crypto, ephemeral.privateKey, hubStatic),
    agree(crypto, staticKey.privateKey, hubStatic),
  ]);
}

/**
 * The same key as the hub computes it from a request. The same for every copy of the request, if the key id
 * and generation are.
 * @throws {WireError} bad-authentication if a key of the reporter is of low order.
 */
export function enrolmentKeyOfHub(
  crypto: Crypto,
  keys: HubEnrolmentKeys,
  transcript: EnrolmentTranscript,
): Uint8Array {
  const { staticKey, reporterStatic } = keys;
  return combine(crypto, transcript, [
    agree(crypto, staticKey.privateKey, transcript.ephemeral),
    agree(crypto, staticKey.privateKey, reporterStatic),
  ]);
}

/** What the hub puts into its grant: shows that it could compute K. 16 bytes. */
export function enrolmentConfirmation(
  crypto: Crypto,
  key: Uint8Array,
  transcript: EnrolmentTranscript,
): Uint8Array {
  const confirming = crypto.macKey(deriveKey(crypto, key, "enrolment confirmation"));
  return confirming.sign(encodeEnrolment(transcript)).slice(0, ENROLMENT_TAG_BYTES);
}

/**
 * What a reporter puts into its request: shows that it owns the static key of its certificate, so that
 * nobody who has merely seen the certificate can make the hub replace a key. 16 bytes.
 * @param keys ours and the other side's static key, on either side; the hub recomputes it to compare.
 * @throws {WireError} bad-authentication if the other side's key is of low order.
 */
export function enrolmentProof(
  crypto: Crypto,
  keys: { readonly staticKey: KeyPair; readonly remoteStatic: Uint8Array },
  request: EnrolmentRequest,
): Uint8Array {
  const secret = agree(crypto, keys.staticKey.privateKey, keys.remoteStatic);
  const info = encodeTranscript("tagwire enrolment proof 1", requestParts(request));
  const proof = crypto.hkdfSha256({ secret, salt: NO_SALT, info, bytes: ENROLMENT_TAG_BYTES });
  secret.fill(0);
  return proof;
}

function agree(crypto: Crypto, privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const secret = crypto.x25519(privateKey, publicKey);
  if (secret === undefined) throw new WireError("bad-authentication", "Enrolment", 0);
  return secret;
}

function combine(
  crypto: Crypto,
  transcript: EnrolmentTranscript,
  secrets: readonly [Uint8Array, Uint8Array],
): Uint8Array {
  const secret = new Uint8Array(64);
  secret.set(secrets[0]);
  secret.set(secrets[1], 32);
  const info = encodeEnrolment(transcript);
  const key = crypto.hkdfSha256({ secret, salt: NO_SALT, info, bytes: 32 });
  for (const used of [secret, ...secrets]) used.fill(0);
  return key;
}

function encodeEnrolment(transcript: EnrolmentTranscript): Uint8Array {
  return encodeTranscript("tagwire enrolment 1", [
    ...requestParts(transcript),
    transcript.hubCertificateHash,
    integerBytes(transcript.keyId, 4),
    integerBytes(transcript.generation, 4),
  ]);
}

function requestParts(request: EnrolmentRequest): readonly Uint8Array[] {
  return [
    integerBytes(request.reporter, 1),
    integerBytes(request.subject, 6),
    request.cookie,
    request.ephemeral,
    request.certificateHash,
  ];
}
