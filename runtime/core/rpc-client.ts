import { RPC_CODES, RpcError } from "./rpc-error.ts";
import { formatRequest, parseRpc } from "./rpc-message.ts";
import type { RpcIncoming, RpcOutcome, RpcResponse } from "./rpc-message.ts";
import type { RpcValidators } from "./rpc-methods.ts";

/** What a client is made with. */
export interface RpcClientOptions {
  /** Checks of results: what a peer answers is no more trusted than what it asks. Methods without a check pass. */
  readonly validators: RpcValidators;
  /** Largest message taken, bytes. Default 65535. */
  readonly maxResponseBytes?: number;
  /** Largest message sent, bytes. Default 65535. */
  readonly maxRequestBytes?: number;
  /** Most calls that await their answers at once. Default 64. */
  readonly maxPending?: number;
}

/** What a client asks of its owner. */
export type RpcClientEffect =
  | { readonly type: "send"; readonly bytes: Uint8Array }
  /** The call is over; this is said exactly once for each. */
  | { readonly type: "settled"; readonly call: number; readonly outcome: RpcOutcome };

/** How often a response was of no use, since the client was made. */
export interface RpcClientCounters {
  readonly calls: number;
  readonly timedOut: number;
  /** Responses to calls that are over: answered before, or timed out. */
  readonly late: number;
  /** Responses to what was never asked, and what is no response at all. */
  readonly unknown: number;
  /** Results that do not follow the spec. */
  readonly malformed: number;
}

interface Pending {
  readonly method: string;
  readonly deadlineMs: number;
}

/** The asking side of JSON-RPC 2.0, without I/O: calls in, requests and outcomes out by `poll`. */
export class RpcClient {
  readonly #validators: RpcValidators;
  readonly #maxResponseBytes: number;
  readonly #maxRequestBytes: number;
  readonly #maxPending: number;
  readonly #pending = new Map<number, Pending>();
  readonly #effects: RpcClientEffect[] = [];
  #lastCall = 0;
  readonly #counters = { calls: 0, timedOut: 0, late: 0, unknown: 0, malformed: 0 };

  constructor(options: RpcClientOptions) {
    this.#validators = options.validators;
    this.#maxResponseBytes = options.maxResponseBytes ?? 65_535;
    this.#maxRequestBytes = options.maxRequestBytes ?? 65_535;
    this.#maxPending = options.maxPending ?? 64;
  }

  get counters(): RpcClientCounters {
    return { ...this.#counters };
  }

  /** When `expire` is due, in the time of `nowMs`; undefined while no call is pending. */
  get nextTimeoutMs(): number | undefined {
    const deadlines = [...this.#pending.values()].map((pending) => pending.deadlineMs);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /**
   * Starts a call and returns its number, which is its id on the wire too.
   * @throws {RpcError} busy if too many calls are pending, invalid params if the request is too large.
   */
  call(
    request: { readonly method: string; readonly params: unknown; readonly timeoutMs: number },
    nowMs: number,
  ): number {
    const { method, params, timeoutMs } = request;
    if (this.#pending.size >= this.#maxPending) {
      throw new RpcError(RPC_CODES.busy, `Busy: ${String(this.#maxPending)} calls are pending`);
    }
    const call = this.#lastCall + 1;
    this.#send(formatRequest({ id: call, method, params }));
    this.#lastCall = call;
    this.#counters.calls += 1;
    this.#pending.set(call, { method, deadlineMs: nowMs + timeoutMs });
    return call;
  }

  /** Sends a notification. @throws {RpcError} invalid params if it is too large. */
  notify(method: string, params: unknown): void {
    this.#send(formatRequest({ method, params }));
  }

  /** Takes one message. Never throws because of its content. */
  handle(bytes: Uint8Array): void {
    this.take(parseRpc(bytes, { maxBytes: this.#maxResponseBytes }));
  }

  /** Takes what `parseRpc` made; requests in it are for an `RpcServer` and are passed over. */
  take(incoming: RpcIncoming): void {
    for (const item of incoming.items) {
      if (item.kind === "response") this.#response(item);
      else if (item.kind === "invalid") this.#counters.unknown += 1;
    }
  }

  /** Ends each call whose time is up. */
  expire(nowMs: number): void {
    for (const [call, { deadlineMs, method }] of this.#pending) {
      if (deadlineMs > nowMs) continue;
      this.#counters.timedOut += 1;
      this.#settle(call, failure(RPC_CODES.timedOut, `${method}: no answer in time`));
    }
  }

  /** Ends all calls: the connection is over. */
  close(): void {
    for (const [call, { method }] of this.#pending) {
      this.#settle(call, failure(RPC_CODES.closed, `${method}: the connection ended`));
    }
  }

  /** The next effect, or undefined when there is none. */
  poll(): RpcClientEffect | undefined {
    return this.#effects.shift();
  }

  /** Our ids are consecutive numbers, so one that is not pending but not above the last is over. */
  #response({ id, outcome }: RpcResponse): void {
    const pending = typeof id === "number" ? this.#pending.get(id) : undefined;
    if (typeof id !== "number" || pending === undefined) {
      const isOver =
        typeof id === "number" && Number.isInteger(id) && id >= 1 && id <= this.#lastCall;
      this.#counters[isOver ? "late" : "unknown"] += 1;
      return;
    }
    this.#settle(id, this.#checked(pending.method, outcome));
  }

  #checked(method: string, outcome: RpcOutcome): RpcOutcome {
    if (!outcome.ok || !Object.hasOwn(this.#validators, method)) return outcome;
    const [problem] = this.#validators[method]?.result?.(outcome.result) ?? [];
    if (problem === undefined) return outcome;
    this.#counters.malformed += 1;
    const where = problem.pointer === "" ? "result" : problem.pointer;
    return failure(RPC_CODES.internalError, `${method}: ${where} ${problem.message}`);
  }

  #settle(call: number, outcome: RpcOutcome): void {
    this.#pending.delete(call);
    this.#effects.push({ type: "settled", call, outcome });
  }

  #send(bytes: Uint8Array): void {
    if (bytes.length > this.#maxRequestBytes) {
      throw new RpcError(RPC_CODES.invalidParams, "Invalid params: the request is too large");
    }
    this.#effects.push({ type: "send", bytes });
  }
}

function failure(code: number, message: string): RpcOutcome {
  return { ok: false, error: new RpcError(code, message) };
}
