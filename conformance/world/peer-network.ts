import { encodeHex } from "../../runtime/core/index.ts";
import type { Endpoint, PeerSigner } from "../../runtime/core/index.ts";
import { makePeerCertificate } from "../../runtime/io/peer-certificate-maker.ts";
import type { PeerKeyKind } from "../../runtime/io/peer-key-kinds.ts";
import { NodePeerCertificates, createPeerSigner } from "../../runtime/io/peer-certificates.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import type { PeerLimits } from "../../generated/peer/limits.ts";
import { PeerServer } from "../../runtime/roles/peer-server/peer-server.ts";
import type { PeerServerEvent } from "../../runtime/roles/peer-server/peer-server-events.ts";
import { Peer } from "../../runtime/roles/peer/peer.ts";
import type {
  OutgoingMessage,
  PeerCommand,
  PeerEvent,
  PeerOptions,
} from "../../runtime/roles/peer/peer-events.ts";
import type { RoleObservation } from "../../runtime/roles/kernel/observation.ts";
import { MemoryNetwork } from "./memory-network.ts";
import type { MemoryHost } from "./memory-host.ts";
import { createSeededCrypto } from "./seeded-crypto.ts";

/** Wall-clock time when the virtual time is 0. */
const START_UNIX_MS = 1_700_000_000_000;

const YEAR_MS = 31_536_000_000;

/** Certificates of peers are read here. */
const CERTIFICATES = new NodePeerCertificates();

/** A certificate with its key, made anew. @param validMs how long it is valid from virtual time 0 on. */
export async function makeSigner(
  name: string,
  kind: PeerKeyKind = "p256",
  validMs: number = YEAR_MS,
): Promise<PeerSigner> {
  const made = await makePeerCertificate({
    kind,
    name,
    validFromUnixMs: START_UNIX_MS - YEAR_MS,
    validToUnixMs: START_UNIX_MS + validMs,
    bytesMax: 880,
  });
  return createPeerSigner(CERTIFICATES, made);
}

/** The kinds of events, by name. */
type EventOf<Type extends PeerEvent["type"]> = Extract<PeerEvent, { readonly type: Type }>;

/** A peer on a host of its own, with an application that takes all messages unless it is told otherwise. */
export class PeerParty {
  readonly events: PeerEvent[] = [];
  readonly bodies: string[] = [];
  readonly files: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  /** Whether the application takes messages by itself. */
  takes = true;
  /** Whether files that are offered are taken; otherwise nobody answers. */
  answersOffers = true;
  /** What it cannot take, and throws at. */
  refuses: (text: string) => boolean = () => false;
  peer: Peer;
  host: MemoryHost;
  readonly signer: PeerSigner;
  readonly #world: PeerWorld;
  readonly #options: Partial<PeerOptions>;
  #starts = 0;
  #taken = new Map<string, EventOf<"message">>();
  #pinned: EventOf<"pin">["pinned"][] = [];
  #outgoing: readonly OutgoingMessage[] = [];
  #files = new Map<number, Uint8Array>();
  #lastReference = 0;

  constructor(
    world: PeerWorld,
    place: { readonly endpoint: Endpoint; readonly signer: PeerSigner },
    options: Partial<PeerOptions>,
  ) {
    this.#world = world;
    this.#options = options;
    this.signer = place.signer;
    [this.peer, this.host] = this.#start(place.endpoint);
  }

  /** What was said and not heard of, as the store holds it. */
  get outgoing(): readonly OutgoingMessage[] {
    return this.#outgoing;
  }

  get fingerprint(): Uint8Array {
    return this.signer.certificate.fingerprint;
  }

  /** What the store holds. */
  get pinned(): readonly string[] {
    return this.#pinned.map(({ fingerprint }) => encodeHex(fingerprint));
  }

  of<Type extends PeerEvent["type"]>(type: Type): readonly EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  command(command: PeerCommand): void {
    this.host.command(command);
  }

  /** Sends a text and gives its reference. */
  say(to: PeerParty, text: string, withinMs?: number): number {
    this.#lastReference += 1;
    const body = new TextEncoder().encode(text);
    const reference = this.#lastReference;
    const within = withinMs === undefined ? {} : { withinMs };
    this.command({ type: "send", reference, peer: to.fingerprint, body, ...within });
    return reference;
  }

  isDelivered(reference: number): boolean {
    return this.of("delivered").some((event) => event.reference === reference);
  }

  hasFailed(reference: number): boolean {
    return this.of("failed").some((event) => event.reference === reference);
  }

  offer(to: PeerParty, transfer: number, bytes: Uint8Array): void {
    this.#files.set(transfer, bytes);
    const sha256 = this.#world.crypto.sha256(bytes);
    const file = { fileName: "a file", sizeBytes: bytes.length, sha256 };
    this.command({ type: "sendFile", transfer, peer: to.fingerprint, file });
  }

  /** The process ends without a word and is started again, on the same host or at another address. */
  restart(at: Endpoint = this.host.endpoint): void {
    this.#world.network.remove(this.host);
    [this.peer, this.host] = this.#start(at);
  }

  #start(at: Endpoint): [Peer, MemoryHost] {
    const { crypto, limits, network, observe, servers } = this.#world;
    this.#starts += 1;
    this.host = network.host(at.address, at.port);
    this.peer = new Peer({
      crypto,
      certificates: CERTIFICATES,
      signer: this.signer,
      servers: servers.map(({ endpoint }) => endpoint),
      limits,
      observe,
      starts: this.#starts,
      unixMs: () => START_UNIX_MS + network.nowMs,
      pinned: this.#pinned,
      taken: [...this.#taken.values()].map(({ peer, numbers }) => ({ fingerprint: peer, numbers })),
      outgoing: this.#outgoing,
      ...this.#options,
    });
    this.#attach();
    this.command({ type: "network", addresses: [at] });
    return [this.peer, this.host];
  }

  #attach(): void {
    this.host.run<PeerCommand, PeerEvent>(this.peer, (event) => {
      this.events.push(event);
      this.#answer(event);
    });
  }

  #answer(event: PeerEvent): void {
    switch (event.type) {
      case "message": {
        if (!this.takes) return;
        const { peer, number, body } = event;
        const text = new TextDecoder().decode(body);
        if (this.refuses(text)) {
          this.command({ type: "taken", peer, number, good: false });
          return;
        }
        this.bodies.push(text);
        this.#taken.set(encodeHex(peer), event);
        this.command({ type: "taken", peer, number, good: true });
        return;
      }
      case "outgoing":
        this.#outgoing = [...this.#outgoing, event.message];
        return;
      case "delivered":
      case "failed":
        this.#outgoing = this.#outgoing.filter(({ reference }) => reference !== event.reference);
        return;
      case "pin":
        this.#pinned.push(event.pinned);
        return;
      case "readFile": {
        const { transfer, offsetBytes, lengthBytes } = event;
        const bytes = this.#files.get(transfer)?.slice(offsetBytes, offsetBytes + lengthBytes);
        this.command({ type: "fileBytes", transfer, offsetBytes, bytes });
        return;
      }
      case "fileOffered": {
        if (!this.answersOffers) return;
        const { peer, transfer, file } = event;
        const key = encodeHex(file.sha256);
        const haveBytes = this.files.get(key)?.length ?? 0;
        this.#offers.set(transfer, key);
        this.command({ type: "acceptFile", peer, transfer, haveBytes });
        return;
      }
      case "writeFile": {
        const key = this.#offers.get(event.transfer) ?? "";
        const before = this.files.get(key)?.subarray(0, event.offsetBytes) ?? new Uint8Array(0);
        this.files.set(key, new Uint8Array(Buffer.concat([before, event.bytes])));
        return;
      }
      case "checkFile": {
        const { peer, transfer } = event;
        const key = this.#offers.get(transfer) ?? "";
        const bytes = this.files.get(key) ?? new Uint8Array(0);
        const good = encodeHex(this.#world.crypto.sha256(bytes)) === key;
        this.command({ type: "fileChecked", peer, transfer, good });
        return;
      }
      default:
        return;
    }
  }

  readonly #offers = new Map<number, string>();
}

/** A server on a host of its own. */
export interface ServerParty {
  readonly endpoint: Endpoint;
  readonly server: PeerServer;
  readonly host: MemoryHost;
  readonly events: PeerServerEvent[];
}

/** A network in memory with servers and peers. */
export class PeerWorld {
  readonly network: MemoryNetwork = new MemoryNetwork(5);
  readonly crypto: ReturnType<typeof createSeededCrypto>;
  readonly limits: PeerLimits;
  readonly servers: ServerParty[] = [];
  readonly observed: RoleObservation[] = [];
  readonly observe: (observation: RoleObservation) => void = (observation) => {
    this.observed.push(observation);
  };

  constructor(seed: number, limits: Partial<PeerLimits> = {}) {
    this.crypto = createSeededCrypto(seed);
    this.limits = { ...PEER_LIMITS, ...limits };
  }

  addServer(address: string, port = 7450): ServerParty {
    const host = this.network.host(address, port);
    const endpoint = { address, port };
    const server = new PeerServer({
      crypto: this.crypto,
      certificates: CERTIFICATES,
      endpoints: [endpoint],
      limits: this.limits,
      observe: this.observe,
      unixMs: () => START_UNIX_MS + this.network.nowMs,
    });
    const events: PeerServerEvent[] = [];
    host.run<never, PeerServerEvent>(server, (event) => events.push(event));
    const party = { endpoint, server, host, events };
    this.servers.push(party);
    return party;
  }

  addPeer(address: string, signer: PeerSigner, options: Partial<PeerOptions> = {}): PeerParty {
    return new PeerParty(this, { endpoint: { address, port: 40_000 }, signer }, options);
  }

  until(condition: () => boolean, withinMs: number): boolean {
    return this.network.runUntil(condition, withinMs);
  }
}
