import type { Endpoint } from "../../runtime/core/index.ts";
import { endpointText, segmentKindOf, type NatPacket, type NatProtocol } from "./packet.ts";
import type { NatBounds, NatTimeouts } from "./profile.ts";

/** Which way a packet crosses the NAT. */
export type Crossing = "out" | "in";

/** One inside endpoint's external endpoint, for everyone or for one remote. */
export interface Mapping {
  readonly protocol: NatProtocol;
  readonly internal: Endpoint;
  readonly external: Endpoint;
  /** Whom it serves, as text; empty if everyone. */
  readonly scope: string;
  /** The remote of the packet that made it. */
  readonly firstRemote: Endpoint;
  /** By remote endpoint as text. A mapping lives as long as it has one that lives. */
  readonly sessions: Map<string, Session>;
}

/** What passed between a mapping and one remote endpoint. */
export interface Session {
  readonly mapping: Mapping;
  readonly remote: Endpoint;
  readonly seen: Record<Crossing, boolean>;
  /** Of TCP: which sides sent FIN. */
  readonly finished: Record<Crossing, boolean>;
  isReset: boolean;
  /** Of TCP: whether a segment passed after both sides had sent one. */
  isEstablished: boolean;
  expiresMs: number;
}

/** How many of the sessions that were unused longest are looked at for one to evict. */
const EVICTION_CANDIDATES_MAX = 64;

const SWEEP_SESSIONS_MIN = 1024;

/** A NAT's sessions, ordered by when they were used last. */
export class Sessions {
  readonly #timeouts: NatTimeouts;
  readonly #bounds: NatBounds;
  readonly #onMappingEnd: (mapping: Mapping) => void;
  /** The one that was unused longest comes first. */
  readonly #all = new Set<Session>();
  #sweepAt = SWEEP_SESSIONS_MIN;

  /** @param onMappingEnd called when a mapping loses its last session. */
  constructor(timeouts: NatTimeouts, bounds: NatBounds, onMappingEnd: (mapping: Mapping) => void) {
    this.#timeouts = timeouts;
    this.#bounds = bounds;
    this.#onMappingEnd = onMappingEnd;
  }

  find(mapping: Mapping, remote: Endpoint, nowMs: number): Session | undefined {
    const session = mapping.sessions.get(endpointText(remote));
    if (session === undefined || session.expiresMs > nowMs) return session;
    this.remove(session);
    return undefined;
  }

  /** The sessions of a mapping that live; those that do not are taken out. */
  live(mapping: Mapping, nowMs: number): readonly Session[] {
    const sessions = [...mapping.sessions.values()];
    for (const session of sessions) if (session.expiresMs <= nowMs) this.remove(session);
    return [...mapping.sessions.values()];
  }

  /** Whether a further session has room, after an eviction if the profile has one. */
  makeRoom(nowMs: number): boolean {
    if (this.#all.size >= this.#sweepAt) this.#sweep(nowMs);
    if (this.#all.size < this.#bounds.sessionsMax) return true;
    const { eviction, sessionsMax } = this.#bounds;
    if (eviction !== "refuse") this.#evict(nowMs, eviction === "oldest");
    if (this.#all.size >= sessionsMax) this.#sweep(nowMs);
    return this.#all.size < sessionsMax;
  }

  /** Starts a session; only after `makeRoom` said yes. */
  start(mapping: Mapping, remote: Endpoint, nowMs: number): Session {
    const session: Session = {
      mapping,
      remote,
      seen: { out: false, in: false },
      finished: { out: false, in: false },
      isReset: false,
      isEstablished: false,
      expiresMs: nowMs,
    };
    mapping.sessions.set(endpointText(remote), session);
    this.#all.add(session);
    return session;
  }

  /** Takes a packet into account; its timer starts anew if the packet may refresh it. */
  pass(
    session: Session,
    packet: NatPacket,
    { crossing, refreshes, nowMs }: { crossing: Crossing; refreshes: boolean; nowMs: number },
  ): void {
    if (packet.protocol === "tcp") trackTcp(session, packet, crossing);
    session.seen[crossing] = true;
    const lifeMs = this.#lifeMs(session);
    if (refreshes) {
      session.expiresMs = nowMs + lifeMs;
      this.#all.delete(session);
      this.#all.add(session);
    } else {
      // A connection that closes must not keep the long life of an open one.
      session.expiresMs = Math.min(session.expiresMs, nowMs + lifeMs);
    }
  }

  remove(session: Session): void {
    if (!this.#all.delete(session)) return;
    const { mapping } = session;
    mapping.sessions.delete(endpointText(session.remote));
    if (mapping.sessions.size === 0) this.#onMappingEnd(mapping);
  }

  clear(): void {
    this.#all.clear();
  }

  #lifeMs(session: Session): number {
    const { udpUnrepliedMs, udpAssuredMs, tcpTransitoryMs, tcpEstablishedMs } = this.#timeouts;
    const { seen, finished } = session;
    if (session.mapping.protocol === "udp") {
      return seen.in && seen.out ? udpAssuredMs : udpUnrepliedMs;
    }
    const isOver = session.isReset || (finished.in && finished.out);
    return session.isEstablished && !isOver ? tcpEstablishedMs : tcpTransitoryMs;
  }

  #evict(nowMs: number, isAny: boolean): void {
    let looked = 0;
    for (const session of this.#all) {
      const isAssured = session.seen.in && session.seen.out;
      if (isAny || !isAssured || session.expiresMs <= nowMs) {
        this.remove(session);
        return;
      }
      looked += 1;
      if (looked === EVICTION_CANDIDATES_MAX) return;
    }
  }

  /** The threshold grows with what lives, so that the cost of a session stays constant. */
  #sweep(nowMs: number): void {
    for (const session of this.#all) if (session.expiresMs <= nowMs) this.remove(session);
    this.#sweepAt = Math.max(SWEEP_SESSIONS_MIN, this.#all.size * 2);
  }
}

function trackTcp(session: Session, packet: NatPacket, crossing: Crossing): void {
  const kind = segmentKindOf(packet);
  switch (kind) {
    case "rst":
      session.isReset = true;
      return;
    case "syn":
      // A SYN after the end opens the connection anew.
      if (session.isReset || (session.finished.in && session.finished.out)) restart(session);
      return;
    case "fin":
      session.finished[crossing] = true;
      return;
    case "syn-ack":
    case "ack":
    case "none": {
      const other = crossing === "out" ? "in" : "out";
      const isAfterBoth = session.seen.in && session.seen.out;
      if (isAfterBoth || (kind === "ack" && session.seen[other])) session.isEstablished = true;
    }
  }
}

function restart(session: Session): void {
  session.isReset = false;
  session.isEstablished = false;
  session.finished.in = false;
  session.finished.out = false;
  session.seen.in = false;
  session.seen.out = false;
}
