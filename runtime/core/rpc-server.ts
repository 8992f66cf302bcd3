import { formatJson } from "./json-text.ts";
import { RPC_CODES, RpcError } from "./rpc-error.ts";
import { parseRpc, responseBody } from "./rpc-message.ts";
import type {
  RpcId,
  RpcIncoming,
  RpcInvalid,
  RpcOutcome,
  RpcRequest,
  RpcResponseBody,
} from "./rpc-message.ts";
import type { RpcMethodInfo, RpcMethodTable, RpcValidators } from "./rpc-methods.ts";

/** What a server is made with. */
export interface RpcServerOptions {
  readonly methods: RpcMethodTable;
  readonly validators: RpcValidators;
  /** Largest message taken, bytes. Default 65535. */
  readonly maxRequestBytes?: number;
  /** Largest message sent, bytes; at least 16384, so that errors of a whole batch always fit. Default 65535. */
  readonly maxResponseBytes?: number;
  /** Most calls that run at once; further ones are answered `busy`. Default 16. */
  readonly maxConcurrent?: number;
}

/** What a server asks of its owner. */
export type RpcServerEffect =
  /** Run the method, whose parameters follow their schema, and say how it ended by `complete(call, …)`. */
  | {
      readonly type: "call";
      readonly call: number;
      readonly method: string;
      readonly params: unknown;
    }
  | { readonly type: "send"; readonly bytes: Uint8Array }
  /** A bug of ours that the peer sees as an internal error only: what the handler threw, or how its result is wrong. */
  | { readonly type: "fault"; readonly method: string; readonly problem: unknown };

/** What a handler did: returned a result, or threw. */
export type RpcHandled =
  { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly error: unknown };

/** How often what was taken or refused, since the server was made. */
export interface RpcServerCounters {
  readonly calls: number;
  readonly refused: number;
  /** Requests whose id is in use by a running call; dropped, since the answer to the first serves both. */
  readonly duplicates: number;
  readonly busy: number;
  readonly timedOut: number;
  /** Results that came after their call was over. */
  readonly late: number;
  readonly faults: number;
}

/** The most problems of parameters that an error names. */
const PROBLEMS_MAX = 16;
const ERRORS_BYTES_MAX = 16_384;

/** Bodies that belong into one message, and how many are still to come. */
interface Reply {
  readonly batch: boolean;
  readonly bodies: RpcResponseBody[];
  awaited: number;
}

interface Running {
  readonly request: RpcRequest;
  readonly info: RpcMethodInfo;
  readonly reply: Reply;
  readonly deadlineMs: number;
}

/** The answering side of JSON-RPC 2.0, without I/O: requests in, calls and responses out by `poll`. */
export class RpcServer {
  readonly #methods: RpcMethodTable;
  readonly #validators: RpcValidators;
  readonly #maxRequestBytes: number;
  readonly #maxResponseBytes: number;
  readonly #maxConcurrent: number;
  readonly #running = new Map<number, Running>();
  readonly #effects: RpcServerEffect[] = [];
  #lastCall = 0;
  readonly #counters = {
    calls: 0,
    refused: 0,
    duplicates: 0,
    busy: 0,
    timedOut: 0,
    late: 0,
    faults: 0,
  };

  /** @throws {RangeError} if `maxResponseBytes` is below 16384. */
  constructor(options: RpcServerOptions) {
    this.#methods = options.methods;
    this.#validators = options.validators;
    this.#maxRequestBytes = options.maxRequestBytes ?? 65_535;
    this.#maxResponseBytes = options.maxResponseBytes ?? 65_535;
    this.#maxConcurrent = options.maxConcurrent ?? 16;
    if (this.#maxResponseBytes < ERRORS_BYTES_MAX) {
      throw new RangeError(`maxResponseBytes must be at least ${String(ERRORS_BYTES_MAX)}`);
    }
  }

  get counters(): RpcServerCounters {
    return { ...this.#counters };
  }

  /** When `expire` is due, in the time of `nowMs`; undefined while no call runs. */
  get nextTimeoutMs(): number | undefined {
    const deadlines = [...this.#running.values()].map((running) => running.deadlineMs);
    return deadlines.length === 0 ? undefined : Math.min(...deadlines);
  }

  /** Takes one message. Never throws because of its content. */
  handle(bytes: Uint8Array, nowMs: number): void {
    this.take(parseRpc(bytes, { maxBytes: this.#maxRequestBytes }), nowMs);
  }

  /** Takes what `parseRpc` made; responses in it are for an `RpcClient` and are passed over. */
  take(incoming: RpcIncoming, nowMs: number): void {
    const reply: Reply = { batch: incoming.batch, bodies: [], awaited: 1 };
    for (const item of incoming.items) {
      if (item.kind === "request") this.#request(item, reply, nowMs);
      else if (item.kind === "invalid") this.#refuseInvalid(item, reply);
    }
    this.#oneLess(reply);
  }

  /** Says how a call ended. A call that is over already is counted and otherwise ignored. */
  complete(call: number, handled: RpcHandled): void {
    const running = this.#running.get(call);
    if (running === undefined) {
      this.#counters.late += 1;
      return;
    }
    this.#end(call, running, this.#outcome(running, handled));
  }

  /** Answers each call that took longer than the spec admits, so that a handler that hangs holds no place. */
  expire(nowMs: number): void {
    for (const [call, running] of this.#running) {
      if (running.deadlineMs > nowMs) continue;
      this.#counters.timedOut += 1;
      this.#end(call, running, failure(RPC_CODES.timedOut, "Timed out"));
    }
  }

  /** Forgets all calls: the connection is over and nobody hears an answer. */
  close(): void {
    this.#running.clear();
    this.#effects.length = 0;
  }

  /** The next effect, or undefined when there is none. */
  poll(): RpcServerEffect | undefined {
    return this.#effects.shift();
  }

  #request(request: RpcRequest, reply: Reply, nowMs: number): void {
    const info = Object.hasOwn(this.#methods, request.method)
      ? this.#methods[request.method]
      : undefined;
    const checks = info && this.#validators[request.method];
    if (info === undefined || checks === undefined) {
      this.#refuse(request, reply, failure(RPC_CODES.methodNotFound, "Method not found"));
      return;
    }
    if (this.#isRunning(request.id)) {
      this.#counters.duplicates += 1;
      return;
    }
    const problems = checks.params(request.params);
    const [first] = problems;
    if (first !== undefined) {
      const message = `Invalid params: ${first.pointer === "" ? "params" : first.pointer} ${first.message}`;
      const data = { problems: problems.slice(0, PROBLEMS_MAX) };
      this.#refuse(request, reply, failure(RPC_CODES.invalidParams, message, data));
      return;
    }
    if (this.#running.size >= this.#maxConcurrent) {
      this.#counters.busy += 1;
      this.#respond(request.id, reply, failure(RPC_CODES.busy, "Busy: too many calls at once"));
      return;
    }
    this.#start({ request, info, reply, deadlineMs: nowMs + info.timeoutMs });
  }

  #start(running: Running): void {
    const { method, params } = running.request;
    this.#lastCall += 1;
    this.#counters.calls += 1;
    running.reply.awaited += 1;
    this.#running.set(this.#lastCall, running);
    this.#effects.push({ type: "call", call: this.#lastCall, method, params });
  }

  #isRunning(id: RpcId | undefined): boolean {
    if (id === undefined) return false;
    return [...this.#running.values()].some((running) => running.request.id === id);
  }

  #outcome({ request, info }: Running, handled: RpcHandled): RpcOutcome {
    if (!handled.ok) {
      const { error } = handled;
      if (error instanceof RpcError && info.errors.includes(error.code))
        return { ok: false, error };
      return this.#fault(request.method, error);
    }
    const result = handled.result ?? null;
    const problems = this.#validators[request.method]?.result?.(result) ?? [];
    return problems.length === 0 ? { ok: true, result } : this.#fault(request.method, problems);
  }

  #fault(method: string, problem: unknown): RpcOutcome {
    this.#counters.faults += 1;
    this.#effects.push({ type: "fault", method, problem });
    return failure(RPC_CODES.internalError, "Internal error");
  }

  #end(call: number, running: Running, outcome: RpcOutcome): void {
    this.#running.delete(call);
    this.#respond(running.request.id, running.reply, outcome, running.request.method);
    this.#oneLess(running.reply);
  }

  #refuse(request: RpcRequest, reply: Reply, outcome: RpcOutcome): void {
    this.#counters.refused += 1;
    this.#respond(request.id, reply, outcome);
  }

  #refuseInvalid({ code, message }: RpcInvalid, reply: Reply): void {
    this.#counters.refused += 1;
    this.#respond(null, reply, failure(code, message));
  }

  /** A notification is never answered, not even by an error (JSON-RPC 2.0 section 4.1). */
  #respond(id: RpcId | undefined, reply: Reply, outcome: RpcOutcome, method = ""): void {
    if (id === undefined) return;
    const body = responseBody(id, outcome);
    const problem = this.#unfitness(body);
    const sent = problem === undefined ? body : responseBody(id, this.#fault(method, problem));
    reply.bodies.push(sent);
  }

  /** Why a body cannot be sent; undefined if it can. A handler may return or attach what JSON cannot hold. */
  #unfitness(body: RpcResponseBody): unknown {
    try {
      const { length } = formatJson(body);
      return length <= this.#maxResponseBytes ? undefined : tooLarge();
    } catch (problem) {
      return problem;
    }
  }

  #oneLess(reply: Reply): void {
    reply.awaited -= 1;
    if (reply.awaited > 0 || reply.bodies.length === 0) return;
    this.#effects.push({ type: "send", bytes: this.#replyBytes(reply) });
  }

  #replyBytes({ batch, bodies }: Reply): Uint8Array {
    const bytes = formatJson(batch ? bodies : bodies[0]);
    if (bytes.length <= this.#maxResponseBytes) return bytes;
    return formatJson(
      bodies.map((body) => responseBody(body.id, this.#fault("batch", tooLarge()))),
    );
  }
}

function tooLarge(): RangeError {
  return new RangeError("the response is too large");
}

function failure(code: number, message: string, data?: unknown): RpcOutcome {
  return { ok: false, error: new RpcError(code, message, data) };
}
