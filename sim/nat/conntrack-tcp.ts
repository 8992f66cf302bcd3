import type { SegmentKind } from "./packet.ts";
import type { ConntrackTimeouts } from "./profile.ts";

/** Which way a packet of a tracked connection goes: as its first one, or back. */
export type ConntrackDirection = "original" | "reply";

/** What connection tracking thinks of a TCP connection. */
export type ConntrackTcpState =
  | "none"
  | "syn-sent"
  /** SYN seen both ways, no SYN/ACK yet: a simultaneous open. */
  | "syn-sent2"
  | "syn-recv"
  | "established"
  | "fin-wait"
  | "close-wait"
  | "last-ack"
  | "time-wait"
  | "close";

/** What connection tracking remembers of one TCP connection. */
export interface ConntrackTcp {
  state: ConntrackTcpState;
  /** The segment that it looked at last, also if it ignored it. */
  lastKind: SegmentKind;
  lastDirection: ConntrackDirection;
  /** Whether a FIN opened the closing. */
  isClosing: boolean;
  isSimultaneousOpen: boolean;
  /** Whether the next ACK may answer a SYN that was let through, and then acknowledges no FIN (RFC 5961). */
  awaitsChallengeAck: boolean;
}

/** What is to be done with a segment. */
export type ConntrackTcpVerdict =
  | { readonly kind: "accept"; readonly from: ConntrackTcpState; readonly to: ConntrackTcpState }
  /** It passes and changes no state and no timer. */
  | { readonly kind: "ignore" }
  | { readonly kind: "invalid" }
  /** The connection is over; look the segment up again without it. */
  | { readonly kind: "reopen" };

type Next = ConntrackTcpState | "ignore";
type Row = Readonly<Partial<Record<SegmentKind, Next>>>;

/** Where a segment leads; a kind that a row does not name is invalid in that state. */
const NEXT: Readonly<Record<ConntrackDirection, Readonly<Record<ConntrackTcpState, Row>>>> = {
  original: {
    none: { syn: "syn-sent", ack: "established" },
    "syn-sent": { syn: "syn-sent", rst: "close" },
    "syn-sent2": { syn: "syn-sent2", "syn-ack": "syn-recv", rst: "close" },
    "syn-recv": {
      syn: "ignore",
      "syn-ack": "syn-recv",
      fin: "fin-wait",
      ack: "established",
      rst: "close",
    },
    established: { syn: "ignore", fin: "fin-wait", ack: "established", rst: "close" },
    "fin-wait": { syn: "ignore", fin: "last-ack", ack: "close-wait", rst: "close" },
    "close-wait": { syn: "ignore", fin: "last-ack", ack: "close-wait", rst: "close" },
    "last-ack": { syn: "ignore", fin: "last-ack", ack: "time-wait", rst: "close" },
    "time-wait": { syn: "syn-sent", fin: "time-wait", ack: "time-wait", rst: "close" },
    close: { syn: "syn-sent", fin: "close", ack: "close", rst: "close" },
  },
  reply: {
    none: {},
    "syn-sent": { syn: "syn-sent2", "syn-ack": "syn-recv", ack: "ignore", rst: "close" },
    "syn-sent2": { syn: "syn-sent2", "syn-ack": "syn-recv", ack: "ignore", rst: "close" },
    "syn-recv": { "syn-ack": "ignore", fin: "fin-wait", ack: "syn-recv", rst: "close" },
    established: { "syn-ack": "ignore", fin: "fin-wait", ack: "established", rst: "close" },
    "fin-wait": { "syn-ack": "ignore", fin: "last-ack", ack: "close-wait", rst: "close" },
    "close-wait": { "syn-ack": "ignore", fin: "last-ack", ack: "close-wait", rst: "close" },
    "last-ack": { "syn-ack": "ignore", fin: "last-ack", ack: "time-wait", rst: "close" },
    "time-wait": {
      syn: "syn-sent",
      "syn-ack": "ignore",
      fin: "time-wait",
      ack: "time-wait",
      rst: "close",
    },
    close: { "syn-ack": "ignore", fin: "close", ack: "close", rst: "close" },
  },
};

/** A connection of which nothing was seen yet. */
export function createConntrackTcp(): ConntrackTcp {
  return {
    state: "none",
    lastKind: "none",
    lastDirection: "original",
    isClosing: false,
    isSimultaneousOpen: false,
    awaitsChallengeAck: false,
  };
}

/**
 * Takes a segment into account, as Linux 6.18 does with segments that are in the window and acknowledge what was sent;
 * numbers are not modelled. Source: observed by the laboratory in conformance/world/namespaces.
 */
export function trackSegment(
  tcp: ConntrackTcp,
  kind: SegmentKind,
  direction: ConntrackDirection,
): ConntrackTcpVerdict {
  const from = tcp.state;
  const next = NEXT[direction][from][kind];
  if (next === undefined) return { kind: "invalid" };
  if (next === "ignore") return ignore(tcp, kind, direction);
  if (next === "syn-sent" && (from === "time-wait" || from === "close")) {
    const isOver = tcp.isClosing || (tcp.lastKind === "rst" && tcp.lastDirection === direction);
    return isOver ? { kind: "reopen" } : ignore(tcp, kind, direction);
  }
  if (next === "time-wait" && from === "last-ack" && isChallengeAck(tcp, kind, direction)) {
    tcp.awaitsChallengeAck = false;
    return { kind: "ignore" };
  }
  if (next === "syn-sent2") tcp.isSimultaneousOpen = true;
  const isLastAckOfOpening = next === "syn-recv" && direction === "reply" && kind === "ack";
  const to = isLastAckOfOpening && tcp.isSimultaneousOpen ? "established" : next;
  if (to === "fin-wait" && from !== "fin-wait") tcp.isClosing = true;
  return accept(tcp, { kind, direction, from, to });
}

/** How long a connection lives that came to a state, in milliseconds. */
export function tcpTimeoutMs(
  state: ConntrackTcpState,
  isReplied: boolean,
  timeouts: ConntrackTimeouts,
): number {
  switch (state) {
    case "none":
    case "syn-sent":
    case "syn-sent2":
      return timeouts.tcpSynSentMs;
    case "syn-recv":
      return timeouts.tcpSynRecvMs;
    case "established":
      // A connection picked up in its middle is not believed for days until the other side speaks.
      return isReplied
        ? timeouts.tcpEstablishedMs
        : Math.min(timeouts.tcpEstablishedMs, timeouts.tcpUnacknowledgedMs);
    case "fin-wait":
      return timeouts.tcpFinWaitMs;
    case "close-wait":
      return timeouts.tcpCloseWaitMs;
    case "last-ack":
      return timeouts.tcpLastAckMs;
    case "time-wait":
      return timeouts.tcpTimeWaitMs;
    case "close":
      return timeouts.tcpCloseMs;
  }
}

interface Move {
  readonly kind: SegmentKind;
  readonly direction: ConntrackDirection;
  readonly from: ConntrackTcpState;
  readonly to: ConntrackTcpState;
}

function accept(tcp: ConntrackTcp, { kind, direction, from, to }: Move): ConntrackTcpVerdict {
  tcp.state = to;
  tcp.lastKind = kind;
  tcp.lastDirection = direction;
  return { kind: "accept", from, to };
}

/** The ends may be in step while the box is not: a SYN/ACK that answers an ignored SYN puts it right. */
function ignore(
  tcp: ConntrackTcp,
  kind: SegmentKind,
  direction: ConntrackDirection,
): ConntrackTcpVerdict {
  if (kind === "syn-ack" && tcp.lastKind === "syn" && tcp.lastDirection !== direction) {
    tcp.isClosing = false;
    tcp.isSimultaneousOpen = false;
    tcp.awaitsChallengeAck = false;
    return accept(tcp, { kind, direction, from: "syn-sent", to: "syn-recv" });
  }
  if (kind === "syn" && direction === "original") {
    tcp.isSimultaneousOpen = false;
    tcp.awaitsChallengeAck = tcp.state === "last-ack";
  }
  tcp.lastKind = kind;
  tcp.lastDirection = direction;
  return { kind: "ignore" };
}

function isChallengeAck(
  tcp: ConntrackTcp,
  kind: SegmentKind,
  direction: ConntrackDirection,
): boolean {
  return (
    kind === "ack" &&
    tcp.awaitsChallengeAck &&
    tcp.lastKind === "syn" &&
    tcp.lastDirection !== direction
  );
}
