/** Why bytes from a peer were refused. Each is counted under its code and never logged with the bytes. */
export type WireErrorCode =
  | "truncated"
  | "overlong"
  | "unknown-tag"
  | "wrong-direction"
  | "unexpected-message"
  | "bad-value"
  | "bad-text"
  | "bad-authentication"
  | "replayed"
  | "limit";

/** A peer's fault: what it sent does not follow the spec. Caught at one boundary, where it is counted. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;
  /** Spec element that was being read, as `Message.field`. */
  readonly path: string;
  /** Byte offset in the buffer that was being read. */
  readonly offset: number;

  constructor(code: WireErrorCode, path: string, offset: number) {
    super(`${code} at byte ${String(offset)} in ${path}`);
    this.code = code;
    this.path = path;
    this.offset = offset;
  }
}
