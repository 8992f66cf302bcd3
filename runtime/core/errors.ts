import { WireError } from "./wire-error.ts";

/*
 * The errors of codecs, to be thrown where they are made: a call that throws by itself looks to the
 * engine as if it could return, and costs a view a sixth of its speed.
 */

/** A value to encode does not fit its wire type. The value is not in the message: it may be secret. */
export function misfitError(path: string): RangeError {
  return new RangeError(`${path}: the value does not fit its wire type`);
}

/** The caller's buffer is too small for what is encoded. */
export function spaceError(path: string): RangeError {
  return new RangeError(`${path}: the buffer is too small`);
}

/** The bytes end, at `end`, before the value does. */
export function truncatedError(path: string, end: number): WireError {
  return new WireError("truncated", path, end);
}

/** A received length or count is above its bound. */
export function overlongError(path: string, offset: number): WireError {
  return new WireError("overlong", path, offset);
}

/** A received value is none of its type's. */
export function badValueError(path: string, offset: number): WireError {
  return new WireError("bad-value", path, offset);
}
