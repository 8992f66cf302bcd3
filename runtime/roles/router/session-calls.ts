import { RpcServer } from "../../core/index.ts";
import type { RpcHandled, RpcMethodTable, RpcValidators } from "../../core/index.ts";
import { encodeRpc } from "../../../generated/system/messages/channel.ts";
import type { FrameEncoder } from "../channel/channel.ts";
import { RPC_JSON_BYTES_MAX } from "../channel/rpc-bytes.ts";
import { Deadline } from "../kernel/deadline.ts";
import type { RoleKernel } from "../kernel/kernel.ts";

/** What the calls of a session need. */
export interface SessionCallsOptions {
  readonly kernel: RoleKernel;
  /** Names the session. */
  readonly session: number;
  readonly methods: RpcMethodTable;
  readonly validators: RpcValidators;
  /** Most calls that run at once. */
  readonly maxConcurrent: number;
  readonly send: (encode: FrameEncoder) => void;
  /** Asks the owner to run a method; it answers by `complete`. */
  readonly call: (call: { session: number; call: number; method: string; params: unknown }) => void;
  /** A bug of ours that the client sees as an internal error only. */
  readonly fault: (method: string, problem: unknown) => void;
}

/** The calls of one client, from bytes to the handlers outside and back. */
export class SessionCalls {
  readonly #options: SessionCallsOptions;
  readonly #server: RpcServer;
  readonly #deadline: Deadline;

  constructor(options: SessionCallsOptions) {
    this.#options = options;
    const { kernel, maxConcurrent, methods, session, validators } = options;
    this.#server = new RpcServer({
      methods,
      validators,
      maxConcurrent,
      maxRequestBytes: RPC_JSON_BYTES_MAX,
      maxResponseBytes: RPC_JSON_BYTES_MAX,
    });
    this.#deadline = new Deadline(kernel, `session/${String(session)}/calls`, () => {
      this.#server.expire(kernel.nowMs);
      this.#drain();
    });
  }

  /** Takes a message of the client. Whatever is wrong with it is the answer's business. */
  handle(json: Uint8Array): void {
    this.#server.handle(json, this.#options.kernel.nowMs);
    this.#drain();
  }

  /** Says how a call ended. */
  complete(call: number, handled: RpcHandled): void {
    this.#server.complete(call, handled);
    this.#drain();
  }

  /** The client is gone: nobody hears an answer. */
  close(): void {
    this.#server.close();
    this.#deadline.moveTo(undefined);
  }

  #drain(): void {
    const { call, fault, send, session } = this.#options;
    for (let effect = this.#server.poll(); effect !== undefined; effect = this.#server.poll()) {
      if (effect.type === "send") {
        const json = effect.bytes;
        send((bytes, view, offset) => encodeRpc({ json }, bytes, view, offset));
      } else if (effect.type === "fault") {
        fault(effect.method, effect.problem);
      } else {
        call({ session, call: effect.call, method: effect.method, params: effect.params });
      }
    }
    this.#deadline.moveTo(this.#server.nextTimeoutMs);
  }
}
