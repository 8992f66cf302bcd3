import type { Endpoint } from "../../runtime/core/index.ts";
import { createNat } from "./create-nat.ts";
import type { Nat, NatRandom } from "./nat.ts";
import type { NatPacket } from "./packet.ts";
import type { NatProfile } from "./profile.ts";

/** Two hosts behind NATs that want to reach each other. */
export interface HolePunchOptions {
  readonly natA: NatProfile;
  readonly natB: NatProfile;
  /** When each host begins to send, in milliseconds after the rendezvous told both addresses. */
  readonly startAMs: number;
  readonly startBMs: number;
  readonly random: NatRandom;
  /** Between two datagrams of a host. Default 100. */
  readonly periodMs?: number;
  /** How many datagrams each host sends. Default 10. */
  readonly attempts?: number;
  /** From one NAT to the other. Default 1. */
  readonly delayMs?: number;
}

/** A host, or its NAT. */
export type PunchSide = "a" | "b";

/** What came of it. */
export interface HolePunchResult {
  /** Which hosts got an answer to a datagram of theirs. */
  readonly answered: Readonly<Record<PunchSide, boolean>>;
  /** How many hosts did: 2 is a connection. */
  readonly sidesOk: 0 | 1 | 2;
  /** What became of the datagrams of the hosts that got no answer; "connected" if both did. */
  readonly reason: string;
}

const RENDEZVOUS: Endpoint = { address: "192.0.2.1", port: 3478 };
const HOSTS: Readonly<Record<PunchSide, Endpoint>> = {
  a: { address: "10.1.0.2", port: 40_000 },
  b: { address: "10.2.0.2", port: 40_002 },
};
const EXTERNAL: Readonly<Record<PunchSide, string>> = { a: "198.51.100.1", b: "203.0.113.1" };
const SIDES = ["a", "b"] as const;

/** Enough for the rendezvous to hear and tell both. */
const REGISTERED_MS = 100;

interface Datagram extends NatPacket {
  readonly kind: "register" | "ping" | "pong";
}

/**
 * Punches UDP holes: both hosts register with a rendezvous from the socket that they go on to use, are told each other's
 * address, send there a number of times, and answer each datagram at the address that it came from.
 */
export function punchHole(options: HolePunchOptions): HolePunchResult {
  const { natA, natB, startAMs, startBMs, random } = options;
  const { periodMs = 100, attempts = 10, delayMs = 1 } = options;
  const boxOf = (profile: NatProfile, side: PunchSide): Nat =>
    createNat(profile, { externalAddresses: [EXTERNAL[side]], random });
  const meeting = new Meeting({ a: boxOf(natA, "a"), b: boxOf(natB, "b") }, delayMs);
  for (const side of SIDES) {
    meeting.at(0, () => {
      meeting.send(side, "register", RENDEZVOUS);
    });
  }
  const starts = { a: startAMs, b: startBMs };
  for (const side of SIDES) {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      meeting.at(REGISTERED_MS + starts[side] + attempt * periodMs, () => {
        meeting.ping(side);
      });
    }
  }
  meeting.run();
  return meeting.result();
}

/** Two hosts, their NATs, the rendezvous and what is on the way between them. */
class Meeting {
  readonly #nats: Readonly<Record<PunchSide, Nat>>;
  readonly #delayMs: number;
  readonly #due: { readonly atMs: number; readonly run: () => void }[] = [];
  readonly #told = new Map<PunchSide, Endpoint>();
  readonly #answered = { a: false, b: false };
  /** What became of each host's pings, and how often. */
  readonly #fates: Readonly<Record<PunchSide, Map<string, number>>> = {
    a: new Map(),
    b: new Map(),
  };
  #nowMs = 0;

  constructor(nats: Readonly<Record<PunchSide, Nat>>, delayMs: number) {
    this.#nats = nats;
    this.#delayMs = delayMs;
  }

  /** Has something happen; what is due together happens in the order in which it was asked for. */
  at(atMs: number, run: () => void): void {
    const before = this.#due.findLastIndex((entry) => entry.atMs <= atMs);
    this.#due.splice(before + 1, 0, { atMs, run });
  }

  run(): void {
    for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) {
      this.#nowMs = next.atMs;
      next.run();
    }
  }

  ping(side: PunchSide): void {
    const peer = this.#told.get(other(side));
    if (peer === undefined) this.#note(side, `the rendezvous heard nothing of ${other(side)}`);
    else this.send(side, "ping", peer);
  }

  send(side: PunchSide, kind: Datagram["kind"], destination: Endpoint): void {
    const datagram: Datagram = { protocol: "udp", kind, source: HOSTS[side], destination };
    const verdict = this.#nats[side].fromInside(datagram, this.#nowMs);
    if (verdict.kind !== "forwarded") {
      if (kind === "ping") this.#note(side, `not sent by NAT ${side}: ${verdict.kind}`);
      return;
    }
    this.at(this.#nowMs + this.#delayMs, () => {
      this.#arrive(side, verdict.packet);
    });
  }

  result(): HolePunchResult {
    const { a, b } = this.#answered;
    const failed = SIDES.filter((side) => !this.#answered[side]);
    const reason = failed.map((side) => `${side}: ${this.#fateOf(side)}`).join("; ");
    const sidesOk = a && b ? 2 : a || b ? 1 : 0;
    return { answered: { a, b }, sidesOk, reason: reason === "" ? "connected" : reason };
  }

  #arrive(from: PunchSide, datagram: Datagram): void {
    if (datagram.destination.address === RENDEZVOUS.address) {
      this.#told.set(from, datagram.source);
      const answer = { ...datagram, source: RENDEZVOUS, destination: datagram.source };
      this.#nats[from].fromOutside(answer, this.#nowMs);
      return;
    }
    const to = SIDES.find((side) => EXTERNAL[side] === datagram.destination.address);
    if (to === undefined) return;
    const verdict = this.#nats[to].fromOutside(datagram, this.#nowMs);
    const fate = verdict.kind === "dropped" ? verdict.reason : verdict.kind;
    if (datagram.kind === "ping") this.#note(from, fateText(fate, to));
    if (verdict.kind !== "forwarded") return;
    if (datagram.kind === "ping") this.send(to, "pong", verdict.packet.source);
    else this.#answered[to] = true;
  }

  #note(side: PunchSide, fate: string): void {
    this.#fates[side].set(fate, (this.#fates[side].get(fate) ?? 0) + 1);
  }

  #fateOf(side: PunchSide): string {
    const fates = [...this.#fates[side]].map(([fate, count]) => `${String(count)} ${fate}`);
    return fates.length === 0 ? "nothing sent" : fates.join(", ");
  }
}

function other(side: PunchSide): PunchSide {
  return side === "a" ? "b" : "a";
}

function fateText(fate: string, to: PunchSide): string {
  switch (fate) {
    case "forwarded":
      return `reached host ${to}, whose answer was lost`;
    case "local":
      return `taken by NAT ${to} itself`;
    default:
      return `dropped by NAT ${to}: ${fate}`;
  }
}
