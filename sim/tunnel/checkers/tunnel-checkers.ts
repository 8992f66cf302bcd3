import type { Checker } from "../../campaign/scenario.ts";

export const BYTES_EXACTLY_ONCE: Checker = {
  name: "bytes-exactly-once",
  doc: "What comes out of a tunnel is what went in, each byte once and in order, or the beginning of it; an end that looks complete is one.",
};

export const ENDS_AT_BOTH_SIDES: Checker = {
  name: "ends-at-both-sides",
  doc: "Every use of a tunnel comes to an end at both sides once the network is whole.",
};

export const NOBODY_IS_LOCKED_OUT: Checker = {
  name: "nobody-is-locked-out",
  doc: "Once the network is whole every node has a session again, whichever answers and writes were lost.",
};

export const PASSWORDS_ADVANCE_ONCE: Checker = {
  name: "passwords-advance-once",
  doc: "What a main server keeps of a node's passwords stays as it is on disk or moves on by one: no password has an effect twice.",
};

export const TUNNELS_COME_BACK: Checker = {
  name: "tunnels-come-back",
  doc: "Once the network is whole a tunnel carries bytes to the end, whichever side ends first.",
};

export const NOTHING_HALF_OPEN: Checker = {
  name: "nothing-half-open",
  doc: "When nobody wants a tunnel any more, no node, no front and no main server has a stream, a port, a timer or an entry of one.",
};

export const NO_STRANGER_IS_ADMITTED: Checker = {
  name: "no-stranger-is-admitted",
  doc: "Who connects to a port of a chain, of a node or of a front without its ticket or token gets no byte, also from the address that is expected there.",
};

export const RELAYS_SEE_CIPHERTEXT: Checker = {
  name: "relays-see-ciphertext",
  doc: "No packet between nodes and fronts shows what a program said, unless its user asked for a tunnel without encryption.",
};

export const LOGOUT_ENDS: Checker = {
  name: "logout-ends",
  doc: "A node that logged out has no tunnel from then on, and its main server no session of it soon.",
};

export const FAILED_RELAYS_ARE_REPLACED: Checker = {
  name: "failed-relays-are-replaced",
  doc: "A tunnel opens as long as there are enough relays that do not fail.",
};

/** What tunnels may not do, whatever befalls the network. */
export const TUNNEL_CHECKERS: readonly Checker[] = [
  BYTES_EXACTLY_ONCE,
  ENDS_AT_BOTH_SIDES,
  NOBODY_IS_LOCKED_OUT,
  PASSWORDS_ADVANCE_ONCE,
  TUNNELS_COME_BACK,
  NOTHING_HALF_OPEN,
  NO_STRANGER_IS_ADMITTED,
  RELAYS_SEE_CIPHERTEXT,
  LOGOUT_ENDS,
];
