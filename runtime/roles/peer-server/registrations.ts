import { addressGroup } from "../../core/index.ts";
import type { Endpoint, MachineRunner, PeerCertificate } from "../../core/index.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type {
  PeerPresenceEvent,
  PeerPresenceOutput,
  PeerPresenceState,
} from "../../../generated/peer/machines/peer-presence.ts";
import { endpointKey, fingerprintKey } from "../peer/statements.ts";
import type { EventQueue } from "./event-queue.ts";

/** What a server knows of a peer. */
export interface Registration {
  /** Unique within the server. */
  readonly id: number;
  readonly certificate: PeerCertificate;
  endpoint: Endpoint;
  /** Time of the challenge whose proof is in force. */
  issuedMs: number;
  /** When something last came from its address, monotonic. */
  heardMs: number;
  readonly queue: EventQueue;
  presence: MachineRunner<PeerPresenceState, PeerPresenceEvent, PeerPresenceOutput> | undefined;
}

/** The peers that a server knows, by fingerprint and by address. */
export class Registrations {
  readonly #limits: PeerLimits;
  readonly #byFingerprint = new Map<string, Registration>();
  readonly #byEndpoint = new Map<string, Registration>();
  /** How many each address or network has. */
  readonly #perNetwork = new Map<string, number>();

  constructor(limits: PeerLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byFingerprint.size;
  }

  find(fingerprint: Uint8Array): Registration | undefined {
    return this.#byFingerprint.get(fingerprintKey(fingerprint));
  }

  /** Who is registered at an address. */
  at(endpoint: Endpoint): Registration | undefined {
    return this.#byEndpoint.get(endpointKey(endpoint));
  }

  /** Whether a newcomer at this address may be added. */
  hasRoomFor({ address }: Endpoint): boolean {
    const { registrationsMax, registrationsPerAddressMax } = this.#limits;
    const neighbours = this.#perNetwork.get(addressGroup(address)) ?? 0;
    return this.size < registrationsMax && neighbours < registrationsPerAddressMax;
  }

  add(entry: Registration): void {
    this.#byFingerprint.set(fingerprintKey(entry.certificate.fingerprint), entry);
    this.#settle(entry);
  }

  /** Moves a peer to the address that it has now proved. */
  move(entry: Registration, endpoint: Endpoint): void {
    this.#unsettle(entry);
    entry.endpoint = endpoint;
    this.#settle(entry);
  }

  remove(entry: Registration): void {
    this.#unsettle(entry);
    this.#byFingerprint.delete(fingerprintKey(entry.certificate.fingerprint));
  }

  #settle(entry: Registration): void {
    // An address has one peer: whoever proved it last. The other's proof is of a time when it was its own.
    this.#byEndpoint.set(endpointKey(entry.endpoint), entry);
    const network = addressGroup(entry.endpoint.address);
    this.#perNetwork.set(network, (this.#perNetwork.get(network) ?? 0) + 1);
  }

  #unsettle(entry: Registration): void {
    const key = endpointKey(entry.endpoint);
    if (this.#byEndpoint.get(key) === entry) this.#byEndpoint.delete(key);
    const network = addressGroup(entry.endpoint.address);
    const left = (this.#perNetwork.get(network) ?? 0) - 1;
    if (left > 0) this.#perNetwork.set(network, left);
    else this.#perNetwork.delete(network);
  }
}
