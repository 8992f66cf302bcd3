import { RecentMap, createKeyPair } from "../../core/index.ts";
import type { Effect, Endpoint, Input, KeyPair, Role } from "../../core/index.ts";
import { PEER_LIMITS } from "../../../generated/peer/limits.ts";
import type { PeerLimits } from "../../../generated/peer/limits.ts";
import type { ClientEvent } from "../../../generated/peer/messages/root.ts";
import { decodePeerPath, decodePeerUdp } from "../../../generated/peer/receive.ts";
import { PEER_TRANSPORTS } from "../../../generated/peer/tags.ts";
import { SEQUENCES_PER_START, loadDatagram } from "../kernel/datagram.ts";
import { Kernel } from "../kernel/kernel.ts";
import { DATAGRAM_SCOPE } from "../kernel/observation.ts";
import { Scratch } from "../kernel/scratch.ts";
import { Bars } from "./bars.ts";
import { SIX_DIGITS } from "./code-scheme.ts";
import { Contact } from "./contact.ts";
import { Contacts } from "./contacts.ts";
import type { PathArrival } from "./contact-office.ts";
import { peerMessageOf } from "./message-names.ts";
import type { OutgoingMessage, PeerCommand, PeerEvent, PeerOptions } from "./peer-events.ts";
import { Pins } from "./pins.ts";
import type { ServerLink } from "./server-link.ts";
import { PATH_SCOPE, Servers } from "./servers.ts";
import { fingerprintKey, misplacedFrame } from "./statements.ts";
import type { TakenNumbersState } from "./taken-numbers.ts";

/** A user's end of the network (REQUIREMENTS E1–E6). */
export class Peer implements Role<PeerCommand, PeerEvent> {
  readonly fingerprint: Uint8Array;
  readonly #options: PeerOptions;
  readonly #kernel: Kernel<PeerEvent>;
  readonly #limits: PeerLimits;
  readonly #scratch = new Scratch();
  readonly #staticKey: KeyPair;
  readonly #servers: Servers;
  readonly #pins: Pins;
  readonly #bars = new Bars();
  readonly #contacts: Contacts;
  readonly #sessions = new Map<number, Contact>();
  readonly #taken: RecentMap<string, TakenNumbersState>;
  #lastContact = 0;
  /** The highest number that a message to anybody has: a peer that is forgotten and comes again gets higher ones. */
  #lastNumber: number;
  /** Messages of earlier starts, until this one begins. */
  #restored: readonly OutgoingMessage[];
  #isStopped = false;

  /** @throws {RangeError} if there is no server or too many. */
  constructor(options: PeerOptions) {
    const {
      limits = PEER_LIMITS,
      outgoing = [],
      pinned = [],
      servers,
      signer,
      taken = [],
    } = options;
    if (servers.length === 0 || servers.length > limits.serversMax) {
      throw new RangeError(`a peer has 1 to ${String(limits.serversMax)} servers`);
    }
    this.#options = options;
    this.#limits = limits;
    this.#kernel = new Kernel(options, peerMessageOf);
    this.#staticKey = createKeyPair(options.crypto);
    this.#pins = new Pins(options.crypto, pinned);
    this.#lastNumber = options.starts * SEQUENCES_PER_START;
    this.#restored = outgoing;
    this.fingerprint = signer.certificate.fingerprint;
    this.#taken = new RecentMap(limits.takenPeersMax);
    for (const { fingerprint, numbers } of taken) {
      this.#taken.set(fingerprintKey(fingerprint), numbers);
    }
    this.#servers = this.#newServers(servers);
    this.#contacts = new Contacts({
      crypto: options.crypto,
      limits,
      own: this.fingerprint,
      count: (code) => {
        this.#kernel.count(code);
      },
      isPinned: (fingerprint) => this.#pins.has(fingerprint),
      create: (fingerprint) => this.#newContact(fingerprint),
    });
  }

  /** What was refused or went wrong, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  /** Peers that this one has to do with. */
  get contacts(): number {
    return this.#contacts.size;
  }

  /** How often keep-alives are due, milliseconds. */
  get keepAliveMs(): number {
    return this.#servers.periodMs;
  }

  /** Servers that have our address. */
  get registered(): readonly Endpoint[] {
    return this.#servers.registered;
  }

  handle(input: Input<PeerCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#isStopped) return;
    if (this.#restored.length > 0) this.#restore();
    if (input.type === "datagram") this.#receive(input.from, input.bytes);
    else if (input.type === "command") this.#command(input.command);
    else this.#kernel.route(input);
  }

  poll(): Effect<PeerEvent> | undefined {
    return this.#kernel.poll();
  }

  #command(command: PeerCommand): void {
    switch (command.type) {
      case "network":
        this.#servers.move(command.addresses);
        for (const contact of this.#contacts.all) contact.move();
        return;
      case "send":
        this.#send(command);
        return;
      case "cancelMessage":
        for (const { conversation } of this.#contacts.all) {
          conversation.outbox.cancel(command.reference);
        }
        return;
      case "taken": {
        const { peer, number, good } = command;
        this.#contacts.find(peer)?.conversation.taken(number, good);
        return;
      }
      case "compare":
        this.#compare(command.peer);
        return;
      case "judge":
        this.#contacts.find(command.peer)?.conversation.judge(command.same);
        return;
      case "unpin":
        this.#pins.remove(command.peer);
        return;
      case "stop":
        this.#stop();
        return;
      case "sendFile":
      case "fileBytes":
      case "cancelFile":
      case "acceptFile":
      case "refuseFile":
      case "fileChecked":
        this.#fileCommand(command);
        return;
    }
  }

  #fileCommand(command: Extract<PeerCommand, { readonly transfer: number }>): void {
    const { transfer } = command;
    switch (command.type) {
      case "sendFile":
        this.#sendFile(command);
        return;
      case "fileBytes":
        this.#sender(transfer)?.bytes(command.offsetBytes, command.bytes);
        return;
      case "cancelFile":
        this.#sender(transfer)?.cancel("cancelled");
        return;
      case "acceptFile": {
        const { haveBytes, peer } = command;
        this.#receiver(peer, transfer)?.dispatch({ name: "accept", haveBytes });
        return;
      }
      case "refuseFile":
        this.#receiver(command.peer, transfer)?.dispatch({ name: "refuse" });
        return;
      case "fileChecked": {
        const { good, peer } = command;
        this.#receiver(peer, transfer)?.dispatch({ name: "checked", good });
        return;
      }
    }
  }

  /** Whoever waits for a comparison hears of its end, also if there is nobody to compare with. */
  #compare(peer: Uint8Array): void {
    const contact = this.#contacts.open(peer);
    if (contact !== undefined) contact.conversation.compare();
    else this.#kernel.report({ type: "compared", peer, result: "abandoned" });
  }

  #send(command: Extract<PeerCommand, { readonly type: "send" }>): void {
    const { reference, peer, body, withinMs = this.#limits.messageMs } = command;
    const isTooLong = body.length > this.#limits.messageBytesMax;
    const isFull = this.#contacts.waitingMessages >= this.#limits.messagesTotalMax;
    const contact = isTooLong || isFull ? undefined : this.#contacts.open(peer);
    if (contact === undefined) {
      const reason = isTooLong ? "tooLong" : "queueFull";
      this.#kernel.report({ type: "failed", reference, reason });
      return;
    }
    contact.conversation.outbox.add({ reference, body, withinMs });
    contact.connect();
  }

  /** Goes on with what an earlier start has said and not heard of. */
  #restore(): void {
    const restored = this.#restored.toSorted((one, other) => one.number - other.number);
    this.#restored = [];
    const byPeer = Map.groupBy(restored, ({ peer }) => fingerprintKey(peer));
    for (const messages of byPeer.values()) {
      const contact = this.#contacts.open(messages[0]?.peer ?? new Uint8Array(0));
      contact?.conversation.outbox.restore(messages);
      contact?.connect();
      if (contact !== undefined) continue;
      for (const { reference } of messages) {
        this.#kernel.report({ type: "failed", reference, reason: "queueFull" });
      }
    }
  }

  #sendFile(command: Extract<PeerCommand, { readonly type: "sendFile" }>): void {
    const { transfer, peer, file } = command;
    const contact = this.#contacts.open(peer);
    let sending = 0;
    for (const { conversation } of this.#contacts.all) sending += conversation.sending;
    if (contact === undefined || sending >= this.#limits.transfersMax) {
      this.#kernel.report({ type: "fileFailed", transfer, reason: "queueFull" });
      return;
    }
    contact.conversation.sendFile(transfer, file);
  }

  #sender(transfer: number): ReturnType<Contact["conversation"]["sender"]> {
    for (const { conversation } of this.#contacts.all) {
      const sender = conversation.sender(transfer);
      if (sender !== undefined) return sender;
    }
    return undefined;
  }

  #receiver(peer: Uint8Array, transfer: number): ReturnType<Contact["conversation"]["receiver"]> {
    return this.#contacts.find(peer)?.conversation.receiver(transfer);
  }

  #stop(): void {
    for (const contact of this.#contacts.all) contact.end();
    this.#servers.stop();
    this.#isStopped = true;
  }

  #receive(from: Endpoint, bytes: Uint8Array): void {
    this.#kernel.guard(() => {
      const link = this.#servers.at(from);
      if (link === undefined) this.#receivePath(bytes, { from });
      else this.#receiveFromServer(bytes, link);
    });
  }

  #receiveFromServer(bytes: Uint8Array, link: ServerLink): void {
    const { tag, offset, end } = loadDatagram(this.#scratch, bytes, PEER_TRANSPORTS.udp.maxBytes);
    const received = decodePeerUdp(tag, this.#scratch.bytes, this.#scratch.view, offset, end);
    this.#kernel.noteReceived(DATAGRAM_SCOPE, tag);
    if (link.take(received)) return;
    if (received.name === "ServerEvent") this.#servers.takeEvent(received.message, link);
    if (received.name === "ClientEvent") this.#onClientEvent(received.message, link);
  }

  #onClientEvent({ from, payload }: ClientEvent, link: ServerLink): void {
    this.#receivePath(payload, { link, sender: from });
  }

  #receivePath(bytes: Uint8Array, arrival: PathArrival & { readonly sender?: Uint8Array }): void {
    const { tag, offset, end } = loadDatagram(this.#scratch, bytes, PEER_TRANSPORTS.path.maxBytes);
    const received = decodePeerPath(tag, this.#scratch.bytes, this.#scratch.view, offset, end);
    this.#kernel.noteReceived(PATH_SCOPE, tag);
    const { sender } = arrival;
    const owner =
      received.name === "Greet" ? undefined : this.#sessions.get(received.message.session);
    const isForeign =
      owner !== undefined && sender !== undefined && !this.#isSame(owner.fingerprint, sender);
    if (isForeign) throw misplacedFrame();
    const contact = owner ?? this.#strangersContact(sender);
    contact?.take(received, arrival, owner?.session(received.message.session));
  }

  /** The contact of somebody who has no session here, as far as strangers are let in. */
  #strangersContact(sender: Uint8Array | undefined): Contact | undefined {
    // Straight from an address nothing is taken but what belongs to a session.
    return sender === undefined ? undefined : this.#contacts.admit(sender);
  }

  #newContact(fingerprint: Uint8Array): Contact {
    const { certificates, codeScheme = SIX_DIGITS, direct = true, signer } = this.#options;
    const key = fingerprintKey(fingerprint);
    this.#lastContact += 1;
    return new Contact({
      kernel: this.#kernel,
      limits: this.#limits,
      scratch: this.#scratch,
      certificates,
      signer,
      staticKey: this.#staticKey,
      bars: this.#bars,
      codeScheme,
      direct,
      numbersAfter: this.#lastNumber,
      numbered: (number) => {
        this.#lastNumber = Math.max(this.#lastNumber, number);
      },
      id: this.#lastContact,
      fingerprint,
      hasRoomForFile: () => this.#pins.has(fingerprint) || this.#contacts.hasRoomForFile,
      taken: this.#taken.get(key),
      keepTaken: (numbers) => {
        this.#taken.set(key, numbers);
      },
      candidates: () => this.#servers.candidates(),
      periodMs: () => this.#servers.periodMs,
      report: (event) => {
        this.#kernel.report(event);
      },
      nameSession: (contact) => this.#nameSession(contact),
      forgetSession: (local) => {
        this.#sessions.delete(local);
      },
      relay: (payload, route) => {
        this.#servers.relay({ to: fingerprint, payload }, route);
      },
      sendDatagram: (to, bytes) => {
        this.#servers.transmit(to, bytes);
      },
      rival: (name) => this.#pins.rival({ fingerprint, name }),
      isPinned: () => this.#pins.has(fingerprint),
      pin: (name) => {
        this.#pins.add({ fingerprint, name });
        this.#kernel.report({ type: "pin", pinned: { fingerprint, name } });
      },
      idle: (contact) => {
        this.#contacts.release(contact);
      },
    });
  }

  #nameSession(contact: Contact): number {
    for (;;) {
      const bytes = this.#kernel.crypto.randomBytes(4);
      const local = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
      if (this.#sessions.has(local)) continue;
      this.#sessions.set(local, contact);
      return local;
    }
  }

  #newServers(servers: readonly Endpoint[]): Servers {
    const office = {
      kernel: this.#kernel,
      limits: this.#limits,
      scratch: this.#scratch,
      signer: this.#options.signer,
      registered: (server: Endpoint, observed: Endpoint) => {
        this.#kernel.report({ type: "registered", server, observed });
        // What waited for any server at all goes now.
        for (const contact of this.#contacts.all) contact.resume();
      },
      unavailable: (server: Endpoint, all: boolean) => {
        this.#kernel.report({ type: "unavailable", server, all });
      },
      keepAlive: (periodMs: number) => {
        this.#kernel.report({ type: "keepAlive", periodMs });
      },
    };
    return new Servers(office, servers);
  }

  #isSame(one: Uint8Array, other: Uint8Array): boolean {
    return this.#kernel.crypto.equal(one, other);
  }
}
