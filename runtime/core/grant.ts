import type { Crypto } from "./crypto.ts";
import { deriveKey } from "./key-schedule.ts";
import { encodeTranscript, integerBytes } from "./transcript.ts";
import { WireError } from "./wire-error.ts";

const VERSION = 1;
const KEY_ID_AT = 1;
const SESSION_AT = 5;
const CLIENT_AT = 21;
const LIFETIME_AT = 53;
const MAC_AT = 57;

/** Length of a grant: version 1, key id (4), session (16), client (32), lifetime (4), MAC (32). */
export const GRANT_BYTES = 89;

/** A hub's word to a router that a certain client may control it, for a while, in one session. */
export interface Grant {
  /** Which of the router's keys the MAC was made with, 1 … 2^32 - 1. */
  readonly keyId: number;
  /** The meeting that the hub arranged, 16 bytes. */
  readonly sessionId: Uint8Array;
  /** Fingerprint of the client's identity, 32 bytes. */
  readonly client: Uint8Array;
  /** Seconds from when the router learnt of the session; the two clocks need not agree. */
  readonly lifetimeS: number;
}

/**
 * The grant's bytes, for the client to carry. The MAC is over all that stands before it.
 * @param key K of the router, which `keyId` names.
 * @throws {RangeError} if a field does not fit: a bug in the caller.
 */
export function encodeGrant(crypto: Crypto, key: Uint8Array, grant: Grant): Uint8Array {
  if (grant.sessionId.length !== 16) throw new RangeError("session id of 16 bytes");
  if (grant.client.length !== 32) throw new RangeError("fingerprint of 32 bytes");
  const bytes = new Uint8Array(GRANT_BYTES);
  bytes[0] = VERSION;
  bytes.set(integerBytes(grant.keyId, 4), KEY_ID_AT);
  bytes.set(grant.sessionId, SESSION_AT);
  bytes.set(grant.client, CLIENT_AT);
  bytes.set(integerBytes(grant.lifetimeS, 4), LIFETIME_AT);
  bytes.set(grantMac(crypto, key, bytes), MAC_AT);
  return bytes;
}

/**
 * Reads a grant. The router then still compares session and client with whom it has before it, and asks
 * `grantIsLive`.
 * @param keyById K by its id, or undefined if the router has none of that id.
 * @throws {WireError} bad-value if it is malformed, bad-authentication if the hub did not make it.
 */
export function decodeGrant(
  crypto: Crypto,
  keyById: (keyId: number) => Uint8Array | undefined,
  bytes: Uint8Array,
): Grant {
  if (bytes.length !== GRANT_BYTES || bytes[0] !== VERSION) {
    throw new WireError("bad-value", "Grant", 0);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const keyId = view.getUint32(KEY_ID_AT);
  const key = keyById(keyId);
  if (key === undefined || !crypto.equal(bytes.subarray(MAC_AT), grantMac(crypto, key, bytes))) {
    throw new WireError("bad-authentication", "Grant.mac", MAC_AT);
  }
  return {
    keyId,
    sessionId: bytes.slice(SESSION_AT, CLIENT_AT),
    client: bytes.slice(CLIENT_AT, LIFETIME_AT),
    lifetimeS: view.getUint32(LIFETIME_AT),
  };
}

/** Whether the grant's time is not over. @param learntMs when the router learnt of the session, monotonic. */
export function grantIsLive(
  grant: Grant,
  times: { readonly learntMs: number; readonly nowMs: number },
): boolean {
  return times.nowMs - times.learntMs < grant.lifetimeS * 1000;
}

function grantMac(crypto: Crypto, key: Uint8Array, grant: Uint8Array): Uint8Array {
  const signed = encodeTranscript("tagwire grant 1", [grant.subarray(0, MAC_AT)]);
  return crypto.macKey(deriveKey(crypto, key, "grant")).sign(signed);
}
