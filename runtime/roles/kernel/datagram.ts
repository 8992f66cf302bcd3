import { KEY_FIELD_TAG_AT, FrameWalk, TLV_FRAMING, WireError } from "../../core/index.ts";
import { CONTROL_TRANSPORTS } from "../../../generated/control/tags.ts";
import { TELEMETRY_OFFSETS } from "../../../generated/control/messages/telemetry.ts";
import type { Scratch } from "./scratch.ts";

/** The one frame of a datagram, in the scratch. */
export interface DatagramFrame {
  readonly tag: number;
  /** Where the value starts and ends in the scratch. */
  readonly offset: number;
  readonly end: number;
  /** The whole datagram, in the scratch. */
  readonly datagram: Uint8Array;
}

/**
 * Copies a datagram into the scratch and finds its frame.
 * @throws {WireError} if it does not hold exactly one frame, or is larger than its transport admits.
 */
export function loadDatagram(scratch: Scratch, bytes: Uint8Array, maxBytes: number): DatagramFrame {
  if (bytes.length > maxBytes) throw new WireError("overlong", "datagram", 0);
  const length = scratch.load(bytes);
  const walk = new FrameWalk(scratch.view, 0, length, TLV_FRAMING);
  if (!walk.next()) throw new WireError("truncated", "datagram", 0);
  if (walk.end !== length) throw new WireError("overlong", "datagram", walk.end);
  const { tag, offset, end } = walk;
  return { tag, offset, end, datagram: scratch.bytes.subarray(0, length) };
}

/** Largest datagram of the control protocol, bytes: the transport `udp` of its spec. */
export const DATAGRAM_BYTES_MAX: number = CONTROL_TRANSPORTS.udp.maxBytes;

/** Sequence numbers of one start: starts × 2^32 + count, so that none repeats after a restart. */
export const SEQUENCES_PER_START: number = 2 ** 32;

/** Where the tag of an authenticated datagram stands: the key field follows the frame header. */
export const TAG_OFFSET: number = TELEMETRY_OFFSETS.key + KEY_FIELD_TAG_AT;
