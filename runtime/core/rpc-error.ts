/** Error codes that the protocol itself uses: those of JSON-RPC 2.0 section 5.1, and ours of its server range. */
export const RPC_CODES = {
  /** The text is not JSON, or exceeds the limits of JSON from outside. */
  parseError: -32700,
  /** The JSON is not a request. */
  invalidRequest: -32600,
  methodNotFound: -32601,
  /** `data` names each parameter that is wrong by its JSON pointer. */
  invalidParams: -32602,
  /** Our bug. Says nothing of what happened inside. */
  internalError: -32603,
  /** As many calls as are admitted run already; nothing was done. */
  busy: -32099,
  /** No answer in time; whether the call had an effect is unknown. */
  timedOut: -32098,
  /** The connection ended before the answer; whether the call had an effect is unknown. */
  closed: -32097,
} as const;

/** A call that failed: an error the peer answered with, or one of the client's own (timed out, closed, busy). */
export class RpcError extends Error {
  override readonly name = "RpcError";
  /** One of RPC_CODES, or a code that the service declares. */
  readonly code: number;
  /** More about the error, as JSON; undefined if there is no more. */
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
