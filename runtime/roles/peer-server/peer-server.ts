import { CookieJar, WireError, integerBytes } from "../../core/index.ts";
import type { Effect, Endpoint, Input, PeerCertificate, Role } from "../../core/index.ts";
import { PEER_LIMITS } from "../../../generated/peer/limits.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import { definePeerPresence } from "../../../generated/peer/machines/peer-presence.ts";
import type { PeerPresenceOutput } from "../../../generated/peer/machines/peer-presence.ts";
import type { ProbeHole, Proof, Register, Send } from "../../../generated/peer/messages/root.ts";
import { decodePeerServerUdp, dispatchPeerServerUdp } from "../../../generated/peer/receive.ts";
import type { PeerServerUdpHandlers } from "../../../generated/peer/receive.ts";
import { encodePeer } from "../../../generated/peer/send.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import { PEER_TRANSPORTS } from "../../../generated/peer/tags.ts";
import { ServerNotice } from "../../../generated/peer/types.ts";
import { loadDatagram } from "../kernel/datagram.ts";
import { Kernel } from "../kernel/kernel.ts";
import { DATAGRAM_SCOPE } from "../kernel/observation.ts";
import { runMachine } from "../kernel/run-machine.ts";
import { Scratch } from "../kernel/scratch.ts";
import { peerMessageOf } from "../peer/message-names.ts";
import { endpointKey, registrationStatement } from "../peer/statements.ts";
import { EventQueue } from "./event-queue.ts";
import type { PeerServerEvent, PeerServerOptions } from "./peer-server-events.ts";
import { Registrations } from "./registrations.ts";
import type { Registration } from "./registrations.ts";

const NOTHING = new Uint8Array(0);

/** Where a datagram came from, and how long it was. */
interface Arrival {
  readonly from: Endpoint;
  readonly datagramBytes: number;
}

/**
 * The rendezvous of peers (REQUIREMENTS E1–E5). It keeps nothing of anybody who has not proved that it owns its
 * certificate and receives at its address, and never answers with more than it was asked with.
 */
export class PeerServer implements Role<never, PeerServerEvent> {
  readonly #kernel: Kernel<PeerServerEvent>;
  readonly #options: PeerServerOptions;
  readonly #limits: PeerLimits;
  readonly #scratch = new Scratch();
  readonly #registrations: Registrations;
  readonly #endpoints: ReadonlySet<string>;
  readonly #cookies: CookieJar;
  readonly #handlers: PeerServerUdpHandlers<Arrival>;
  #lastId = 0;
  /** Events that wait for peers that are away. */
  #queued = 0;

  constructor(options: PeerServerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? PEER_LIMITS;
    this.#kernel = new Kernel(options, peerMessageOf);
    this.#registrations = new Registrations(this.#limits);
    this.#endpoints = new Set(options.endpoints.map(endpointKey));
    this.#cookies = new CookieJar(options.crypto, {
      nowMs: 0,
      secretMs: this.#limits.cookieRotationMs,
    });
    this.#handlers = this.#createHandlers();
  }

  /** Peers that are known, those that are away included. */
  get registrations(): number {
    return this.#registrations.size;
  }

  /** Events that wait. */
  get queued(): number {
    return this.#queued;
  }

  /** What was refused or went wrong, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  /** Where a peer is registered; undefined if it is not known. */
  endpointOf(fingerprint: Uint8Array): Endpoint | undefined {
    return this.#registrations.find(fingerprint)?.endpoint;
  }

  handle(input: Input<never>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (input.type === "datagram") this.#receive(input.from, input.bytes);
    else this.#kernel.route(input);
  }

  poll(): Effect<PeerServerEvent> | undefined {
    return this.#kernel.poll();
  }

  #receive(from: Endpoint, bytes: Uint8Array): void {
    this.#kernel.guard(() => {
      const maxBytes = PEER_TRANSPORTS.udp.maxBytes;
      const { tag, offset, end } = loadDatagram(this.#scratch, bytes, maxBytes);
      const { bytes: loaded, view } = this.#scratch;
      const received = decodePeerServerUdp(tag, loaded, view, offset, end);
      this.#kernel.noteReceived(DATAGRAM_SCOPE, tag);
      dispatchPeerServerUdp(received, this.#handlers, { from, datagramBytes: bytes.length });
    });
  }

  #createHandlers(): PeerServerUdpHandlers<Arrival> {
    return {
      onRegister: (message, arrival) => {
        this.#onRegister(message, arrival);
      },
      onProof: (message, arrival) => {
        this.#onProof(message, arrival);
      },
      onKeepAlive: (_message, arrival) => {
        const entry = this.#heard(arrival);
        if (entry !== undefined) this.#answer({ name: "Ok", message: {} }, arrival);
      },
      onSend: (message, arrival) => {
        this.#onSend(message, arrival);
      },
      onProbeHole: (message, arrival) => {
        this.#onProbeHole(message, arrival);
      },
    };
  }

  /** Asks for a proof. Nothing is remembered and nothing expensive is done. */
  #onRegister({ certificate }: Register, arrival: Arrival): void {
    const { nowMs, crypto } = this.#kernel;
    const issuedMs = Math.floor(nowMs);
    const subject = subjectOf(arrival.from, crypto.sha256(certificate), issuedMs);
    const cookie = this.#cookies.issue(subject, nowMs);
    const message = { issuedMs, cookie, observed: arrival.from };
    this.#answer({ name: "Challenge", message }, arrival);
  }

  #onProof(message: Proof, arrival: Arrival): void {
    const { nowMs, crypto } = this.#kernel;
    const { issuedMs, cookie, server } = message;
    const subject = subjectOf(arrival.from, crypto.sha256(message.certificate), issuedMs);
    if (!this.#cookies.verify(cookie, subject, nowMs)) {
      throw new WireError("bad-authentication", "Proof.cookie", 0);
    }
    if (!this.#endpoints.has(endpointKey(server))) {
      this.#kernel.count("misaddressed");
      this.#kernel.report({ type: "misaddressed", server });
      return;
    }
    const certificate = this.#proved(message, arrival.from);
    const known = this.#registrations.find(certificate.fingerprint);
    if (known !== undefined && !isLater(message, arrival.from, known)) {
      throw new WireError("replayed", "Proof.issuedMs", 0);
    }
    const occupant = this.#registrations.at(arrival.from);
    const entry = known ?? this.#admit(certificate, arrival.from);
    if (entry === undefined) return;
    entry.issuedMs = issuedMs;
    entry.heardMs = nowMs;
    this.#registrations.move(entry, arrival.from);
    if (occupant !== entry) occupant?.presence?.dispatch({ name: "displaced" });
    const waiting = entry.queue.length;
    // The answer comes first: a peer that is not registered yet does not expect events.
    this.#answer({ name: "Ok", message: {} }, arrival);
    entry.presence?.dispatch({ name: "registered" });
    const { fingerprint } = certificate;
    this.#kernel.report({
      type: "registered",
      fingerprint,
      endpoint: arrival.from,
      flushed: waiting - entry.queue.length,
    });
  }

  /** The certificate of a proof. @throws {WireError} if it is none, not valid now, or the signature is not its key's. */
  #proved(message: Proof, observed: Endpoint): PeerCertificate {
    const { certificates } = this.#options;
    const certificate = certificates.read(message.certificate);
    const unixMs = this.#kernel.unixMs();
    if (
      certificate === undefined ||
      unixMs < certificate.validFromUnixMs ||
      unixMs > certificate.validToUnixMs
    ) {
      throw new WireError("bad-value", "Proof.certificate", 0);
    }
    const statement = registrationStatement({ ...message, observed });
    if (!certificates.verify(certificate, statement, message.signature)) {
      throw new WireError("bad-authentication", "Proof.signature", 0);
    }
    return certificate;
  }

  #admit(certificate: PeerCertificate, endpoint: Endpoint): Registration | undefined {
    if (!this.#registrations.hasRoomFor(endpoint)) {
      this.#kernel.count("limit");
      return undefined;
    }
    this.#lastId += 1;
    const entry: Registration = {
      id: this.#lastId,
      certificate,
      endpoint,
      issuedMs: 0,
      heardMs: this.#kernel.nowMs,
      queue: new EventQueue(),
      presence: undefined,
    };
    const { registrationMs } = this.#limits;
    entry.presence = runMachine({
      kernel: this.#kernel,
      scope: `presence/${String(entry.id)}`,
      definition: definePeerPresence(
        {
          presentOnExpiry: () => this.#onExpiry(entry),
          awayOnRegistered: () => ({
            state: { name: "present", waitMs: registrationMs },
            outputs: [{ kind: "do", name: "flush" }],
          }),
          presentOnRegistered: () => ({ state: { name: "present", waitMs: registrationMs } }),
        },
        this.#limits,
      ),
      initial: { name: "present", waitMs: registrationMs },
      perform: (output) => {
        this.#perform(entry, output);
      },
    });
    this.#registrations.add(entry);
    return entry;
  }

  /** The timer is not armed anew at each keep-alive, which would cost more than the keep-alive: it looks. */
  #onExpiry(entry: Registration): {
    readonly state:
      { readonly name: "present"; readonly waitMs: number } | { readonly name: "away" };
  } {
    const restMs = entry.heardMs + this.#limits.registrationMs - this.#kernel.nowMs;
    if (restMs > 0) return { state: { name: "present", waitMs: Math.ceil(restMs) } };
    this.#kernel.report({ type: "away", fingerprint: entry.certificate.fingerprint });
    return { state: { name: "away" } };
  }

  #perform(entry: Registration, output: PeerPresenceOutput): void {
    this.#queued -= entry.queue.length;
    const events = entry.queue.take(this.#kernel.nowMs);
    switch (output.name) {
      case "flush":
        for (const datagram of events) this.#kernel.sendDatagram(entry.endpoint, datagram);
        return;
      case "remove": {
        this.#registrations.remove(entry);
        const { fingerprint } = entry.certificate;
        this.#kernel.report({ type: "forgotten", fingerprint });
        return;
      }
    }
  }

  /** Who is registered where a datagram came from. */
  #heard({ from }: Arrival): Registration | undefined {
    const entry = this.#registrations.at(from);
    if (entry?.presence?.state.name !== "present") {
      this.#kernel.count("not-registered");
      return undefined;
    }
    entry.heardMs = this.#kernel.nowMs;
    return entry;
  }

  #onSend({ to, payload }: Send, arrival: Arrival): void {
    const sender = this.#heard(arrival);
    if (sender === undefined) {
      this.#notify(ServerNotice.notRegistered, { about: NOTHING, arrival });
      return;
    }
    const from = sender.certificate.fingerprint;
    const target = this.#registrations.find(to);
    if (target === undefined) {
      this.#notify(ServerNotice.unknownPeer, { about: to, arrival });
      return;
    }
    const event = this.#encode({ name: "ClientEvent", message: { from, payload } });
    if (target.presence?.state.name === "present") {
      this.#kernel.sendDatagram(target.endpoint, event);
      return;
    }
    const { queuePeerMax, queueTotalMax, queueMs } = this.#limits;
    if (this.#queued >= queueTotalMax) {
      this.#kernel.count("queue-full");
      this.#notify(ServerNotice.queueFull, { about: to, arrival });
      return;
    }
    const untilMs = this.#kernel.nowMs + queueMs;
    const added = target.queue.push(event, untilMs, queuePeerMax);
    if (added === 0) this.#kernel.count("queue-dropped");
    this.#queued += added;
    this.#notify(ServerNotice.queued, { about: to, arrival });
  }

  /** Sends one event after a silence, as an answer to one request: so it cannot be used to flood anybody. */
  #onProbeHole({ afterMs }: ProbeHole, arrival: Arrival): void {
    const entry = this.#heard(arrival);
    if (entry === undefined) {
      this.#notify(ServerNotice.notRegistered, { about: NOTHING, arrival });
      return;
    }
    const { endpoint } = entry;
    this.#kernel.arm(`probe/${String(entry.id)}`, afterMs, () => {
      if (endpointKey(entry.endpoint) !== endpointKey(endpoint)) return;
      this.#notify(ServerNotice.holeOpen, { about: NOTHING, arrival });
    });
  }

  #notify(
    notice: ServerNotice,
    { about, arrival }: { readonly about: Uint8Array; readonly arrival: Arrival },
  ): void {
    this.#answer({ name: "ServerEvent", message: { notice, about } }, arrival);
  }

  /** An answer is never larger than its question, so that nobody makes the server shout at others. */
  #answer(sent: PeerSent, { from, datagramBytes }: Arrival): void {
    const bytes = this.#encode(sent);
    if (bytes.length <= datagramBytes) this.#kernel.sendDatagram(from, bytes);
    else this.#kernel.count("answer-too-large");
  }

  #encode(sent: PeerSent): Uint8Array {
    return this.#scratch.take((bytes, view, offset) => encodePeer(sent, bytes, view, offset));
  }
}

/** Binds a cookie to address, certificate and time. */
function subjectOf(
  source: Endpoint,
  certificateHash: Uint8Array,
  issuedMs: number,
): Parameters<CookieJar["issue"]>[0] {
  const nonce = new Uint8Array(38);
  nonce.set(certificateHash);
  nonce.set(integerBytes(issuedMs, 6), 32);
  return { source, mac: 0, nonce };
}

/** Of two proofs the one for the later challenge counts, so that an old one cannot bring an old address back. */
function isLater({ issuedMs }: Proof, from: Endpoint, known: Registration): boolean {
  if (issuedMs !== known.issuedMs) return issuedMs > known.issuedMs;
  return endpointKey(from) === endpointKey(known.endpoint);
}
