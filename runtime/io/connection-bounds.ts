import { addressGroup } from "../core/address-group.ts";

/** How many accepted connections may be open. */
export interface ConnectionBoundsOptions {
  /** Of all peers together. */
  readonly connectionsMax: number;
  /** Of one IPv4 address or one IPv6 /64 network. */
  readonly perAddressMax: number;
}

/** Counts open connections, in all and by neighbour, so that one neighbour cannot take every place. */
export class ConnectionBounds {
  readonly #options: ConnectionBoundsOptions;
  readonly #byGroup = new Map<string, number>();
  #open = 0;

  constructor(options: ConnectionBoundsOptions) {
    this.#options = options;
  }

  /** Open connections. */
  get open(): number {
    return this.#open;
  }

  /** Takes a place for a peer; false if there is none. `release` gives it back. */
  admit(address: string): boolean {
    const group = addressGroup(address);
    const held = this.#byGroup.get(group) ?? 0;
    if (this.#open >= this.#options.connectionsMax || held >= this.#options.perAddressMax) {
      return false;
    }
    this.#open++;
    this.#byGroup.set(group, held + 1);
    return true;
  }

  /** Gives a place back. @throws {RangeError} if the address holds none. */
  release(address: string): void {
    const group = addressGroup(address);
    const held = this.#byGroup.get(group);
    if (held === undefined) throw new RangeError(`no connection of ${group} is counted`);
    this.#open--;
    if (held === 1) this.#byGroup.delete(group);
    else this.#byGroup.set(group, held - 1);
  }
}
