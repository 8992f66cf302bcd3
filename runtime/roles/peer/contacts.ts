import type { Crypto } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type { Contact } from "./contact.ts";
import { fingerprintKey } from "./statements.ts";

/** What the table of contacts asks of its peer. */
export interface ContactsOffice {
  readonly crypto: Crypto;
  readonly limits: PeerLimits;
  /** Fingerprint of the peer itself, which is no contact of its own. */
  readonly own: Uint8Array;
  readonly count: (code: string) => void;
  /** Whether our user has compared this certificate. */
  readonly isPinned: (fingerprint: Uint8Array) => boolean;
  readonly create: (fingerprint: Uint8Array) => Contact;
}

/** The peers that one has to do with, by fingerprint; a bounded number. */
export class Contacts {
  readonly #office: ContactsOffice;
  readonly #contacts = new Map<string, Contact>();

  constructor(office: ContactsOffice) {
    this.#office = office;
  }

  get size(): number {
    return this.#contacts.size;
  }

  get all(): readonly Contact[] {
    return [...this.#contacts.values()];
  }

  /** Messages that wait, to whomever. */
  get waitingMessages(): number {
    let waiting = 0;
    for (const { conversation } of this.#contacts.values()) waiting += conversation.outbox.length;
    return waiting;
  }

  /** Whether another file may come; those of peers that were compared are not kept out by those of others. */
  get hasRoomForFile(): boolean {
    let receiving = 0;
    for (const { conversation } of this.#contacts.values()) receiving += conversation.receiving;
    return receiving < this.#office.limits.transfersMax;
  }

  find(fingerprint: Uint8Array): Contact | undefined {
    return this.#contacts.get(fingerprintKey(fingerprint));
  }

  /** The contact of a peer; undefined if there is no room for another, or it is this peer itself. */
  open(fingerprint: Uint8Array): Contact | undefined {
    const known = this.find(fingerprint);
    if (known !== undefined) return known;
    const { count, create, crypto, own } = this.#office;
    if (fingerprint.length !== 32 || crypto.equal(fingerprint, own)) return undefined;
    if (!this.#makeRoom()) {
      count("contacts-limit");
      return undefined;
    }
    const contact = create(fingerprint.slice());
    this.#contacts.set(fingerprintKey(fingerprint), contact);
    return contact;
  }

  /** The same for one who began it and has not proved itself; of those there are only so many, besides peers that were compared. */
  admit(stranger: Uint8Array): Contact | undefined {
    const known = this.find(stranger);
    if (known !== undefined) return known;
    let halfOpen = 0;
    for (const { isHalfOpen } of this.#contacts.values()) if (isHalfOpen) halfOpen += 1;
    const { isPinned, limits } = this.#office;
    if (halfOpen < limits.halfOpenMax || isPinned(stranger)) return this.open(stranger);
    this.#office.count("half-open-limit");
    return undefined;
  }

  /** Nothing would be lost by forgetting this contact. */
  release(contact: Contact): void {
    if (this.find(contact.fingerprint) === contact) {
      this.#contacts.delete(fingerprintKey(contact.fingerprint));
    }
  }

  /** Drops whoever was silent longest, among those that nothing waits for. */
  #makeRoom(): boolean {
    if (this.#contacts.size < this.#office.limits.sessionsMax) return true;
    let oldest: Contact | undefined;
    for (const contact of this.#contacts.values()) {
      const isOlder = oldest === undefined || contact.usedMs < oldest.usedMs;
      if (contact.conversation.isIdle && isOlder) oldest = contact;
    }
    if (oldest === undefined) return false;
    oldest.end();
    this.release(oldest);
    return true;
  }
}
