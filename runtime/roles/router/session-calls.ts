import { RpcServer } from "../../core/index.ts";
import type { RpcHandled, RpcMethodTable, RpcValidators } from "../../core/index.ts";
import { encodeRpc } from "../../../generated/system/messages/channel.ts";
import type { FrameEncoder } from "../channel/channel.ts";
import type { RoleKernel } from "../kernel/kernel.ts";

/** What the calls of a session need. */
export interface SessionCallsOptions {
  readonly kernel: RoleKernel;
  /** Names the session. */
  readonly session: number;
  readonly methods: RpcMethodTable;
  readonly validators: RpcValidators;
  readonly send: (encode: FrameEncoder) => void;
  /** Asks the owner to run a method; it answers by `complete`. */
  readonly call: (call: { session: number; call: number; method: string; params: unknown }) => void;
  /** A bug of ours that the client sees as an internal error only. */
  readonly fault: (method: string, problem: unknown) => void;
}

/** Largest JSON-RPC message, bytes: what the message Rpc holds. */
const RPC_BYTES_MAX = 60_000;

/** The calls of one client, from bytes to the handlers outside and back. */
export class SessionCalls {
  readonly #options: SessionCallsOptions;
  readonly #server: RpcServer;
  readonly #timers = new Map<number, string>();

  constructor(options: SessionCallsOptions) {
    this.#options = options;
    const { methods, validators } = options;
    const maxRequestBytes = RPC_BYTES_MAX;
    const maxResponseBytes = RPC_BYTES_MAX;
    this.#server = new RpcServer({ methods, validators, maxRequestBytes, maxResponseBytes });
  }

  /** Takes a message of the client. Whatever is wrong with it is the answer's business. */
  handle(json: Uint8Array): void {
    this.#server.handle(json, this.#options.kernel.nowMs);
    this.#drain();
  }

  /** Says how a call ended. */
  complete(call: number, handled: RpcHandled): void {
    this.#disarm(call);
    this.#server.complete(call, handled);
    this.#drain();
  }

  /** The client is gone: nobody hears an answer. */
  close(): void {
    this.#server.close();
    for (const call of [...this.#timers.keys()]) this.#disarm(call);
  }

  #drain(): void {
    const { call, fault, kernel, methods, send, session } = this.#options;
    for (let effect = this.#server.poll(); effect !== undefined; effect = this.#server.poll()) {
      if (effect.type === "send") {
        const json = effect.bytes;
        send((bytes, view, offset) => encodeRpc({ json }, bytes, view, offset));
      } else if (effect.type === "fault") {
        fault(effect.method, effect.problem);
      } else {
        const timer = `session/${String(session)}/call/${String(effect.call)}`;
        this.#timers.set(effect.call, timer);
        kernel.arm(timer, methods[effect.method]?.timeoutMs ?? 0, () => {
          this.#server.expire(kernel.nowMs);
          this.#drain();
        });
        call({ session, call: effect.call, method: effect.method, params: effect.params });
      }
    }
  }

  #disarm(call: number): void {
    const timer = this.#timers.get(call);
    this.#timers.delete(call);
    if (timer !== undefined) this.#options.kernel.cancel(timer);
  }
}
