import { Buffer } from "node:buffer";
import { codedError, invalidArgumentType } from "../argument-error.ts";

/** Told how a datagram was sent. */
export type SendTaker = (error: Error | null, bytes?: number) => void;

/** What `send` is asked to do; the port and the address not yet checked. */
export interface SendRequest {
  readonly bytes: Buffer;
  readonly port: unknown;
  readonly address: unknown;
  readonly callback: unknown;
}

/**
 * Reads the arguments of `send(message[, offset, length][, port][, address][, callback])`.
 * @throws {TypeError} or {RangeError} as Node does.
 */
export function readSendArguments(given: readonly unknown[], isConnected: boolean): SendRequest {
  const [message, offset, length, port, address, callback] = given;
  if (isConnected) return readConnected(given);
  const isSliced = Boolean(address) || (Boolean(port) && typeof port !== "function");
  return isSliced
    ? { bytes: joined(sliced(message, offset, length)), port, address, callback }
    : { bytes: joined(message), port: offset, address: length, callback: port };
}

function readConnected([message, offset, length, port, address]: readonly unknown[]): SendRequest {
  const isSliced = typeof length === "number";
  const part = isSliced ? sliced(message, offset, length) : message;
  const hasPort = isSliced ? Boolean(port) && typeof port !== "function" : Boolean(port);
  if (hasPort || Boolean(address)) {
    throw codedError(Error, "ERR_SOCKET_DGRAM_IS_CONNECTED", "Already connected");
  }
  const callback = isSliced ? port : offset;
  return { bytes: joined(part), port: undefined, address: undefined, callback };
}

function sliced(message: unknown, offset: unknown, length: unknown): Buffer {
  const expected = "of type string or an instance of Buffer, TypedArray, or DataView";
  const bytes = bytesOf(message);
  if (bytes === undefined) throw invalidArgumentType("buffer", expected, message);
  const [from, count] = [Number(offset) >>> 0, Number(length) >>> 0];
  if (from > bytes.length) throw outside("offset");
  if (from + count > bytes.length) throw outside("length");
  return bytes.subarray(from, from + count);
}

function outside(name: string): RangeError {
  const text = `"${name}" is outside of buffer bounds`;
  return codedError(RangeError, "ERR_BUFFER_OUT_OF_BOUNDS", text);
}

function joined(message: unknown): Buffer {
  if (!Array.isArray(message)) {
    const expected = "of type string or an instance of Buffer, TypedArray, or DataView";
    const bytes = bytesOf(message);
    if (bytes === undefined) throw invalidArgumentType("buffer", expected, message);
    // A copy, for the caller may use its bytes again.
    return Buffer.from(bytes);
  }
  const parts = message.map(bytesOf);
  const whole = parts.filter((part) => part !== undefined);
  if (whole.length === parts.length) return Buffer.concat(whole);
  const expected = "of type string or an instance of Buffer, TypedArray, or DataView";
  throw invalidArgumentType("buffer list arguments", expected, message);
}

function bytesOf(message: unknown): Buffer | undefined {
  if (typeof message === "string") return Buffer.from(message);
  if (!ArrayBuffer.isView(message)) return undefined;
  return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
}
