import { decodeHubUdp } from "../../../generated/control/receive.ts";
import type { HubUdpReceived } from "../../../generated/control/receive.ts";
import { WireError } from "../../../runtime/core/index.ts";

/** What the bytes of a datagram to the hub say; undefined if they are no such message. Nothing of it is verified. */
export function readHubDatagram(bytes: Uint8Array): HubUdpReceived | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = HEADER_BYTES + view.getUint16(2);
  if (end !== bytes.length) return undefined;
  try {
    return decodeHubUdp(view.getUint16(0), bytes, view, HEADER_BYTES, end);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/** Type and length of the frame that a datagram is. */
const HEADER_BYTES = 4;
