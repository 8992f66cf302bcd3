import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { FrontEvent } from "./front-events.ts";

/** Whether an identity is the one that is kept as a user's: it is, another is, or none could be kept. */
export type KeptIdentity = "same" | "other" | "unkept";

/** An identity that somebody showed under a name that was unknown. */
interface Shown {
  readonly fingerprint: Uint8Array;
  readonly settled: (kept: KeptIdentity) => void;
}

/**
 * Who users are, as far as whoever keeps it has said. Nobody who is new counts before that has said that the identity
 * is kept: one that could not be written would be another's the next time.
 */
export class Identities {
  readonly #kernel: Kernel<FrontEvent>;
  readonly #limits: TunnelLimits;
  #users: ReadonlyMap<string, Uint8Array> = new Map();
  /** Users who are being learnt. Bounded by the tunnels that wait for it. */
  readonly #learning = new Map<string, readonly Shown[]>();

  constructor(kernel: Kernel<FrontEvent>, limits: TunnelLimits) {
    this.#kernel = kernel;
    this.#limits = limits;
  }

  /** All identities that are kept, from now on. */
  setUsers(users: ReadonlyMap<string, Uint8Array>): void {
    this.#users = users;
  }

  /** Whether this may be the user: nobody else is known under the name. Somebody else is reported. */
  admits(user: string, fingerprint: Uint8Array): boolean {
    const known = this.#users.get(user);
    if (known === undefined || this.#kernel.crypto.equal(known, fingerprint)) return true;
    this.#kernel.report({ type: "userChanged", user, found: fingerprint });
    return false;
  }

  /**
   * Has the identity of a user kept who was admitted.
   * @param settled called once, perhaps at once.
   */
  keep(user: string, fingerprint: Uint8Array, settled: (kept: KeptIdentity) => void): void {
    if (this.#users.has(user)) {
      settled(this.admits(user, fingerprint) ? "same" : "other");
      return;
    }
    if (this.#users.size >= this.#limits.knownUsersMax) {
      this.#kernel.count("limit");
      settled("unkept");
      return;
    }
    const waiting = this.#learning.get(user) ?? [];
    this.#learning.set(user, [...waiting, { fingerprint, settled }]);
    if (waiting.length === 0) this.#kernel.report({ type: "userMet", user, fingerprint });
  }

  /** What is kept as the user's identity: perhaps that of another who was learnt meanwhile; undefined if nothing could be kept. */
  learnt(user: string, fingerprint: Uint8Array | undefined): void {
    const waiting = this.#learning.get(user) ?? [];
    this.#learning.delete(user);
    if (fingerprint !== undefined) this.#users = new Map(this.#users).set(user, fingerprint);
    for (const { fingerprint: shown, settled } of waiting) {
      if (fingerprint === undefined) settled("unkept");
      else settled(this.admits(user, shown) ? "same" : "other");
    }
  }
}
