import type { Framing } from "../../codegen/model/model.ts";
import { Input, Refusal } from "./input.ts";

/** A frame as the interpreter sees it. */
export interface InterpretedFrame {
  readonly tag: number;
  readonly value: readonly number[];
}

/** Cuts bytes into frames, by the description of the framing alone. @throws {Refusal} */
export function interpretFrames(
  bytes: Iterable<number>,
  framing: Framing,
): readonly InterpretedFrame[] {
  const all = [...bytes];
  const frames: InterpretedFrame[] = [];
  let at = 0;
  while (at < all.length) {
    const tag = readTag(all.slice(at), framing);
    if (tag === framing.endType) break;
    if (framing.bareTypes.includes(tag)) {
      at += framing.typeBits / 8;
      continue;
    }
    const { headerBytes, valueBytes } = readLength(all.slice(at), framing);
    const value = new Input(all.slice(at + headerBytes)).take(valueBytes);
    frames.push({ tag, value });
    const bytesOfFrame = headerBytes + valueBytes;
    at += Math.ceil(bytesOfFrame / framing.alignBytes) * framing.alignBytes;
  }
  return frames;
}

function readTag(bytes: readonly number[], framing: Framing): number {
  const { typeBits, order } = framing;
  const alone = framing.bareTypes.length > 0;
  const header = new Input(bytes).unsigned(alone ? typeBits / 8 : headerBytesOf(framing), order);
  if (alone) return Number(header);
  return Number(
    order === "big" ? header >> BigInt(framing.lengthBits) : header % 2n ** BigInt(typeBits),
  );
}

function readLength(
  bytes: readonly number[],
  framing: Framing,
): { readonly headerBytes: number; readonly valueBytes: number } {
  const headerBytes = headerBytesOf(framing);
  const header = new Input(bytes).unsigned(headerBytes, framing.order);
  const length = Number(
    framing.order === "big"
      ? header % 2n ** BigInt(framing.lengthBits)
      : header >> BigInt(framing.typeBits),
  );
  const valueBytes = framing.lengthCounts === "whole" ? length - headerBytes : length;
  if (valueBytes < 0) throw new Refusal("the length is below that of the header");
  return { headerBytes, valueBytes };
}

function headerBytesOf(framing: Framing): number {
  return (framing.typeBits + framing.lengthBits) / 8;
}

/** Puts header and padding around a value. */
export function frameOf(
  tag: number,
  value: readonly number[],
  framing: Framing,
): readonly number[] {
  const headerBytes = headerBytesOf(framing);
  const length = BigInt(
    framing.lengthCounts === "whole" ? headerBytes + value.length : value.length,
  );
  const header =
    framing.order === "big"
      ? (BigInt(tag) << BigInt(framing.lengthBits)) + length
      : (length << BigInt(framing.typeBits)) + BigInt(tag);
  const frame = [...unsignedBytes(header, headerBytes, framing.order), ...value];
  while (frame.length % framing.alignBytes !== 0) frame.push(0);
  return frame;
}

/** An integer as bytes; negative ones in two's complement. */
export function unsignedBytes(
  value: bigint,
  count: number,
  order: "big" | "little",
): readonly number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(8 * count, value);
  for (let index = 0; index < count; index += 1) {
    bytes.unshift(Number(rest % 256n));
    rest /= 256n;
  }
  return order === "big" ? bytes : bytes.reverse();
}
