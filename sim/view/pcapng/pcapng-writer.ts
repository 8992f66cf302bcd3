import type { TraceBytes } from "../trace-lines.ts";
import { joined } from "./ip-packet.ts";

/** Link types of interfaces (tcpdump.org/linktypes.html). */
export const LINK_TYPE = {
  /** IPv4 or IPv6 without anything before it. */
  raw: 101,
  /** A payload of some protocol that Wireshark knows, named in front of it. */
  wiresharkUpperPdu: 252,
} as const;

/** One interface of a capture. */
export interface CaptureInterface {
  readonly name: string;
  readonly description: string;
  readonly linkType: (typeof LINK_TYPE)[keyof typeof LINK_TYPE];
}

/** One packet of a capture. */
export interface CapturedPacket {
  /** Index of its interface. */
  readonly interface: number;
  /** Microseconds since 1970. */
  readonly unixUs: number;
  readonly packet: TraceBytes;
  readonly direction: "in" | "out";
  /** Shown beside the packet. */
  readonly comment: string | undefined;
}

/** A capture file, whole. */
export interface Capture {
  /** What Wireshark shows as the file's comment. */
  readonly comment: string;
  readonly interfaces: readonly CaptureInterface[];
  /** In the order of time. */
  readonly packets: readonly CapturedPacket[];
}

const BLOCK = { section: 0x0a0d0d0a, interface: 1, enhancedPacket: 6 } as const;
const OPTION = {
  end: 0,
  comment: 1,
  name: 2,
  description: 3,
  flags: 2,
  application: 4,
  resolution: 9,
} as const;
/** Time stamps count 10^-6 seconds. */
const MICROSECONDS = 6;
const APPLICATION = "tagwire sim";
const TEXT = new TextEncoder();

/** Writes a capture as pcapng (draft-ietf-opsawg-pcapng), big-endian, one section. */
export function encodePcapng({ comment, interfaces, packets }: Capture): Uint8Array<ArrayBuffer> {
  const section = joined(
    words(0x1a2b3c4d, 0x0001_0000, 0xffff_ffff, 0xffff_ffff),
    textOption(OPTION.comment, comment),
    textOption(OPTION.application, APPLICATION),
    END,
  );
  return joined(
    block(BLOCK.section, section),
    ...interfaces.map((each) => block(BLOCK.interface, interfaceBody(each))),
    ...packets.map((each) => block(BLOCK.enhancedPacket, packetBody(each))),
  );
}

function interfaceBody({ name, description, linkType }: CaptureInterface): Uint8Array {
  return joined(
    words(linkType << 16, 0),
    textOption(OPTION.name, name),
    textOption(OPTION.description, description),
    option(OPTION.resolution, Uint8Array.of(MICROSECONDS)),
    END,
  );
}

function packetBody(captured: CapturedPacket): Uint8Array {
  const { unixUs, packet, direction, comment } = captured;
  return joined(
    words(
      captured.interface,
      Math.floor(unixUs / 2 ** 32),
      unixUs,
      packet.bytes.length,
      packet.length,
    ),
    padded(packet.bytes),
    option(OPTION.flags, words(direction === "in" ? 1 : 2)),
    comment === undefined ? NOTHING : textOption(OPTION.comment, comment),
    END,
  );
}

function block(type: number, body: Uint8Array): Uint8Array {
  const length = body.length + 12;
  return joined(words(type, length), body, words(length));
}

function textOption(code: number, text: string): Uint8Array {
  return option(code, TEXT.encode(text).subarray(0, 0xffff));
}

function option(code: number, value: Uint8Array): Uint8Array {
  return joined(words((code << 16) | value.length), padded(value));
}

function padded(bytes: Uint8Array): Uint8Array {
  const spare = -bytes.length & 3;
  return spare === 0 ? bytes : joined(bytes, new Uint8Array(spare));
}

/** Numbers as 32 bits each, their low ones. */
function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, index) => {
    view.setUint32(4 * index, value);
  });
  return new Uint8Array(view.buffer);
}

const NOTHING = new Uint8Array(0);
const END = words(OPTION.end);
