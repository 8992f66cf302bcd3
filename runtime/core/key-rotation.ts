/** One key that a hub shares with a router or server, here called its reporter. */
export interface KeySlot {
  /** Names the key on the wire, 1 … 2^32 - 1. */
  readonly keyId: number;
  /** Grows with each enrolment and each rotation. */
  readonly generation: number;
  /** K, 32 bytes, from which all keys of use are derived. */
  readonly key: Uint8Array;
}

/** A key that is to follow the current one. */
export interface NextKey {
  readonly slot: KeySlot;
  /** `rotation`: offered with every reply. `enrolment`: granted in answer to a request. */
  readonly origin: "rotation" | "enrolment";
  /** Whether it is on disk. Before, it must neither be offered nor granted. */
  readonly stored: boolean;
}

/**
 * The hub's keys of one reporter. At any time the reporter uses `current` or `next`, and only what it sends
 * tells which: so both are accepted, and the older goes when the newer is heard, never by time.
 */
export interface HubKeyring {
  readonly current: KeySlot | undefined;
  readonly next: NextKey | undefined;
}

/**
 * Makes a key the next one of a rotation. The caller saves the keyring and then calls `hubStored`.
 * @throws {RangeError} without a current key, with a next one or without a greater generation: a bug in the caller.
 */
export function hubMakeNext(keyring: HubKeyring, slot: KeySlot): HubKeyring {
  if (keyring.current === undefined) throw new RangeError("only a current key can be rotated");
  if (keyring.next !== undefined) throw new RangeError("a next key is under way");
  if (slot.generation <= keyring.current.generation) throw new RangeError("an older generation");
  return { current: keyring.current, next: { slot, origin: "rotation", stored: false } };
}

/**
 * Makes an enrolled key the next one, in place of any other: whoever enrols has shown to own the identity
 * and to have lost what was offered. The caller saves the keyring, calls `hubStored`, then grants.
 */
export function hubKeepNext(keyring: HubKeyring, slot: KeySlot): HubKeyring {
  return { current: keyring.current, next: { slot, origin: "enrolment", stored: false } };
}

/** The keyring with this next key is on disk. No change if another key is next by now. */
export function hubStored(keyring: HubKeyring, keyId: number): HubKeyring {
  const { current, next } = keyring;
  if (next?.slot.keyId !== keyId) return keyring;
  return { current, next: { ...next, stored: true } };
}

/** Forgets a next key that could not be saved. @throws {RangeError} if it may have been sent already. */
export function hubDiscardNext(keyring: HubKeyring): HubKeyring {
  if (keyring.next?.stored === true) throw new RangeError("the reporter may use this key already");
  return { current: keyring.current, next: undefined };
}

/** What every reply is to offer, and under which key; undefined for nothing. */
export function hubOffer(
  keyring: HubKeyring,
): { readonly under: KeySlot; readonly next: KeySlot } | undefined {
  const { current, next } = keyring;
  if (current === undefined || next?.origin !== "rotation" || !next.stored) return undefined;
  return { under: current, next: next.slot };
}

/** The key to verify a datagram with; undefined if the id names none that is accepted. */
export function hubKeyById(keyring: HubKeyring, keyId: number): KeySlot | undefined {
  const { current, next } = keyring;
  if (current?.keyId === keyId) return current;
  return next?.stored === true && next.slot.keyId === keyId ? next.slot : undefined;
}

/**
 * A valid datagram came under this key. If it is the next one, it becomes the current one and the older is
 * gone; that change may be saved at leisure, since what is on disk accepts the same key.
 */
export function hubHeard(keyring: HubKeyring, keyId: number): HubKeyring {
  const { next } = keyring;
  if (next?.stored !== true || next.slot.keyId !== keyId) return keyring;
  return { current: next.slot, next: undefined };
}

/** A reporter's keys. It sends under `current` alone. */
export interface ReporterKeyring {
  readonly current: KeySlot | undefined;
  /** Granted or offered, and being saved; not used before it is on disk. */
  readonly next: KeySlot | undefined;
  /** What `current` followed: still verifies what the hub sent before it heard of the new key. Need not be saved. */
  readonly previous: KeySlot | undefined;
}

/**
 * Takes a key that the hub offered under the current one. The caller saves it and then calls
 * `reporterStored`. No change while another is being saved, or for a key that is no newer: under one key a
 * hub offers only one other.
 */
export function reporterKeepOffered(keyring: ReporterKeyring, slot: KeySlot): ReporterKeyring {
  const { current, next } = keyring;
  if (next !== undefined || slot.generation <= (current?.generation ?? 0)) return keyring;
  return { ...keyring, next: slot };
}

/**
 * Takes a key that the hub granted. The caller saves it and then calls `reporterStored`. Whatever its
 * generation: a hub that lost its disk counts anew.
 */
export function reporterKeepGranted(keyring: ReporterKeyring, slot: KeySlot): ReporterKeyring {
  return { ...keyring, next: slot };
}

/** This key is on disk: from now on it is the current one. No change if another is being saved by now. */
export function reporterStored(keyring: ReporterKeyring, keyId: number): ReporterKeyring {
  const { current, next } = keyring;
  if (next?.keyId !== keyId) return keyring;
  return { current: next, next: undefined, previous: current };
}

/** Forgets a key that could not be saved; the hub still accepts the current one and will offer again. */
export function reporterDiscardNext(keyring: ReporterKeyring): ReporterKeyring {
  return { ...keyring, next: undefined };
}

/** The key to verify what the hub sent; undefined if the id names none. */
export function reporterKeyById(keyring: ReporterKeyring, keyId: number): KeySlot | undefined {
  if (keyring.current?.keyId === keyId) return keyring.current;
  return keyring.previous?.keyId === keyId ? keyring.previous : undefined;
}
