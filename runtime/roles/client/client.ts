import { CertificateVerifier, RpcClient, RpcError, RPC_CODES } from "../../core/index.ts";
import type { Effect, Identity, Input, Role, RpcValidators } from "../../core/index.ts";
import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type { ConnectProblem } from "../../../generated/control/types.ts";
import { SYSTEM_LIMITS } from "../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import { encodeRpc } from "../../../generated/system/messages/channel.ts";
import type { ChannelSurroundings } from "../channel/channel.ts";
import { RPC_JSON_BYTES_MAX } from "../channel/rpc-bytes.ts";
import { Deadline } from "../kernel/deadline.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { RoleEnvironment } from "../kernel/kernel.ts";
import { Scratch } from "../kernel/scratch.ts";
import type { ClientCommand, ClientEvent } from "./client-events.ts";
import { ClientSession } from "./session.ts";
import type { ClientSessionOffice } from "./session.ts";

/** What a client is made with. */
export interface ClientOptions extends RoleEnvironment {
  readonly identity: Identity;
  /** Checks of what routers answer. */
  readonly validators: RpcValidators;
  /** Default: those of the spec. */
  readonly limits?: ControlLimits;
  readonly systemLimits?: SystemLimits;
}

/** A session with its calls, and the caller's numbers of them by the numbers on the wire. */
interface OpenSession {
  readonly session: ClientSession;
  readonly rpc: RpcClient;
  readonly calls: Map<number, number>;
  readonly deadline: Deadline;
}

/** Controls routers: meets them on a server and calls their methods. */
export class Client implements Role<ClientCommand, ClientEvent> {
  readonly #options: ClientOptions;
  readonly #kernel: Kernel<ClientEvent>;
  readonly #office: ClientSessionOffice;
  readonly #sessions = new Map<number, OpenSession>();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#kernel = new Kernel(options);
    const around: ChannelSurroundings = {
      kernel: this.#kernel,
      scratch: new Scratch(),
      identity: options.identity,
      verifier: new CertificateVerifier(options.crypto),
      systemLimits: options.systemLimits ?? SYSTEM_LIMITS,
    };
    this.#office = {
      ...around,
      limits: options.limits ?? CONTROL_LIMITS,
      askHub: ({ id, mac }) => {
        this.#kernel.report({ type: "askHub", session: id, mac });
      },
      connected: ({ id }, meeting) => {
        this.#kernel.report({ type: "connected", session: id, meeting });
      },
      received: ({ id }, json) => {
        const open = this.#sessions.get(id);
        open?.rpc.handle(json);
        if (open !== undefined) this.#drain(open);
      },
      ended: ({ id }, problem) => {
        this.#ended(id, problem);
      },
    };
  }

  handle(input: Input<ClientCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "command") {
      this.#command(input.command);
      return;
    }
    this.#kernel.count("stranger");
    if (input.type === "streamAccepted") this.#kernel.refuseStream(input.stream);
  }

  poll(): Effect<ClientEvent> | undefined {
    return this.#kernel.poll();
  }

  /** What peers did wrong and what was refused, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  #command(command: ClientCommand): void {
    const open = this.#sessions.get(command.session);
    switch (command.type) {
      case "connect":
        this.#connect(command);
        return;
      case "invited":
        open?.session.invited(command.meeting);
        return;
      case "refused":
        open?.session.refused();
        return;
      case "call":
        this.#call(command, open);
        return;
      case "close":
        open?.session.close();
        return;
    }
  }

  #connect({ session: id, mac }: Extract<ClientCommand, { type: "connect" }>): void {
    if (this.#sessions.has(id)) throw new RangeError(`session ${String(id)} exists`);
    const session = new ClientSession(this.#office, { id, mac });
    const rpc = new RpcClient({
      validators: this.#options.validators,
      maxRequestBytes: RPC_JSON_BYTES_MAX,
      maxPending: this.#systemLimits().rpcCallsMax,
    });
    const deadline = new Deadline(this.#kernel, `session/${String(id)}/calls`, () => {
      rpc.expire(this.#kernel.nowMs);
      this.#drain(open);
    });
    const open: OpenSession = { session, rpc, calls: new Map(), deadline };
    this.#sessions.set(id, open);
    session.begin();
  }

  #call(command: Extract<ClientCommand, { type: "call" }>, open: OpenSession | undefined): void {
    const { call, method, params, session, timeoutMs } = command;
    try {
      if (open?.session.isConnected !== true) {
        throw new RpcError(RPC_CODES.closed, `${method}: there is no connection`);
      }
      const { nowMs } = this.#kernel;
      open.calls.set(open.rpc.call({ method, params, timeoutMs }, nowMs), call);
      this.#drain(open);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#kernel.report({ type: "callEnded", session, call, outcome: { ok: false, error } });
    }
  }

  #drain({ session, rpc, calls, deadline }: OpenSession): void {
    for (let effect = rpc.poll(); effect !== undefined; effect = rpc.poll()) {
      if (effect.type === "send") {
        const json = effect.bytes;
        session.send((bytes, view, offset) => encodeRpc({ json }, bytes, view, offset));
        continue;
      }
      const call = calls.get(effect.call);
      calls.delete(effect.call);
      if (call === undefined) continue;
      const { outcome } = effect;
      this.#kernel.report({ type: "callEnded", session: session.id, call, outcome });
    }
    deadline.moveTo(rpc.nextTimeoutMs);
  }

  #ended(id: number, problem: ConnectProblem): void {
    const open = this.#sessions.get(id);
    if (open === undefined) return;
    open.rpc.close();
    this.#drain(open);
    this.#sessions.delete(id);
    this.#kernel.report({ type: "ended", session: id, problem });
  }

  #systemLimits(): SystemLimits {
    return this.#options.systemLimits ?? SYSTEM_LIMITS;
  }
}
