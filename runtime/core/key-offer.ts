import { AEAD_TAG_BYTES, type Crypto } from "./crypto.ts";
import type { KeySlot } from "./key-rotation.ts";
import { deriveKey } from "./key-schedule.ts";
import { encodeTranscript, integerBytes } from "./transcript.ts";
import { WireError } from "./wire-error.ts";

const NONCE_BYTES = 12;
const KEY_BYTES = 32;

/** Length of an offered key under seal: nonce (12), key (32), tag (16). */
export const KEY_OFFER_BYTES: number = NONCE_BYTES + KEY_BYTES + AEAD_TAG_BYTES;

/** The next key as it goes to its reporter, sealed under a key derived from the current one. */
export function sealKeyOffer(crypto: Crypto, current: KeySlot, next: KeySlot): Uint8Array {
  const sealed = new Uint8Array(KEY_OFFER_BYTES);
  // Random, since an offer repeats after a restart that may have lost what was counted.
  const nonce = crypto.randomBytes(NONCE_BYTES);
  sealed.set(nonce);
  const key = deriveKey(crypto, current.key, "key offer");
  const associated = associate(current, next);
  crypto.aesGcmSeal({ key, nonce, associated, bytes: next.key }, sealed.subarray(NONCE_BYTES));
  return sealed;
}

/**
 * The key that the hub offers.
 * @param next the key id and generation that stand beside the sealed key.
 * @throws {WireError} bad-authentication if the offer was not made under the current key.
 */
export function openKeyOffer(
  crypto: Crypto,
  current: KeySlot,
  next: { readonly keyId: number; readonly generation: number; readonly sealed: Uint8Array },
): KeySlot {
  const { keyId, generation, sealed } = next;
  const opened =
    sealed.length === KEY_OFFER_BYTES
      ? crypto.aesGcmOpen({
          key: deriveKey(crypto, current.key, "key offer"),
          nonce: sealed.subarray(0, NONCE_BYTES),
          associated: associate(current, next),
          bytes: sealed.subarray(NONCE_BYTES),
        })
      : undefined;
  if (opened === undefined) throw new WireError("bad-authentication", "KeyOffer.sealed", 0);
  return { keyId, generation, key: opened };
}

function associate(
  current: KeySlot,
  next: { readonly keyId: number; readonly generation: number },
): Uint8Array {
  return encodeTranscript("tagwire key offer 1", [
    integerBytes(current.keyId, 4),
    integerBytes(current.generation, 4),
    integerBytes(next.keyId, 4),
    integerBytes(next.generation, 4),
  ]);
}
