import { WireError } from "./wire-error.ts";

/**
 * Refuses to encode a value that its wire type cannot hold. The value itself is not in the message: it
 * may be secret.
 * @throws {RangeError} always: a bug in the caller, never a peer's fault.
 */
export function refuseValue(path: string): never {
  throw new RangeError(`${path}: the value does not fit its wire type`);
}

/** @throws {RangeError} always: the caller's buffer is too small for what is encoded. */
export function refuseSpace(path: string): never {
  throw new RangeError(`${path}: the buffer is too small`);
}

/** @throws {WireError} `truncated` at byte `end`. */
export function refuseTruncated(path: string, end: number): never {
  throw new WireError("truncated", path, end);
}

/** @throws {WireError} `overlong` at byte `offset`. */
export function refuseOverlong(path: string, offset: number): never {
  throw new WireError("overlong", path, offset);
}

/** @throws {WireError} `bad-value` at byte `offset`. */
export function refuseReceived(path: string, offset: number): never {
  throw new WireError("bad-value", path, offset);
}
