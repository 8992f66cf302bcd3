import {
  CookieJar,
  WireError,
  enrolmentConfirmation,
  enrolmentKeyOfHub,
  enrolmentProof,
  hubKeyById,
  hubOffer,
  integerBytes,
  sealKeyOffer,
} from "../../core/index.ts";
import type {
  CertificateVerifier,
  CookieSubject,
  Endpoint,
  Identity,
  KeySlot,
  PeerIdentity,
} from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type { EnrolRequest } from "../../../generated/control/messages/enrolment.ts";
import type { LoadReport } from "../../../generated/control/messages/servers.ts";
import type { Telemetry } from "../../../generated/control/messages/telemetry.ts";
import { decodeHubUdp, dispatchHubUdp } from "../../../generated/control/receive.ts";
import type { HubUdpHandlers } from "../../../generated/control/receive.ts";
import { encodeControl } from "../../../generated/control/send.ts";
import type { ControlSent } from "../../../generated/control/send.ts";
import { Reporter } from "../../../generated/control/types.ts";
import type { KeyField } from "../../../generated/control/types.ts";
import {
  SEQUENCES_PER_START,
  TAG_OFFSET,
  DATAGRAM_BYTES_MAX,
  loadDatagram,
} from "../kernel/datagram.ts";
import type { RoleKernel } from "../kernel/kernel.ts";
import { DATAGRAM_SCOPE } from "../kernel/observation.ts";
import type { Scratch } from "../kernel/scratch.ts";
import { keyInUse, NO_KEY } from "./entries.ts";
import type { ReporterEntry, RouterEntry, ServerEntry } from "./entries.ts";
import { KeyKeeper, freshGeneration, freshKeyId } from "./key-keeper.ts";

/** What the datagram side asks of its hub. */
export interface DatagramOffice {
  readonly limits: ControlLimits;
  readonly identity: Identity;
  readonly verifier: CertificateVerifier;
  readonly scratch: Scratch;
  readonly kernel: RoleKernel;
  /** How often the hub was started with this identity; part of its sequence numbers. 1 … 2^20. */
  readonly starts: number;
  router(mac: number): RouterEntry | undefined;
  server(subject: number): ServerEntry | undefined;
  /** Whether a server may join: it is listed, or shows that it has the join secret. */
  admitServer(peer: PeerIdentity, request: EnrolRequest): boolean;
  /** Makes an entry for a newcomer; undefined if the table is full. */
  addRouter(mac: number, fingerprint: Uint8Array): RouterEntry | undefined;
  addServer(subject: number, fingerprint: Uint8Array): ServerEntry | undefined;
  /** Another identity asks for a mac that is taken. */
  noteRival(entry: RouterEntry, peer: PeerIdentity): void;
  save(entry: ReporterEntry, keyId: number): void;
  touch(entry: ReporterEntry): void;
  /** A newcomer is enrolled. */
  enrolled(entry: ReporterEntry): void;
}

/** Where a datagram came from, its bytes and the tag of its message. */
interface Arrival {
  readonly from: Endpoint;
  readonly tag: number;
  readonly datagram: Uint8Array;
}

/** Whom a datagram claims to be from. */
interface Subject {
  readonly subject: number;
}

/** A message that carries a key field, without it: the hub writes the field itself. */
type Sealable = Extract<
  ControlSent,
  { readonly name: "TelemetryAck" | "ConnectToHub" | "KeyOffer" }
>;
type Unsealed<Message> = Message extends Sealable
  ? { readonly name: Message["name"]; readonly message: Omit<Message["message"], "key"> }
  : never;

/** The UDP side of a hub: telemetry, load reports, enrolment and the replies to them. */
export class HubDatagrams {
  readonly keys: KeyKeeper;
  readonly #office: DatagramOffice;
  readonly #cookies: CookieJar;
  readonly #handlers: HubUdpHandlers<Arrival>;

  constructor(office: DatagramOffice) {
    const { kernel } = office;
    this.#office = office;
    this.#cookies = new CookieJar(kernel.crypto, {
      nowMs: kernel.nowMs,
      secretMs: office.limits.cookieRotationMs,
    });
    this.keys = new KeyKeeper({
      crypto: kernel.crypto,
      kernel,
      limits: office.limits,
      unixMs: kernel.unixMs,
      save: (entry, keyId) => {
        office.save(entry, keyId);
      },
      touch: (entry) => {
        office.touch(entry);
      },
      enrolled: (entry) => {
        office.enrolled(entry);
      },
      grant: (entry) => {
        this.#grant(entry);
      },
    });
    this.#handlers = {
      onTelemetry: (message, arrival) => {
        this.#onTelemetry(message, arrival);
      },
      onLoadReport: (message, arrival) => {
        this.#onLoadReport(message, arrival);
      },
      onEnrolRequest: (message, arrival) => {
        this.#onEnrolRequest(message, arrival);
      },
    };
  }

  /** Takes one datagram; whatever is wrong with it is counted and nothing else happens. */
  handle(from: Endpoint, bytes: Uint8Array): void {
    const { kernel, scratch } = this.#office;
    kernel.guard(() => {
      const { tag, offset, end, datagram } = loadDatagram(scratch, bytes, DATAGRAM_BYTES_MAX);
      const received = decodeHubUdp(tag, scratch.bytes, scratch.view, offset, end);
      dispatchHubUdp(received, this.#handlers, { from, tag, datagram });
    });
  }

  /** Sends ConnectToHub to where the router was heard last. */
  pushInvitation(router: RouterEntry, ticket: Uint8Array): void {
    if (router.address === undefined) return;
    this.#sendSealed(router, router.address, { name: "ConnectToHub", message: { ticket } });
  }

  #onTelemetry(message: Telemetry, arrival: Arrival): void {
    const entry = this.#office.router(message.mac);
    const freshness = this.#authenticate(entry, message.key, { ...arrival, subject: message.mac });
    if (entry === undefined || freshness === undefined) return;
    if (freshness === "newest") {
      entry.telemetry = { ...message, key: NO_KEY };
      this.#heard(entry, message, arrival.from);
      for (const brokerage of entry.wanted) brokerage.dispatch({ name: "telemetry" });
    }
    this.#reply(entry, message.key, arrival.from);
  }

  #onLoadReport(message: LoadReport, arrival: Arrival): void {
    const entry = this.#office.server(message.subject);
    const freshness = this.#authenticate(entry, message.key, {
      ...arrival,
      subject: message.subject,
    });
    if (entry === undefined || freshness === undefined) return;
    if (freshness === "newest") {
      entry.endpoint = reachable(message.endpoint, arrival.from);
      entry.placesTotal = message.placesTotal;
      entry.placesTaken = message.placesTaken;
      entry.loadPermille = message.loadPermille;
      this.#heard(entry, message, arrival.from);
    }
    this.#reply(entry, message.key, arrival.from);
  }

  /**
   * Whether the datagram is genuine and new. Whoever has no key that we know is challenged; a wrong tag is
   * ignored, and both are counted.
   * @throws {WireError} for a known key with a wrong tag or a used sequence number.
   */
  #authenticate(
    entry: ReporterEntry | undefined,
    key: KeyField,
    arrival: Arrival & Subject,
  ): "newest" | "late" | undefined {
    const slot = entry === undefined ? undefined : hubKeyById(entry.keyring, key.keyId);
    if (entry === undefined || slot === undefined) {
      this.#noteReceived(arrival);
      this.#challenge(key.sequence, arrival);
      return undefined;
    }
    const inUse = keyInUse(this.#office.kernel.crypto, entry, slot);
    const freshness = inUse.window.check(key.sequence);
    if (freshness === "replayed" || freshness === "stale") {
      throw new WireError("replayed", "KeyField.sequence", TAG_OFFSET);
    }
    if (!inUse.up.verify(arrival.datagram, TAG_OFFSET)) {
      throw new WireError("bad-authentication", "KeyField.tag", TAG_OFFSET);
    }
    inUse.window.accept(key.sequence);
    this.#noteReceived(arrival);
    this.keys.heard(entry, key.keyId);
    return freshness;
  }

  #heard(entry: ReporterEntry, message: Telemetry | LoadReport, from: Endpoint): void {
    const { kernel } = this.#office;
    entry.address = from;
    entry.periodMs = message.periodMs;
    entry.heardMs = kernel.nowMs;
    entry.heardUnixMs = kernel.unixMs();
    this.#office.touch(entry);
  }

  /** Answers with the offered key, or an acknowledgement. */
  #reply(entry: ReporterEntry, key: KeyField, to: Endpoint): void {
    const echo = key.sequence;
    const offer = hubOffer(entry.keyring);
    if (offer === undefined) {
      this.#sendSealed(entry, to, { name: "TelemetryAck", message: { echo } });
      return;
    }
    const { keyId, generation } = offer.next;
    const sealed = sealKeyOffer(this.#office.kernel.crypto, offer.under, offer.next);
    this.#sendSealed(entry, to, { name: "KeyOffer", message: { echo, keyId, generation, sealed } });
  }

  /** Whoever is answered with a challenge was taken in too: that is what the first contact is for. */
  #noteReceived({ tag }: Arrival): void {
    this.#office.kernel.noteReceived(DATAGRAM_SCOPE, tag);
  }

  #challenge(nonce: number, { from, datagram, subject }: Arrival & Subject): void {
    const { kernel, identity } = this.#office;
    kernel.count("challenged");
    const cookie = this.#cookies.issue(cookieSubject(from, subject, nonce), kernel.nowMs);
    const message = { nonce, cookie, hubStatic: identity.staticKey.publicKey };
    const bytes = this.#encode({ name: "EnrolChallenge", message });
    // An answer is never larger than the question of whoever has not proved its address.
    if (bytes.length <= datagram.length) kernel.sendDatagram(from, bytes);
  }

  #onEnrolRequest(message: EnrolRequest, arrival: Arrival): void {
    const { kernel, verifier, identity } = this.#office;
    const { subject, nonce } = message;
    const bound = cookieSubject(arrival.from, subject, nonce);
    if (!this.#cookies.verify(message.cookie, bound, kernel.nowMs)) {
      this.#noteReceived(arrival);
      this.#challenge(nonce, { ...arrival, subject });
      return;
    }
    const peer = verifier.verify(message.certificate);
    const request = { ...message, certificateHash: peer.certificateHash };
    const keys = { staticKey: identity.staticKey, remoteStatic: peer.staticKey };
    const proof = enrolmentProof(kernel.crypto, keys, request);
    if (!kernel.crypto.equal(proof, message.proof)) {
      throw new WireError("bad-authentication", "EnrolRequest.proof", 0);
    }
    this.#noteReceived(arrival);
    const entry = this.#admit(message, peer);
    if (entry !== undefined) this.#enrol(entry, message, { peer, from: arrival.from });
  }

  /** The entry that the request is for; undefined, and counted, if it may not have it. */
  #admit(message: EnrolRequest, peer: PeerIdentity): ReporterEntry | undefined {
    const { kernel } = this.#office;
    const { subject } = message;
    const { fingerprint } = peer;
    const isServer = message.reporter === Reporter.server;
    if (isServer && !this.#office.admitServer(peer, message)) {
      kernel.count("server-not-admitted");
      return undefined;
    }
    const known = isServer ? this.#office.server(subject) : this.#office.router(subject);
    if (known === undefined) {
      const added = isServer
        ? this.#office.addServer(subject, fingerprint)
        : this.#office.addRouter(subject, fingerprint);
      if (added === undefined) kernel.count("limit");
      return added;
    }
    if (kernel.crypto.equal(known.fingerprint, fingerprint)) return known;
    if (known.kind === "router") this.#office.noteRival(known, peer);
    kernel.count("quarantined");
    return undefined;
  }

  #enrol(
    entry: ReporterEntry,
    message: EnrolRequest,
    sender: { readonly peer: PeerIdentity; readonly from: Endpoint },
  ): void {
    const { kernel, identity, verifier } = this.#office;
    const { crypto } = kernel;
    const { peer, from } = sender;
    if (
      entry.enrolment !== undefined &&
      crypto.equal(entry.enrolment.ephemeral, message.ephemeral)
    ) {
      entry.enrolment.from = from;
      entry.enrolment.nonce = message.nonce;
      this.keys.enrolAgain(entry);
      return;
    }
    const generation = freshGeneration(entry.keyring);
    const transcript = {
      ...message,
      certificateHash: peer.certificateHash,
      hubCertificateHash: verifier.verify(identity.certificate).certificateHash,
      keyId: freshKeyId(crypto),
      generation,
    };
    const reporterStatic = peer.staticKey;
    const key = enrolmentKeyOfHub(
      crypto,
      { staticKey: identity.staticKey, reporterStatic },
      transcript,
    );
    const slot: KeySlot = { keyId: transcript.keyId, generation, key };
    const confirm = enrolmentConfirmation(crypto, key, transcript);
    entry.enrolment = { ephemeral: message.ephemeral, confirm, slot, from, nonce: message.nonce };
    this.keys.enrol(entry, slot);
  }

  #grant(entry: ReporterEntry): void {
    if (entry.enrolment === undefined) return;
    const { identity, kernel } = this.#office;
    const { confirm, slot, from, nonce } = entry.enrolment;
    const { keyId, generation } = slot;
    const message = { nonce, keyId, generation, certificate: identity.certificate, confirm };
    const bytes = this.#encode({ name: "EnrolGrant", message });
    kernel.sendDatagram(from, bytes);
  }

  /** Sends under the current key; under the granted one while there is no other. */
  #sendSealed(entry: ReporterEntry, to: Endpoint, unsealed: Unsealed<Sealable>): void {
    const { kernel, starts } = this.#office;
    const slot = entry.keyring.current ?? entry.keyring.next?.slot;
    if (slot === undefined) return;
    entry.sent += 1;
    const key: KeyField = {
      version: 1,
      keyId: slot.keyId,
      sequence: starts * SEQUENCES_PER_START + entry.sent,
      tag: NO_TAG,
    };
    const bytes = this.#encode(withKey(unsealed, key));
    keyInUse(kernel.crypto, entry, slot).down.seal(bytes, TAG_OFFSET);
    kernel.sendDatagram(to, bytes);
  }

  #encode(sent: ControlSent): Uint8Array {
    return this.#office.scratch.take((bytes, view, offset) =>
      encodeControl(sent, bytes, view, offset),
    );
  }
}

const NO_TAG = new Uint8Array(16);

function withKey(unsealed: Unsealed<Sealable>, key: KeyField): Sealable {
  switch (unsealed.name) {
    case "TelemetryAck":
      return { name: "TelemetryAck", message: { key, ...unsealed.message } };
    case "ConnectToHub":
      return { name: "ConnectToHub", message: { key, ...unsealed.message } };
    case "KeyOffer":
      return { name: "KeyOffer", message: { key, ...unsealed.message } };
  }
}

function cookieSubject(source: Endpoint, mac: number, nonce: number): CookieSubject {
  return { source, mac, nonce: integerBytes(nonce, 8) };
}

/** An unspecified address stands for the one that the datagram came from. */
function reachable(endpoint: Endpoint, from: Endpoint): Endpoint {
  const isUnspecified = endpoint.address === "0.0.0.0" || endpoint.address === "::";
  return isUnspecified ? { address: from.address, port: endpoint.port } : endpoint;
}
