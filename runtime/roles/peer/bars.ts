import { fingerprintKey } from "./statements.ts";

/** So many peers may break a comparison off before none is answered any more: certificates cost nothing, so one attempt for each would be no bound. */
const BROKEN_OFF_MAX = 8;

/**
 * Peers that broke a comparison off before they showed their nonce, but after they could know the code. It outlives
 * contacts, which whoever wants another attempt would only have to end.
 */
export class Bars {
  readonly #brokenOff = new Set<string>();

  /** Whether a comparison that this peer begins is not to be answered. */
  has(fingerprint: Uint8Array): boolean {
    return (
      this.#brokenOff.size >= BROKEN_OFF_MAX || this.#brokenOff.has(fingerprintKey(fingerprint))
    );
  }

  add(fingerprint: Uint8Array): void {
    this.#brokenOff.add(fingerprintKey(fingerprint));
  }

  /** Our user wants to compare with it. If none is answered any more, that makes room for one. */
  lift(fingerprint: Uint8Array): void {
    const key = fingerprintKey(fingerprint);
    const [oldest = key] = this.#brokenOff;
    this.#brokenOff.delete(this.#brokenOff.has(key) ? key : oldest);
  }
}
