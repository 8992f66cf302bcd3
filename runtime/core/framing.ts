import { badValueError, spaceError, misfitError } from "./errors.ts";

/**
 * How the type and the length stand before a value. Type and length are one integer of
 * `typeBits + lengthBits` bits (16, 24, 32, 48 or 64); in big-endian order the type is its upper part,
 * in little-endian order its lower, so that the type always comes first.
 */
export interface Framing {
  /** 1–32. */
  readonly typeBits: number;
  /** 1–32. */
  readonly lengthBits: number;
  readonly order: "big" | "little";
  /** Whether the length is that of the value, or of header and value. */
  readonly lengthCounts: "value" | "whole";
  /** Each frame is padded to a multiple of this many bytes; the length does not count the padding. */
  readonly alignBytes: number;
  /** Types that stand alone, without length and value. */
  readonly bareTypes: readonly number[];
  /** The type after which a reader stops. */
  readonly endType: number | undefined;
}

/** Type and length of two bytes each, big-endian; the length is that of the value. */
export const TLV_FRAMING: Framing = {
  typeBits: 16,
  lengthBits: 16,
  order: "big",
  lengthCounts: "value",
  alignBytes: 1,
  bareTypes: [],
  endType: undefined,
};

/** True if the framing is that of TLV_FRAMING, for which readers have a short way. */
export function isTlvFraming(framing: Framing): boolean {
  const { typeBits, lengthBits, order, lengthCounts, alignBytes, bareTypes, endType } = framing;
  return (
    typeBits === 16 &&
    lengthBits === 16 &&
    order === "big" &&
    lengthCounts === "value" &&
    alignBytes === 1 &&
    bareTypes.length === 0 &&
    endType === undefined
  );
}

/** Bytes of type and length together. */
export function frameHeaderBytes(framing: Framing): number {
  return (framing.typeBits + framing.lengthBits) / 8;
}

/** Bytes of a type that stands alone. */
export function bareTypeBytes(framing: Framing): number {
  return framing.typeBits / 8;
}

/** Reads the type at `offset`, of which all header bytes must be there, or those of a bare type. */
export function readFrameType(view: DataView, offset: number, framing: Framing): number {
  const { typeBits, order } = framing;
  if (typeBits % 8 === 0) return readUint(view, offset, typeBits / 8, order);
  const header = readUint(view, offset, frameHeaderBytes(framing), order);
  return order === "big" ? Math.floor(header / 2 ** framing.lengthBits) : header % 2 ** typeBits;
}

/** Reads the length field of the frame at `offset`. */
export function readFrameLength(view: DataView, offset: number, framing: Framing): number {
  const { typeBits, lengthBits, order } = framing;
  if (typeBits % 8 === 0) return readUint(view, offset + typeBits / 8, lengthBits / 8, order);
  const header = readUint(view, offset, frameHeaderBytes(framing), order);
  return order === "big" ? header % 2 ** lengthBits : Math.floor(header / 2 ** typeBits);
}

/** The bytes from the start of one frame to the start of the next. */
export function alignedBytes(bytes: number, framing: Framing): number {
  return Math.ceil(bytes / framing.alignBytes) * framing.alignBytes;
}

/** Where a frame stands whose value has been written. */
export interface WrittenFrame {
  readonly tag: number;
  /** Offset of the frame's header. */
  readonly start: number;
  /** Offset after the value. */
  readonly end: number;
}

/**
 * Writes the header before a value that has been written, and the padding after it; returns the offset
 * after the frame.
 * @throws {RangeError} if the value is longer than the length field can say, or `out` is too small.
 */
export function finishFrame(
  frame: WrittenFrame,
  out: Uint8Array,
  view: DataView,
  framing: Framing,
): number {
  const { tag, start, end } = frame;
  const headerBytes = frameHeaderBytes(framing);
  const length = framing.lengthCounts === "whole" ? end - start : end - start - headerBytes;
  if (length >= 2 ** framing.lengthBits) throw misfitError(`frame ${String(tag)}`);
  writeFrameHeader(view, start, { tag, length }, framing);
  const padded = start + alignedBytes(end - start, framing);
  if (padded > out.length) throw spaceError(`frame ${String(tag)}`);
  out.fill(0, end, padded);
  return padded;
}

function writeFrameHeader(
  view: DataView,
  start: number,
  header: { readonly tag: number; readonly length: number },
  framing: Framing,
): void {
  const { typeBits, lengthBits, order } = framing;
  const { tag, length } = header;
  if (typeBits % 8 === 0) {
    writeUint(view, start, { bytes: typeBits / 8, value: tag }, order);
    writeUint(view, start + typeBits / 8, { bytes: lengthBits / 8, value: length }, order);
    return;
  }
  const value = order === "big" ? tag * 2 ** lengthBits + length : length * 2 ** typeBits + tag;
  writeUint(view, start, { bytes: frameHeaderBytes(framing), value }, order);
}

/** Writes a type that stands alone, and returns the offset after it. */
export function writeBareType(
  tag: number,
  view: DataView,
  offset: number,
  framing: Framing,
): number {
  const bytes = bareTypeBytes(framing);
  writeUint(view, offset, { bytes, value: tag }, framing.order);
  return offset + bytes;
}

/** Writes the frame that ends a sequence, where the framing has one, and returns the offset after it. */
export function writeEnd(
  out: Uint8Array,
  view: DataView,
  offset: number,
  framing: Framing,
): number {
  const { endType } = framing;
  if (endType === undefined) return offset;
  if (framing.bareTypes.includes(endType)) return writeBareType(endType, view, offset, framing);
  const end = offset + frameHeaderBytes(framing);
  return finishFrame({ tag: endType, start: offset, end }, out, view, framing);
}

/**
 * Bytes of header and value of the frame at `start`, without padding.
 * @throws {WireError} `bad-value` if the length counts the header and is smaller than it.
 */
export function frameBytes(view: DataView, start: number, framing: Framing): number {
  const headerBytes = frameHeaderBytes(framing);
  const length = readFrameLength(view, start, framing);
  if (framing.lengthCounts === "value") return headerBytes + length;
  if (length < headerBytes) throw badValueError("frame", start);
  return length;
}

function readUint(view: DataView, offset: number, bytes: number, order: "big" | "little"): number {
  let value = 0;
  for (let index = 0; index < bytes; index += 1) {
    const at = order === "big" ? offset + index : offset + bytes - 1 - index;
    value = value * 256 + view.getUint8(at);
  }
  return value;
}

function writeUint(
  view: DataView,
  offset: number,
  integer: { readonly bytes: number; readonly value: number },
  order: "big" | "little",
): void {
  let rest = integer.value;
  for (let index = 0; index < integer.bytes; index += 1) {
    view.setUint8(
      order === "big" ? offset + integer.bytes - 1 - index : offset + index,
      rest % 256,
    );
    rest = Math.floor(rest / 256);
  }
}
