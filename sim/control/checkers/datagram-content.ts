import {
  ENROL_CHALLENGE_TAG,
  ENROL_GRANT_TAG,
  ENROL_REQUEST_TAG,
  KEY_OFFER_TAG,
} from "../../../generated/control/messages/enrolment.ts";
import { LOAD_REPORT_TAG } from "../../../generated/control/messages/servers.ts";
import {
  CONNECT_TO_HUB_TAG,
  TELEMETRY_ACK_TAG,
  TELEMETRY_TAG,
} from "../../../generated/control/messages/telemetry.ts";
import { decodeHubUdp, decodeRouterUdp } from "../../../generated/control/receive.ts";
import type { HubUdpReceived, RouterUdpReceived } from "../../../generated/control/receive.ts";
import { WireError, encodeHex } from "../../../runtime/core/index.ts";

/** What checkers want to know of the bytes of a datagram. */
export interface DatagramContent {
  /** The bytes as hexadecimal text: equal for equal bytes. */
  readonly text: string;
  /** What it says to the hub; undefined if it says nothing that the hub listens to. Nothing of it is verified. */
  readonly toHub: HubUdpReceived | undefined;
  /** What the hub says with it to a router or server; undefined if it says nothing to them. Nothing of it is verified. */
  readonly fromHub: RouterUdpReceived | undefined;
}

/** Every checker asks for the same datagrams, where they are sent and where they arrive. */
const known = new WeakMap<Uint8Array, DatagramContent>();

/** Reads a datagram, whose bytes must not change any more. */
export function contentOf(bytes: Uint8Array): DatagramContent {
  const before = known.get(bytes);
  if (before !== undefined) return before;
  const toHub = read(bytes, HUB_TAGS, decodeHubUdp);
  const fromHub = read(bytes, REPORTER_TAGS, decodeRouterUdp);
  const content = { text: encodeHex(bytes), toHub, fromHub };
  known.set(bytes, content);
  return content;
}

/** Type and length of the frame that a datagram is. */
const HEADER_BYTES = 4;
const HUB_TAGS: ReadonlySet<number> = new Set([TELEMETRY_TAG, LOAD_REPORT_TAG, ENROL_REQUEST_TAG]);
const REPORTER_TAGS: ReadonlySet<number> = new Set([
  TELEMETRY_ACK_TAG,
  KEY_OFFER_TAG,
  CONNECT_TO_HUB_TAG,
  ENROL_CHALLENGE_TAG,
  ENROL_GRANT_TAG,
]);

type Place = readonly [tag: number, bytes: Uint8Array, view: DataView, at: number, end: number];
type Decoder<Received> = (...place: Place) => Received;

function read<Received>(
  bytes: Uint8Array,
  tags: ReadonlySet<number>,
  decode: Decoder<Received>,
): Received | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const [high = 0, low = 0] = bytes;
  const tag = high * 256 + low;
  if (!tags.has(tag)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = HEADER_BYTES + view.getUint16(2);
  if (end !== bytes.length) return undefined;
  try {
    return decode(tag, bytes, view, HEADER_BYTES, end);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
