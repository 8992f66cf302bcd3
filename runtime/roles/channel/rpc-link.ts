import { RPC_CODES, RpcClient, RpcError, RpcServer, parseRpc } from "../../core/index.ts";
import type { RpcMethodTable, RpcOutcome, RpcValidators } from "../../core/index.ts";
import { RPC_JSON_BYTES_MAX } from "./rpc-bytes.ts";
import { Deadline } from "../kernel/deadline.ts";
import type { DeadlineClock } from "../kernel/deadline.ts";

/** The methods of a service as generated code has them: parameters and result by name. */
type Methods<Map> = {
  readonly [Method in keyof Map]: { readonly params: unknown; readonly result: unknown };
};

/** How a call of the other side ends; the first word counts. */
export interface RpcAnswer<Result> {
  /** Nothing is sent for a notification. */
  answer(result: Result): void;
  /** @param code one that the method declares. */
  refuse(code: number, message: string): void;
}

/** What is done for each method that the other side may call. */
export type LinkHandlers<Ours extends Methods<Ours>> = {
  readonly [Method in keyof Ours]: (
    params: Ours[Method]["params"],
    answer: RpcAnswer<Ours[Method]["result"]>,
  ) => void;
};

/** How a call to the other side ended. */
export type LinkOutcome<Result> =
  { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly error: RpcError };

/** What a link is made with. */
export interface RpcLinkOptions<Ours extends Methods<Ours>, Theirs extends Methods<Theirs>> {
  readonly clock: DeadlineClock & { count(code: string): void };
  /** Names the link; unique in the role. */
  readonly scope: string;
  /** What the other side may call. */
  readonly ours: RpcMethodTable<Extract<keyof Ours, string>>;
  readonly handlers: LinkHandlers<Ours>;
  /** What this side may call. */
  readonly theirs: RpcMethodTable<Extract<keyof Theirs, string>>;
  readonly validators: RpcValidators;
  /** Calls that may run at a time, in each direction. */
  readonly callsMax: number;
  readonly send: (json: Uint8Array) => void;
}

/** JSON-RPC both ways over one connection: calls and notifications to the other side, and its own to this. */
export class RpcLink<Ours extends Methods<Ours>, Theirs extends Methods<Theirs>> {
  readonly #options: RpcLinkOptions<Ours, Theirs>;
  readonly #server: RpcServer;
  readonly #client: RpcClient;
  readonly #deadline: Deadline;
  readonly #settling = new Map<number, (outcome: LinkOutcome<never>) => void>();
  #isDraining = false;
  #isClosed = false;

  constructor(options: RpcLinkOptions<Ours, Theirs>) {
    this.#options = options;
    const { callsMax, clock, ours, scope, validators } = options;
    const maxBytes = RPC_JSON_BYTES_MAX;
    this.#server = new RpcServer({
      methods: ours,
      validators,
      maxConcurrent: callsMax,
      maxRequestBytes: maxBytes,
      maxResponseBytes: maxBytes,
    });
    this.#client = new RpcClient({
      validators,
      maxPending: callsMax,
      maxRequestBytes: maxBytes,
      maxResponseBytes: maxBytes,
    });
    this.#deadline = new Deadline(clock, `${scope}/calls`, () => {
      this.#server.expire(clock.nowMs);
      this.#client.expire(clock.nowMs);
      this.#drain();
    });
  }

  /** Takes a message of the other side. Whatever is wrong with it is the answer's business. */
  handle(json: Uint8Array): void {
    if (this.#isClosed) return;
    const incoming = parseRpc(json, { maxBytes: RPC_JSON_BYTES_MAX });
    this.#client.take(incoming);
    // A response is no request, and the server would answer what is invalid of it.
    if (incoming.items.some(({ kind }) => kind !== "response")) {
      this.#server.take(incoming, this.#options.clock.nowMs);
    }
    this.#drain();
  }

  /**
   * Whether half of the calls that may run do. The rest is for what cannot wait or be asked of somebody else, such as to
   * end what the first half has begun.
   */
  get isBusy(): boolean {
    return this.#settling.size >= this.#options.callsMax / 2;
  }

  /** Calls a method; `settled` hears how it ended, exactly once, perhaps at once. */
  call<Method extends Extract<keyof Theirs, string>>(
    method: Method,
    params: Theirs[Method]["params"],
    settled: (outcome: LinkOutcome<Theirs[Method]["result"]>) => void,
  ): void {
    const { clock, theirs } = this.#options;
    try {
      if (this.#isClosed) throw new RpcError(RPC_CODES.closed, `${method}: the connection ended`);
      const { timeoutMs } = theirs[method];
      const call = this.#client.call({ method, params, timeoutMs }, clock.nowMs);
      this.#settling.set(call, settled);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      clock.count("call-refused");
      settled({ ok: false, error });
      return;
    }
    this.#drain();
  }

  /** Sends a notification. */
  notify<Method extends Extract<keyof Theirs, string>>(
    method: Method,
    params: Theirs[Method]["params"],
  ): void {
    if (this.#isClosed) return;
    this.#client.notify(method, params);
    this.#drain();
  }

  /** The connection is over: calls of this side end, those of the other are forgotten. */
  close(): void {
    if (this.#isClosed) return;
    // What was answered in the very step that ends the connection is still said: a farewell is such an answer.
    for (let served = this.#server.poll(); served !== undefined; served = this.#server.poll()) {
      if (served.type === "send") this.#options.send(served.bytes);
    }
    this.#isClosed = true;
    this.#server.close();
    this.#client.close();
    this.#drain();
    this.#deadline.moveTo(undefined);
  }

  /** One effect after the other, although performing one may bring others about. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (;;) {
      const served = this.#server.poll();
      if (served !== undefined) {
        if (served.type === "send") this.#options.send(served.bytes);
        else if (served.type === "fault") this.#options.clock.count("rpc-fault");
        else this.#run(served);
        continue;
      }
      const asked = this.#client.poll();
      if (asked === undefined) break;
      if (asked.type === "settled") this.#settle(asked.call, asked.outcome);
      else if (!this.#isClosed) this.#options.send(asked.bytes);
    }
    this.#isDraining = false;
    if (!this.#isClosed) this.#deadline.moveTo(this.#nextTimeoutMs);
  }

  get #nextTimeoutMs(): number | undefined {
    const times = [this.#server.nextTimeoutMs, this.#client.nextTimeoutMs];
    const due = times.filter((time) => time !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  #settle(call: number, outcome: RpcOutcome): void {
    const settled = this.#settling.get(call);
    this.#settling.delete(call);
    // The client has checked the result against its schema.
    settled?.(outcome as LinkOutcome<never>);
  }

  /** The server has checked name and parameters against the spec. */
  #run({ call, method, params }: { call: number; method: string; params: unknown }): void {
    const handler = this.#options.handlers[method as keyof Ours];
    handler(params, {
      answer: (result) => {
        this.#server.complete(call, { ok: true, result });
        this.#drain();
      },
      refuse: (code, message) => {
        this.#server.complete(call, { ok: false, error: new RpcError(code, message) });
        this.#drain();
      },
    });
    // Nobody answers a notification: it would count as a call that runs until its time is up.
    const isNotification = this.#options.ours[method as Extract<keyof Ours, string>].notification;
    if (isNotification) this.#server.complete(call, { ok: true, result: undefined });
  }
}
