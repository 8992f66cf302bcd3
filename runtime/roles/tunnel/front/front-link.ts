import type { Endpoint, MachineRunner, RpcValidators } from "../../../core/index.ts";
import {
  defineFrontLink,
  isFrontLinkMessage,
} from "../../../../generated/tunnel/machines/front-link.ts";
import type {
  FrontLinkEvent,
  FrontLinkHandlers,
  FrontLinkOutput,
  FrontLinkState,
} from "../../../../generated/tunnel/machines/front-link.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import { decodeFrontLocal } from "../../../../generated/tunnel/receive.ts";
import { FRONT_METHODS } from "../../../../generated/tunnel/rpc/front.ts";
import { LOCAL_NODE_METHODS } from "../../../../generated/tunnel/rpc/local-node.ts";
import { TUBE_END_METHODS } from "../../../../generated/tunnel/rpc/tube-end.ts";
import { TUBE_USER_METHODS } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type { RoleKernel } from "../../kernel/kernel.ts";
import { runMachine } from "../../kernel/run-machine.ts";
import type { Scratch } from "../../kernel/scratch.ts";
import { LocalConnection } from "../local-connection.ts";
import type { FrontCalls, FrontServed } from "../node/local-visit.ts";
import { RpcLink } from "../../channel/rpc-link.ts";
import type { LinkHandlers } from "../../channel/rpc-link.ts";
import { isUserName } from "../user-name.ts";

/** What the connection to a node needs. */
export interface FrontLinkOptions {
  readonly kernel: RoleKernel;
  readonly scratch: Scratch;
  readonly limits: TunnelLimits;
  readonly validators: RpcValidators;
  readonly callsMax: number;
  readonly node: Endpoint;
  /** 32 bytes. */
  readonly token: Uint8Array;
  readonly handlers: LinkHandlers<FrontCalls>;
  /** Calls may begin. @param name the node's user. */
  readonly attached: (name: string) => void;
  /** The connection is over. Called once. */
  readonly detached: () => void;
}

/** A front's connection to its node, again each time that it is started. */
export class FrontLink {
  readonly #options: FrontLinkOptions;
  readonly #runner: MachineRunner<FrontLinkState, FrontLinkEvent, FrontLinkOutput>;
  #connection: LocalConnection;
  #rpc: RpcLink<FrontCalls, FrontServed>;
  #connections = 0;
  #name = "";

  constructor(options: FrontLinkOptions) {
    const { kernel, limits } = options;
    this.#options = options;
    this.#connection = this.#createConnection();
    // Nothing may go before the token, so that a link is closed until then.
    this.#rpc = this.#createRpc();
    this.#rpc.close();
    this.#runner = runMachine({
      kernel,
      scope: "node",
      definition: defineFrontLink(this.#transitions(), limits),
      initial: { name: "idle" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Calls to the node; without a connection they end at once. */
  get rpc(): RpcLink<FrontCalls, FrontServed> {
    return this.#rpc;
  }

  start(): void {
    this.#runner.dispatch({ name: "start" });
  }

  stop(): void {
    this.#runner.dispatch({ name: "stop" });
  }

  #createConnection(): LocalConnection {
    const { kernel, scratch } = this.#options;
    const connection: LocalConnection = new LocalConnection({
      kernel,
      scratch,
      opened: () => {
        this.#runner.dispatch({ name: "open" });
      },
      frame: ({ tag, bytes, view, offset, end }) => {
        const received = decodeFrontLocal(tag, bytes, view, offset, end);
        connection.observe("received", received.name);
        if (isFrontLinkMessage(received)) {
          // People are shown it: a text of another form could hold what a terminal obeys.
          if (!isUserName(received.message.name)) return false;
          this.#name = received.message.name;
          return this.#runner.dispatch(received) !== "refused";
        }
        if (this.#runner.state.name !== "attached") return false;
        this.#rpc.handle(received.message.json);
        return true;
      },
      malformed: () => {
        this.#runner.dispatch({ name: "malformed" });
      },
      lost: () => {
        this.#runner.dispatch({ name: "lost" });
      },
    });
    return connection;
  }

  #createRpc(): RpcLink<FrontCalls, FrontServed> {
    const { callsMax, handlers, kernel, validators } = this.#options;
    const connection = this.#connection;
    this.#connections += 1;
    return new RpcLink<FrontCalls, FrontServed>({
      clock: kernel,
      scope: `node/${String(this.#connections)}`,
      ours: { ...FRONT_METHODS, ...TUBE_END_METHODS },
      theirs: { ...TUBE_USER_METHODS, ...LOCAL_NODE_METHODS },
      handlers,
      validators,
      callsMax,
      send: (json) => {
        connection.send({ name: "LocalRpc", message: { json } });
      },
    });
  }

  #transitions(): FrontLinkHandlers {
    return {
      dialingOnOpen: () => ({
        state: { name: "greeting" },
        outputs: [
          { kind: "send", name: "LocalHello", to: "node", message: { token: this.#options.token } },
        ],
      }),
    };
  }

  #perform(output: FrontLinkOutput): void {
    if (output.kind === "send") {
      this.#connection.send(output);
      return;
    }
    switch (output.name) {
      case "dialNode":
        this.#connection = this.#createConnection();
        this.#connection.attach(this.#options.kernel.dial(this.#options.node, this.#connection));
        return;
      case "hangUp":
        this.#connection.close();
        return;
      case "attach":
        this.#rpc = this.#createRpc();
        this.#options.attached(this.#name);
        return;
      case "detach":
        this.#rpc.close();
        this.#options.detached();
        return;
    }
  }
}
