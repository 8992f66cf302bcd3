import { formatJson, JsonError, parseJson } from "./json-text.ts";
import type { JsonLimits } from "./json-text.ts";
import { RPC_CODES, RpcError } from "./rpc-error.ts";

/** What a request and its response have in common. Null is legal, if discouraged (JSON-RPC 2.0 section 4). */
export type RpcId = number | string | null;

/** A call, or, without an id, a notification. */
export interface RpcRequest {
  readonly kind: "request";
  readonly id: RpcId | undefined;
  readonly method: string;
  /** An object or an array; an empty object if the peer sent none. */
  readonly params: unknown;
}

/** An answer to a call of ours. */
export interface RpcResponse {
  readonly kind: "response";
  readonly id: RpcId;
  readonly outcome: RpcOutcome;
}

/** JSON that is neither; to be answered with this error. */
export interface RpcInvalid {
  readonly kind: "invalid";
  readonly code: number;
  readonly message: string;
}

/** One member of what a peer sent. */
export type RpcItem = RpcRequest | RpcResponse | RpcInvalid;

/** How a call ended. */
export type RpcOutcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: RpcError };

/** What a peer sent in one message. */
export interface RpcIncoming {
  /** True if its requests are to be answered together, in an array. */
  readonly batch: boolean;
  /** At least one. */
  readonly items: readonly RpcItem[];
}

/** The most requests that one batch may hold. JSON-RPC leaves the bound open, and an unbounded one is an attack. */
export const RPC_BATCH_MAX = 16;

/** The longest id that is admitted, characters: an id comes back in the response, so a peer chooses its size. */
export const RPC_ID_LENGTH_MAX = 64;

/** The longest method name that is admitted, characters. */
export const RPC_METHOD_LENGTH_MAX = 128;

/** Reads one JSON-RPC 2.0 message. Never throws: what is wrong becomes an item to be answered. */
export function parseRpc(bytes: Uint8Array, limits: JsonLimits): RpcIncoming {
  let value: unknown;
  try {
    value = parseJson(bytes, limits);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return single(invalid(RPC_CODES.parseError, `Parse error: ${error.code}`));
  }
  if (!Array.isArray(value)) return single(readItem(value));
  const members: readonly unknown[] = value;
  if (members.length === 0)
    return single(invalid(RPC_CODES.invalidRequest, "Invalid request: empty batch"));
  if (members.length > RPC_BATCH_MAX) {
    const message = `Invalid request: a batch holds at most ${String(RPC_BATCH_MAX)}`;
    return single(invalid(RPC_CODES.invalidRequest, message));
  }
  return { batch: true, items: members.map(readItem) };
}

/** Writes a call (with an id) or a notification (without). */
export function formatRequest(request: {
  readonly id?: RpcId;
  readonly method: string;
  readonly params: unknown;
}): Uint8Array {
  const { id, method, params } = request;
  const head = id === undefined ? { jsonrpc: "2.0" } : { jsonrpc: "2.0", id };
  return formatJson({ ...head, method, params });
}

/** A response as a JSON value, to be sent alone or in a batch. */
export type RpcResponseBody =
  | { readonly jsonrpc: "2.0"; readonly id: RpcId; readonly result: unknown }
  | {
      readonly jsonrpc: "2.0";
      readonly id: RpcId;
      readonly error: { readonly code: number; readonly message: string; readonly data?: unknown };
    };

/** The response that says how a call ended. */
export function responseBody(id: RpcId, outcome: RpcOutcome): RpcResponseBody {
  if (outcome.ok) return { jsonrpc: "2.0", id, result: outcome.result ?? null };
  const { code, message, data } = outcome.error;
  const error = data === undefined ? { code, message } : { code, message, data };
  return { jsonrpc: "2.0", id, error };
}

function single(item: RpcItem): RpcIncoming {
  return { batch: false, items: [item] };
}

function invalid(code: number, message: string): RpcInvalid {
  return { kind: "invalid", code, message };
}

function readItem(value: unknown): RpcItem {
  const wrong = (what: string): RpcInvalid =>
    invalid(RPC_CODES.invalidRequest, `Invalid request: ${what}`);
  if (!isObject(value)) return wrong("not an object");
  if (value["jsonrpc"] !== "2.0") return wrong('jsonrpc must be "2.0"');
  if (Object.hasOwn(value, "method")) return readRequest(value, wrong);
  if (Object.hasOwn(value, "result") || Object.hasOwn(value, "error"))
    return readResponse(value, wrong);
  return wrong("no method");
}

function readRequest(
  value: Readonly<Record<string, unknown>>,
  wrong: (what: string) => RpcInvalid,
): RpcItem {
  const { method, params = {}, id } = value as { method: unknown; params?: unknown; id?: unknown };
  if (typeof method !== "string") return wrong("method must be a string");
  if (method.length > RPC_METHOD_LENGTH_MAX) return wrong("method is too long");
  if (typeof params !== "object" || params === null)
    return wrong("params must be an object or an array");
  if (id !== undefined && !isId(id)) return wrong("id must be a short string, a number or null");
  return { kind: "request", id, method, params };
}

function readResponse(
  value: Readonly<Record<string, unknown>>,
  wrong: (what: string) => RpcInvalid,
): RpcItem {
  const { id, result, error } = value as { id?: unknown; result?: unknown; error?: unknown };
  if (!isId(id)) return wrong("a response needs an id");
  if (error === undefined) return { kind: "response", id, outcome: { ok: true, result } };
  if (Object.hasOwn(value, "result")) return wrong("a response has a result or an error");
  if (!isObject(error)) return wrong("error must be an object");
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown };
  if (typeof code !== "number" || !Number.isSafeInteger(code))
    return wrong("error.code must be an integer");
  if (typeof message !== "string") return wrong("error.message must be a string");
  return { kind: "response", id, outcome: { ok: false, error: new RpcError(code, message, data) } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(id: unknown): id is RpcId {
  if (typeof id === "string") return id.length <= RPC_ID_LENGTH_MAX;
  return id === null || (typeof id === "number" && Number.isFinite(id));
}
