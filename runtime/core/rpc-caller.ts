import type { RpcOutcome } from "./rpc-message.ts";

/** What a generated client calls through: one connection to a peer. */
export interface RpcCaller {
  /** Resolves to the result. @throws {RpcError} as a rejection: the peer's error, or timed out, closed, busy. */
  call(method: string, params: unknown, timeoutMs: number): Promise<unknown>;
  /** Sends a notification: nobody says whether it arrived. */
  notify(method: string, params: unknown): void;
}

/** What stands behind a `PendingCalls`: an `RpcClient` and whoever drains it. */
export interface RpcCallStarter {
  /** Starts a call and returns its number. @throws {RpcError} if it cannot be started. */
  call(method: string, params: unknown, timeoutMs: number): number;
  notify(method: string, params: unknown): void;
}

/**
 * Turns numbered calls and their outcomes into promises: the seam between code that awaits and an
 * endpoint without I/O. It holds as many promises as the endpoint admits pending calls.
 */
export class PendingCalls implements RpcCaller {
  readonly #starter: RpcCallStarter;
  readonly #pending = new Map<number, (outcome: RpcOutcome) => void>();
  /** Outcomes of calls that were over before their start returned. */
  readonly #early = new Map<number, RpcOutcome>();
  #starting = 0;

  constructor(starter: RpcCallStarter) {
    this.#starter = starter;
  }

  async call(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    const outcome = await this.#start(method, params, timeoutMs);
    if (outcome.ok) return outcome.result;
    throw outcome.error;
  }

  notify(method: string, params: unknown): void {
    this.#starter.notify(method, params);
  }

  /** Ends the promise of a call, as the endpoint's `settled` effect says. Unknown numbers are ignored. */
  settle(call: number, outcome: RpcOutcome): void {
    const resolve = this.#pending.get(call);
    this.#pending.delete(call);
    if (resolve !== undefined) resolve(outcome);
    else if (this.#starting > 0) this.#early.set(call, outcome);
  }

  #start(method: string, params: unknown, timeoutMs: number): RpcOutcome | Promise<RpcOutcome> {
    this.#starting += 1;
    try {
      const call = this.#starter.call(method, params, timeoutMs);
      const early = this.#early.get(call);
      if (early !== undefined) return early;
      return new Promise((resolve) => this.#pending.set(call, resolve));
    } finally {
      this.#starting -= 1;
      if (this.#starting === 0) this.#early.clear();
    }
  }
}
