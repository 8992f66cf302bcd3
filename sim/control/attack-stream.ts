import { encodeSystem } from "../../generated/system/send.ts";
import type { SystemSent } from "../../generated/system/send.ts";
import { encodeHello, ErrorCode, PartyRole } from "../../generated/system/types.ts";
import type { RandomStream } from "../engine/index.ts";

/** What attackers open streams for: junk or a fault in place of a handshake, or in the middle of one. */
export const STREAM_ATTACKS = ["stream", "fault", "helloThenJunk", "helloThenFault"] as const;

/** One of them. */
export type StreamAttack = (typeof STREAM_ATTACKS)[number];

/** What an attacker says over a stream. */
export interface AttackStream {
  readonly first: Uint8Array;
  /** To the answer; nothing if absent. */
  readonly then?: Uint8Array;
}

/** What it is made from. */
export interface AttackStreamOptions {
  readonly random: RandomStream;
  readonly target: "hub" | "server";
  /** A datagram that the attacker has seen. */
  readonly seen: Uint8Array;
  /** Of the junk that stands in place of a handshake. */
  readonly junkBytes: number;
}

/** A handshake's first message proves nothing, so that anybody can send it: whoever it names is only proved by the third. */
const EPHEMERAL_BYTES = 32;
const FRAME_BYTES_MAX = 256;
const FAULT = frame({ name: "Fault", message: { code: ErrorCode.refused } });

/** The bytes of an attack. */
export function attackStream(kind: StreamAttack, options: AttackStreamOptions): AttackStream {
  const { seen, junkBytes } = options;
  switch (kind) {
    case "stream":
      return {
        first: Uint8Array.from({ length: junkBytes }, (_none, at) => seen[at % seen.length] ?? 0),
      };
    case "fault":
      return { first: FAULT };
    case "helloThenJunk":
      return { first: hello(options), then: seen };
    case "helloThenFault":
      return { first: hello(options), then: FAULT };
  }
}

/** The hub shakes hands with whoever says to be a router, a server with whoever says to be the hub. */
function hello({ random, target }: AttackStreamOptions): Uint8Array {
  const [from, to] =
    target === "hub" ? [PartyRole.router, PartyRole.hub] : [PartyRole.hub, PartyRole.server];
  const noise = new Uint8Array(FRAME_BYTES_MAX);
  noise.set(random.bytes(EPHEMERAL_BYTES));
  const view = new DataView(noise.buffer);
  const said = { from, to, ticketHint: new Uint8Array(0) };
  const end = encodeHello(said, noise, view, EPHEMERAL_BYTES);
  return frame({ name: "Handshake", message: { noise: noise.slice(0, end) } });
}

function frame(sent: SystemSent): Uint8Array {
  const bytes = new Uint8Array(2 * FRAME_BYTES_MAX);
  return bytes.slice(0, encodeSystem(sent, bytes, new DataView(bytes.buffer), 0));
}
