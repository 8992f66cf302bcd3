import { joined } from "./ip-packet.ts";

/** Wireshark's tag for the name of the dissector that takes what follows (epan/exported_pdu.h). */
const DISSECTOR_NAME_TAG = 12;
/** RFC 5424: facility local0, severity informational, warning or error. */
const PRIORITY = { note: 134, warning: 132, error: 131 } as const;

/** How much an event wants to be seen. */
export type EventWeight = keyof typeof PRIORITY;

/**
 * What happened at a host, as a packet of link type `wiresharkUpperPdu` that Wireshark shows as a line of syslog between
 * the packets of the network, at its time.
 */
export function encodeEventPacket(host: string, text: string, weight: EventWeight): Uint8Array {
  const encoder = new TextEncoder();
  const name = encoder.encode("syslog\0\0");
  const head = new DataView(new ArrayBuffer(4));
  head.setUint16(0, DISSECTOR_NAME_TAG);
  head.setUint16(2, name.length);
  const line = encoder.encode(`<${String(PRIORITY[weight])}>${host}: ${text}`);
  return joined(new Uint8Array(head.buffer), name, new Uint8Array(4), line);
}
