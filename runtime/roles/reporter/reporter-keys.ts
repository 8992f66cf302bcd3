import {
  DatagramAuthenticator,
  ReplayWindow,
  deriveKey,
  reporterDiscardNext,
  reporterKeepGranted,
  reporterKeepOffered,
  reporterKeyById,
  reporterStored,
} from "../../core/index.ts";
import type { Crypto, KeySlot, ReporterKeyring } from "../../core/index.ts";

/** A key that verifies what the hub sends, with the window over its sequence numbers. */
export interface HubVerifier {
  readonly keyId: number;
  readonly authenticator: DatagramAuthenticator;
  readonly window: ReplayWindow;
}

/** The keys that a router or server shares with its hub. */
export class ReporterKeys {
  readonly #crypto: Crypto;
  #verifiers: readonly HubVerifier[] = [];
  #sealer: { readonly keyId: number; readonly authenticator: DatagramAuthenticator } | undefined;
  #keyring: ReporterKeyring;

  /** @param current the key that the store holds, if it holds one. */
  constructor(crypto: Crypto, current: KeySlot | undefined) {
    this.#crypto = crypto;
    this.#keyring = { current, next: undefined, previous: undefined };
  }

  /** The key that is in use. */
  get current(): KeySlot | undefined {
    return this.#keyring.current;
  }

  /** The key that is being saved. */
  get next(): KeySlot | undefined {
    return this.#keyring.next;
  }

  /** Takes an offered key; false if it is no newer than what there is. */
  keepOffered(slot: KeySlot): boolean {
    this.#keyring = reporterKeepOffered(this.#keyring, slot);
    return this.#keyring.next === slot;
  }

  /** Takes a granted key, whatever its generation: the hub may have lost its store. */
  keepGranted(slot: KeySlot): void {
    this.#keyring = reporterKeepGranted(this.#keyring, slot);
  }

  discardNext(): void {
    this.#keyring = reporterDiscardNext(this.#keyring);
  }

  /** The next key is on disk: uses it from now on. */
  adopt(): void {
    const { next } = this.#keyring;
    if (next !== undefined) this.#keyring = reporterStored(this.#keyring, next.keyId);
  }

  /** Writes the tag of a datagram under the current key. */
  seal(datagram: Uint8Array, tagOffset: number): void {
    const { current } = this.#keyring;
    if (current === undefined) return;
    if (this.#sealer?.keyId !== current.keyId) {
      const key = deriveKey(this.#crypto, current.key, "router to hub");
      const authenticator = new DatagramAuthenticator(this.#crypto, key);
      this.#sealer = { keyId: current.keyId, authenticator };
    }
    this.#sealer.authenticator.seal(datagram, tagOffset);
  }

  /** The key of this id, by its bytes; the current one or the one before. */
  keyById(keyId: number): Uint8Array | undefined {
    return reporterKeyById(this.#keyring, keyId)?.key;
  }

  /** What verifies the hub's datagrams under this key; undefined if the id names none. */
  verifier(keyId: number): HubVerifier | undefined {
    const slot = reporterKeyById(this.#keyring, keyId);
    if (slot === undefined) return undefined;
    for (const known of this.#verifiers) if (known.keyId === keyId) return known;
    const key = deriveKey(this.#crypto, slot.key, "hub to router");
    const authenticator = new DatagramAuthenticator(this.#crypto, key);
    const verifier: HubVerifier = { keyId, authenticator, window: new ReplayWindow() };
    const inUse = this.#verifiers.filter(
      (old) => reporterKeyById(this.#keyring, old.keyId) !== undefined,
    );
    // Not by spreading, which makes room for sixteen more.
    this.#verifiers = inUse.concat(verifier);
    return verifier;
  }
}
