import type { Crypto } from "../../core/index.ts";
import type { PinnedPeer } from "./peer-events.ts";

/** The certificates that a user has compared, one for each name. */
export class Pins {
  readonly #crypto: Crypto;
  #pinned: readonly PinnedPeer[];

  constructor(crypto: Crypto, pinned: readonly PinnedPeer[]) {
    this.#crypto = crypto;
    this.#pinned = pinned;
  }

  has(fingerprint: Uint8Array): boolean {
    return this.#pinned.some((pin) => this.#crypto.equal(pin.fingerprint, fingerprint));
  }

  /** The certificate that is pinned for this name, if it is another than this one. */
  rival({ fingerprint, name }: PinnedPeer): Uint8Array | undefined {
    if (name === "" || this.has(fingerprint)) return undefined;
    return this.#pinned.find((pin) => pin.name === name)?.fingerprint;
  }

  /** Keeps a certificate in place of others of its name. */
  add(pinned: PinnedPeer): void {
    this.remove(pinned.fingerprint);
    const others = this.#pinned.filter(({ name }) => name !== pinned.name || name === "");
    this.#pinned = [...others, pinned];
  }

  remove(fingerprint: Uint8Array): void {
    this.#pinned = this.#pinned.filter((pin) => !this.#crypto.equal(pin.fingerprint, fingerprint));
  }
}
