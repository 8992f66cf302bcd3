import { WireError } from "../../runtime/core/index.ts";
import type { Telemetry } from "../../generated/control/index.ts";
import type { Ping } from "../../generated/system/index.ts";

/*
 * The codec of two messages as somebody would write it who knows the format by heart and wants nothing
 * but speed: everything in one function, constant offsets, no calls. It checks what generated code
 * checks. Generated code is measured against this.
 */

const FRAME_BYTES = 75;
const VALUE_BYTES = 71;
const WORD = 0x1_0000_0000;
const HIGH_MAX = 0x1f_ffff;

function misfit(path: string): RangeError {
  return new RangeError(`${path} does not fit`);
}

/** Writes a Telemetry frame and returns the offset after it. */
export function encodeTelemetryByHand(
  message: Telemetry,
  out: Uint8Array,
  view: DataView,
  offset: number,
): number {
  if (offset + FRAME_BYTES > out.length) throw misfit("Telemetry");
  const { key, mac, uptimeS, periodMs, loadPermille } = message;
  const { memoryTotalKib, memoryFreeKib, rxBytes, txBytes, sessions } = message;
  const { keyId, sequence, tag } = key;
  if (key.version !== 1) throw misfit("version");
  if (keyId >>> 0 !== keyId) throw misfit("keyId");
  if (!Number.isSafeInteger(sequence) || sequence < 0) throw misfit("sequence");
  if (tag.length !== 16) throw misfit("tag");
  if (!Number.isSafeInteger(mac) || mac < 0 || mac > 0xffff_ffff_ffff) throw misfit("mac");
  if (uptimeS >>> 0 !== uptimeS) throw misfit("uptimeS");
  if (periodMs >>> 0 !== periodMs) throw misfit("periodMs");
  if ((loadPermille & 0xffff) !== loadPermille) throw misfit("loadPermille");
  if (memoryTotalKib >>> 0 !== memoryTotalKib) throw misfit("memoryTotalKib");
  if (memoryFreeKib >>> 0 !== memoryFreeKib) throw misfit("memoryFreeKib");
  if (!Number.isSafeInteger(rxBytes) || rxBytes < 0) throw misfit("rxBytes");
  if (!Number.isSafeInteger(txBytes) || txBytes < 0) throw misfit("txBytes");
  if ((sessions & 0xffff) !== sessions) throw misfit("sessions");
  view.setUint32(offset, 0x0c01_0047);
  view.setUint8(offset + 4, 1);
  view.setUint32(offset + 5, keyId);
  view.setUint32(offset + 9, sequence / WORD);
  view.setUint32(offset + 13, sequence);
  out[offset + 17] = tag[0] ?? 0;
  out[offset + 18] = tag[1] ?? 0;
  out[offset + 19] = tag[2] ?? 0;
  out[offset + 20] = tag[3] ?? 0;
  out[offset + 21] = tag[4] ?? 0;
  out[offset + 22] = tag[5] ?? 0;
  out[offset + 23] = tag[6] ?? 0;
  out[offset + 24] = tag[7] ?? 0;
  out[offset + 25] = tag[8] ?? 0;
  out[offset + 26] = tag[9] ?? 0;
  out[offset + 27] = tag[10] ?? 0;
  out[offset + 28] = tag[11] ?? 0;
  out[offset + 29] = tag[12] ?? 0;
  out[offset + 30] = tag[13] ?? 0;
  out[offset + 31] = tag[14] ?? 0;
  out[offset + 32] = tag[15] ?? 0;
  view.setUint16(offset + 33, mac / WORD);
  view.setUint32(offset + 35, mac);
  view.setUint32(offset + 39, uptimeS);
  view.setUint32(offset + 43, periodMs);
  view.setUint16(offset + 47, loadPermille);
  view.setUint32(offset + 49, memoryTotalKib);
  view.setUint32(offset + 53, memoryFreeKib);
  view.setUint32(offset + 57, rxBytes / WORD);
  view.setUint32(offset + 61, rxBytes);
  view.setUint32(offset + 65, txBytes / WORD);
  view.setUint32(offset + 69, txBytes);
  view.setUint16(offset + 73, sessions);
  return offset + FRAME_BYTES;
}

function copyTag(bytes: Uint8Array, offset: number): Uint8Array {
  const tag = new Uint8Array(16);
  for (let index = 0; index < 16; index += 1) tag[index] = bytes[offset + index] ?? 0;
  return tag;
}

function readLong(view: DataView, offset: number): number {
  const high = view.getUint32(offset);
  if (high > HIGH_MAX) throw new WireError("bad-value", "Telemetry", offset);
  return high * WORD + view.getUint32(offset + 4);
}

/** Reads a Telemetry value. */
export function decodeTelemetryByHand(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  end: number,
): Telemetry {
  if (end - offset < VALUE_BYTES) throw new WireError("truncated", "Telemetry", end);
  if (view.getUint8(offset) !== 1) throw new WireError("bad-value", "version", offset);
  return {
    key: {
      version: 1,
      keyId: view.getUint32(offset + 1),
      sequence: readLong(view, offset + 5),
      tag: copyTag(bytes, offset + 13),
    },
    mac: view.getUint16(offset + 29) * WORD + view.getUint32(offset + 31),
    uptimeS: view.getUint32(offset + 35),
    periodMs: view.getUint32(offset + 39),
    loadPermille: view.getUint16(offset + 43),
    memoryTotalKib: view.getUint32(offset + 45),
    memoryFreeKib: view.getUint32(offset + 49),
    rxBytes: readLong(view, offset + 53),
    txBytes: readLong(view, offset + 61),
    sessions: view.getUint16(offset + 69),
  };
}

/** Reads seven numbers and the tag of a Telemetry value in place, without making an object. */
export class TelemetryByHandView {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(this.bytes.buffer);
  offset = 0;

  at(bytes: Uint8Array, view: DataView, offset: number, end: number): this {
    if (end - offset < VALUE_BYTES) throw new WireError("truncated", "Telemetry", end);
    this.bytes = bytes;
    this.view = view;
    this.offset = offset;
    return this;
  }

  get tag(): Uint8Array {
    return this.bytes.subarray(this.offset + 13, this.offset + 29);
  }

  get mac(): number {
    return this.view.getUint16(this.offset + 29) * WORD + this.view.getUint32(this.offset + 31);
  }

  get uptimeS(): number {
    return this.view.getUint32(this.offset + 35);
  }

  get loadPermille(): number {
    return this.view.getUint16(this.offset + 43);
  }

  get memoryFreeKib(): number {
    return this.view.getUint32(this.offset + 49);
  }

  get rxBytes(): number {
    return readLong(this.view, this.offset + 53);
  }

  get txBytes(): number {
    return readLong(this.view, this.offset + 61);
  }

  get sessions(): number {
    return this.view.getUint16(this.offset + 69);
  }
}

/** Writes a Ping frame and returns the offset after it. */
export function encodePingByHand(
  message: Ping,
  _out: Uint8Array,
  view: DataView,
  offset: number,
): number {
  const { nonce } = message;
  if (nonce >>> 0 !== nonce) throw misfit("nonce");
  view.setUint32(offset, 0x0005_0004);
  view.setUint32(offset + 4, nonce);
  return offset + 8;
}

/** Reads a Ping value. */
export function decodePingByHand(
  _bytes: Uint8Array,
  view: DataView,
  offset: number,
  end: number,
): Ping {
  if (end - offset < 4) throw new WireError("truncated", "Ping", end);
  return { nonce: view.getUint32(offset) };
}
