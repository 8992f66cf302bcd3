import { ENROL_REQUEST_TAG } from "../../../generated/control/messages/enrolment.ts";
import { LOAD_REPORT_TAG } from "../../../generated/control/messages/servers.ts";
import { TELEMETRY_TAG } from "../../../generated/control/messages/telemetry.ts";
import { decodeHubUdp } from "../../../generated/control/receive.ts";
import type { HubUdpReceived } from "../../../generated/control/receive.ts";
import { WireError, encodeHex } from "../../../runtime/core/index.ts";

/** What checkers want to know of the bytes of a datagram. */
export interface DatagramContent {
  /** The bytes as hexadecimal text: equal for equal bytes. */
  readonly text: string;
  /** What it says to the hub; undefined if it says nothing that the hub listens to. Nothing of it is verified. */
  readonly toHub: HubUdpReceived | undefined;
}

/** Every checker asks for the same datagrams, where they are sent and where they arrive. */
const known = new WeakMap<Uint8Array, DatagramContent>();

/** Reads a datagram, whose bytes must not change any more. */
export function contentOf(bytes: Uint8Array): DatagramContent {
  const before = known.get(bytes);
  if (before !== undefined) return before;
  const content = { text: encodeHex(bytes), toHub: readHubDatagram(bytes) };
  known.set(bytes, content);
  return content;
}

/** Type and length of the frame that a datagram is. */
const HEADER_BYTES = 4;
const HUB_TAGS: ReadonlySet<number> = new Set([TELEMETRY_TAG, LOAD_REPORT_TAG, ENROL_REQUEST_TAG]);

function readHubDatagram(bytes: Uint8Array): HubUdpReceived | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [tag, end] = [view.getUint16(0), HEADER_BYTES + view.getUint16(2)];
  if (!HUB_TAGS.has(tag) || end !== bytes.length) return undefined;
  try {
    return decodeHubUdp(tag, bytes, view, HEADER_BYTES, end);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
