import type { Greet, Sealed } from "../../../generated/peer/messages/session.ts";
import type { PeerPathReceived, PeerSealedHandlers } from "../../../generated/peer/receive.ts";
import { decodePeerSealed, dispatchPeerSealed } from "../../../generated/peer/receive.ts";
import { encodePeer } from "../../../generated/peer/send.ts";
import type { PeerSent } from "../../../generated/peer/send.ts";
import { PEER_TRANSPORTS } from "../../../generated/peer/tags.ts";
import { loadDatagram } from "../kernel/datagram.ts";
import { Conversation, isLower } from "./conversation.ts";
import type { ContactOffice, PathArrival } from "./contact-office.ts";
import type { ContentArrival } from "./conversation.ts";
import { isQuiet } from "./message-names.ts";
import { Path } from "./path.ts";
import type { ServerLink } from "./server-link.ts";
import { PeerSession } from "./session.ts";
import type { SessionOffice } from "./session.ts";

/** Everything between this peer and one other: sessions as they follow each other, the way, and what is said. */
export class Contact {
  readonly fingerprint: Uint8Array;
  readonly conversation: Conversation;
  readonly #office: ContactOffice;
  readonly #scope: string;
  readonly #handlers: PeerSealedHandlers<ContentArrival & { readonly session: PeerSession }>;
  /** In use; one that was in use before, which is still listened to; one whose handshake is under way. */
  #current: PeerSession | undefined;
  #previous: PeerSession | undefined;
  #next: PeerSession | undefined;
  #path: Path;
  #paths = 0;
  /** The server through which something genuine was heard last. */
  #route: ServerLink | undefined;
  /** The server through which a frame of a handshake came last, which anybody may have made up. */
  #openingRoute: ServerLink | undefined;
  /** The only server through which is greeted; undefined for every one. */
  #greetRoute: ServerLink | undefined;
  #greetedMs = -Infinity;

  constructor(office: ContactOffice) {
    this.#office = office;
    this.fingerprint = office.fingerprint;
    this.#scope = `contact/${String(office.id)}`;
    this.#path = this.#newPath();
    this.conversation = new Conversation({
      kernel: office.kernel,
      limits: office.limits,
      bars: office.bars,
      codeScheme: office.codeScheme,
      numbersAfter: office.numbersAfter,
      numbered: office.numbered,
      scope: this.#scope,
      own: office.signer.certificate.fingerprint,
      other: office.fingerprint,
      taken: office.taken,
      isOpen: () => this.isOpen,
      isSuspect: () => this.#isSuspect(),
      name: () => this.#current?.certificate.name ?? "",
      connect: () => {
        this.connect();
      },
      send: (sent, isUrgent) => {
        if (this.#current !== undefined) this.#sendContent(this.#current, sent, isUrgent);
      },
      report: office.report,
      keepTaken: office.keepTaken,
      pin: () => {
        office.pin(this.#current?.certificate.name ?? "");
        // What waited because the certificate was not the pinned one may go now.
        this.conversation.resume();
      },
      hasRoomForFile: office.hasRoomForFile,
      settled: () => {
        this.#settle();
      },
    });
    this.#handlers = this.#createHandlers();
  }

  /** Whether there is a session. */
  get isOpen(): boolean {
    return this.#current !== undefined;
  }

  /** Whether somebody has begun a session here, or made this peer begin one, and not proved itself yet. */
  get isHalfOpen(): boolean {
    return this.#next?.isInitiator === false || this.#greetRoute !== undefined;
  }

  /** When something was last said, monotonic. */
  get usedMs(): number {
    return this.#current?.usedMs ?? -Infinity;
  }

  /** Opens a session if there is none. */
  connect(): void {
    if (this.#current !== undefined) return;
    this.#greetRoute = undefined;
    if (this.#next === undefined) this.#greet(undefined);
  }

  /** A server has us (again). */
  resume(): void {
    if (this.isOpen) this.conversation.resume();
    else if (this.conversation.isWaiting) this.connect();
  }

  /** Our addresses have changed. */
  move(): void {
    if (this.#current === undefined || !this.#office.direct) return;
    this.#path.open();
  }

  /** Says goodbye. */
  end(): void {
    this.conversation.end();
    this.#path.close();
    for (const session of [this.#next, this.#previous, this.#current]) {
      session?.dispatch({ name: "close" });
    }
    this.#office.kernel.cancel(`${this.#scope}/again`);
  }

  /** Takes a frame that came through a server from this peer, as the server says, or that belongs to one of our sessions. */
  take(received: PeerPathReceived, arrival: PathArrival, session: PeerSession | undefined): void {
    switch (received.name) {
      case "Greet":
        if (arrival.link === undefined) return;
        this.#openingRoute = arrival.link;
        this.#onGreet(received.message);
        return;
      case "Introduce":
      case "Answer":
      case "Finish":
        if (arrival.link === undefined) return;
        this.#openingRoute = arrival.link;
        if (session === undefined) this.#onStranger(arrival.link);
        else session.dispatch(received);
        return;
      case "Sealed":
        if (session === undefined) this.#onStranger(arrival.link);
        else this.#open(received.message, session, arrival);
        return;
    }
  }

  /** The session of ours with this name. */
  session(local: number): PeerSession | undefined {
    const sessions = [this.#current, this.#previous, this.#next];
    return sessions.find((session) => session?.local === local);
  }

  /**
   * Something came for a session that we do not have: one of us was started anew, or came back after long. A new session
   * mends it. Whoever makes such things up gains a greeting now and then, and only where it came from: through every
   * server it would be many times what it was asked by.
   */
  #onStranger(link: ServerLink | undefined): void {
    this.#office.kernel.count("unknown-session");
    const { greetRetryMs } = this.#office.limits;
    const pauseMs = greetRetryMs.at(-1) ?? 0;
    if (this.#next !== undefined || this.#greetedMs + pauseMs > this.#office.kernel.nowMs) return;
    this.#greet(this.conversation.isWaiting ? undefined : link);
  }

  #greet(route: ServerLink | undefined): void {
    this.#greetRoute = route;
    this.#greetedMs = this.#office.kernel.nowMs;
    this.#next = this.#newSession(true);
    this.#next.dispatch({ name: "begin" });
  }

  #onGreet(message: Greet): void {
    const next = this.#next;
    if (next?.isInitiator === false && next.answers(message)) {
      next.dispatch({ name: "Greet", message });
      return;
    }
    // A greeting that came twice, long after it was answered.
    if (this.#current?.answers(message) === true) return;
    const own = this.#office.signer.certificate.fingerprint;
    // Of two that greet each other at once, the lower fingerprint's counts.
    if (next?.isInitiator === true && isLower(own, this.fingerprint)) return;
    // There is always one or the other: a contact without a session is forgotten.
    const session = this.#newSession(false);
    this.#next = session;
    next?.dispatch({ name: "drop" });
    session.dispatch({ name: "Greet", message });
  }

  #open(sealed: Sealed, session: PeerSession, arrival: PathArrival): void {
    const { kernel, scratch } = this.#office;
    const plain = session.open(sealed);
    const { link, from: directFrom } = arrival;
    if (link !== undefined) this.#route = link;
    if (directFrom !== undefined) this.#path.heard(directFrom);
    const maxBytes = PEER_TRANSPORTS.sealed.maxBytes;
    const { tag, offset, end } = loadDatagram(scratch, plain, maxBytes);
    const received = decodePeerSealed(tag, scratch.bytes, scratch.view, offset, end);
    kernel.noteReceived(this.#scope, tag);
    dispatchPeerSealed(received, this.#handlers, { directFrom, session });
  }

  #createHandlers(): PeerSealedHandlers<ContentArrival & { readonly session: PeerSession }> {
    const said = this.conversation.handlers();
    const used = Object.fromEntries(
      Object.entries(said).map(([name, handler]) => [
        name,
        (message: never, arrival: ContentArrival & { readonly session: PeerSession }): void => {
          arrival.session.usedMs = this.#office.kernel.nowMs;
          handler(message, arrival);
        },
      ]),
    ) as typeof said;
    return {
      ...used,
      onReady: () => undefined,
      onLeave: (message, { session }) => {
        session.dispatch({ name: "Leave", message });
      },
      onPathOffer: (message) => {
        if (this.#office.direct) this.#path.dispatch({ name: "PathOffer", message });
      },
      onPathAnswer: (message) => {
        this.#path.dispatch({ name: "PathAnswer", message });
      },
      onPathPing: (message, { directFrom }) => {
        this.#path.ping(message, directFrom);
      },
      onPathPong: (message, { directFrom }) => {
        this.#path.pong(message, directFrom);
      },
    };
  }

  #newSession(isInitiator: boolean): PeerSession {
    const { certificates, fingerprint, kernel, limits, signer, staticKey } = this.#office;
    const office: SessionOffice = {
      kernel,
      limits,
      certificates,
      signer,
      staticKey,
      other: fingerprint,
      sendOpening: (sent) => {
        this.#office.relay(this.#encode(sent), this.#openingRouteOf(sent.name));
      },
      sendContent: (session, sent) => {
        // The first that is sealed answers what came through every server, and one may keep it.
        this.#sendContent(session, sent, sent.name === "Ready");
      },
      established: (session) => {
        this.#established(session);
      },
      unreachable: () => {
        this.#office.report({ type: "unreachable", peer: fingerprint });
      },
      refused: () => {
        kernel.count("session-refused");
      },
      renew: (session) => {
        if (session === this.#current && this.#next === undefined) this.#greet(undefined);
      },
      over: (session) => {
        this.#over(session);
      },
    };
    return new PeerSession(office, { local: this.#office.nameSession(this), isInitiator });
  }

  /** Answers go back where they are asked for; what is said of one's own accord goes through every server, since one may keep it. */
  #openingRouteOf(name: PeerSent["name"]): ServerLink | undefined {
    if (name === "Introduce" || name === "Answer") return this.#openingRoute;
    return name === "Greet" ? this.#greetRoute : undefined;
  }

  #established(session: PeerSession): void {
    const { direct, fingerprint, isPinned, report, rival } = this.#office;
    const before = this.#current;
    const oldest = this.#previous;
    this.#current = session;
    this.#previous = before;
    this.#route = this.#openingRoute;
    this.#greetRoute = undefined;
    if (this.#next === session) this.#next = undefined;
    oldest?.dispatch({ name: "drop" });
    const { name } = session.certificate;
    if (before === undefined) {
      report({ type: "sessionOpen", peer: fingerprint, name, isPinned: isPinned() });
      const pinned = rival(name);
      if (pinned !== undefined) {
        report({ type: "certificateChanged", name, pinned, found: fingerprint });
      }
    }
    // Whoever greets may have been started anew and be elsewhere, where the old path does not lead.
    if (this.#path.endpoint !== undefined) this.#forgetPath();
    if (direct && session.isInitiator) this.#path.open();
    this.conversation.resume();
  }

  #isSuspect(): boolean {
    const { isPinned, rival } = this.#office;
    const name = this.#current?.certificate.name;
    return name !== undefined && !isPinned() && rival(name) !== undefined;
  }

  #over(session: PeerSession): void {
    this.#office.forgetSession(session.local);
    if (session === this.#previous) this.#previous = undefined;
    if (session === this.#next) {
      this.#next = undefined;
      this.#greetRoute = undefined;
    }
    if (session === this.#current) {
      this.#current = undefined;
      this.#path.close();
      this.#path = this.#newPath();
      this.#office.report({ type: "sessionClosed", peer: this.fingerprint });
      this.conversation.pause();
    }
    this.#settle();
  }

  /** Without a session: tries for one if something waits for it, and is forgotten if nothing does. */
  #settle(): void {
    if (this.#current !== undefined || this.#next !== undefined) return;
    if (this.conversation.isWaiting) {
      this.#tryAgain();
      return;
    }
    if (!this.conversation.isIdle) return;
    // Nothing may reach a contact that its peer has forgotten.
    const previous = this.#previous;
    this.#previous = undefined;
    previous?.dispatch({ name: "drop" });
    this.#office.idle(this);
  }

  /** The other peer may be away for a while: what waits for it has its own time. */
  #tryAgain(): void {
    const { kernel, limits } = this.#office;
    kernel.arm(`${this.#scope}/again`, limits.messageRetryMs.at(-1) ?? 0, () => {
      if (this.conversation.isWaiting) this.connect();
    });
  }

  #forgetPath(): void {
    this.#path.close();
    this.#path = this.#newPath();
    this.#office.report({ type: "relayed", peer: this.fingerprint });
  }

  #newPath(): Path {
    const { candidates, fingerprint, kernel, limits, periodMs, report } = this.#office;
    this.#paths += 1;
    return new Path({
      kernel,
      limits,
      scope: `${this.#scope}/path/${String(this.#paths)}`,
      candidates,
      periodMs: () => Math.min(periodMs(), limits.directPingMs),
      send: (sent) => {
        if (this.#current !== undefined) this.#sendContent(this.#current, sent, false);
      },
      sendTo: (endpoint, sent) => {
        if (this.#current === undefined) return;
        this.#office.sendDatagram(endpoint, this.#seal(this.#current, sent));
      },
      opened: (endpoint) => {
        report({ type: "direct", peer: fingerprint, endpoint });
        this.conversation.resume();
      },
      relayed: (wasDirect) => {
        report({ type: "relayed", peer: fingerprint });
        if (wasDirect) this.conversation.resume();
      },
    });
  }

  /** @param isUrgent also through the server if there is a direct path, which may be the reason that it was not heard. */
  #sendContent(session: PeerSession, sent: PeerSent, isUrgent: boolean): void {
    const sealed = this.#seal(session, sent);
    if (!isQuiet(sent.name)) session.usedMs = this.#office.kernel.nowMs;
    const { endpoint } = this.#path;
    if (endpoint !== undefined) this.#office.sendDatagram(endpoint, sealed);
    if (endpoint === undefined || isUrgent) {
      this.#office.relay(sealed, isUrgent ? undefined : this.#route);
    }
  }

  #seal(session: PeerSession, sent: PeerSent): Uint8Array {
    const frame = this.#encode(sent);
    this.#office.kernel.noteSent(this.#scope, frame);
    return this.#encode({ name: "Sealed", message: session.seal(frame) });
  }

  #encode(sent: PeerSent): Uint8Array {
    return this.#office.scratch.take((bytes, view, at) => encodePeer(sent, bytes, view, at));
  }
}
