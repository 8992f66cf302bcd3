import { Buffer } from "node:buffer";
import type { AmbientAnswer } from "../../engine/index.ts";
import { codedError, invalidArgumentType, outOfRange, requireNumber } from "../argument-error.ts";
import type { NodeProcess } from "../node-process.ts";

type Taker = (error: Error | null, value?: unknown) => void;

/** What `randomInt` can span. */
const INTEGERS_MAX = 2 ** 48;
/** What `getRandomValues` fills at most. */
const FILLED_BYTES_MAX = 65_536;

/** `Math.random` and the randomness of `crypto`, from the stream of a process: the same in each run of a seed. */
export function randomAnswers(process: NodeProcess): readonly (readonly [string, AmbientAnswer])[] {
  const { random } = process;
  const later = (taker: Taker, value: unknown): void => {
    process.after(0, "crypto", () => {
      taker(null, value);
    });
  };
  const fill = (target: unknown, offset: unknown, size: unknown): unknown => {
    const bytes = viewOf(target);
    const from = offset === undefined ? 0 : Number(offset);
    const count = size === undefined ? bytes.length - from : Number(size);
    if (!(from >= 0 && from <= bytes.length))
      throw outOfRange("offset", `>= 0 && <= ${String(bytes.length)}`, offset);
    if (!(count >= 0 && from + count <= bytes.length))
      throw outOfRange("size + offset", `<= ${String(bytes.length)}`, from + count);
    bytes.set(random.bytes(count), from);
    return target;
  };
  return [
    ["Math.random", () => random.float()],
    [
      "crypto.randomBytes",
      (size: unknown, taker?: Taker) => {
        requireNumber(size, "size");
        const bytes = Buffer.from(random.bytes(size));
        if (taker === undefined) return bytes;
        later(taker, bytes);
        return undefined;
      },
    ],
    [
      "crypto.randomFillSync",
      (target: unknown, offset?: unknown, size?: unknown) => fill(target, offset, size),
    ],
    [
      "crypto.randomFill",
      (target: unknown, ...rest: unknown[]) => {
        const taker = rest.at(-1) as Taker;
        const [offset, size] = rest.slice(0, -1);
        later(taker, fill(target, offset, size));
      },
    ],
    [
      "crypto.randomInt",
      (first: number, second?: number | Taker, third?: Taker) => {
        const [least, bound] = typeof second === "number" ? [first, second] : [0, first];
        const taker = typeof second === "function" ? second : third;
        if (!(bound > least && bound - least <= INTEGERS_MAX))
          throw outOfRange("max", `greater than the value of "min" (${String(least)})`, bound);
        const drawn = random.integer(least, bound - 1);
        if (taker === undefined) return drawn;
        later(taker, drawn);
        return undefined;
      },
    ],
    ["crypto.randomUUID", () => uuidOf(random.bytes(16))],
    [
      "crypto.getRandomValues",
      (target: unknown) => {
        if (viewOf(target).length > FILLED_BYTES_MAX) {
          const text = `The requested length exceeds ${String(FILLED_BYTES_MAX)} bytes`;
          throw new DOMException(text, "QuotaExceededError");
        }
        return fill(target, 0, undefined);
      },
    ],
  ];
}

function viewOf(target: unknown): Uint8Array {
  if (target instanceof ArrayBuffer) return new Uint8Array(target);
  if (ArrayBuffer.isView(target))
    return new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  throw invalidArgumentType("buf", "an instance of ArrayBuffer or ArrayBufferView", target);
}

/** Version 4 (RFC 9562, section 5.4). */
function uuidOf(bytes: Uint8Array): string {
  const [version, variant] = [bytes[6], bytes[8]];
  if (version === undefined || variant === undefined) throw codedError(RangeError, "ERR_UUID", "");
  bytes[6] = (version & 0x0f) | 0x40;
  bytes[8] = (variant & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-");
}
