import type { Endpoint, MachineRunner, RpcValidators, StreamId } from "../../../core/index.ts";
import {
  defineLocalVisit,
  isLocalVisitMessage,
} from "../../../../generated/tunnel/machines/local-visit.ts";
import type {
  LocalVisitEvent,
  LocalVisitHandlers,
  LocalVisitOutput,
  LocalVisitState,
} from "../../../../generated/tunnel/machines/local-visit.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import { decodeNodeLocal } from "../../../../generated/tunnel/receive.ts";
import { FRONT_METHODS } from "../../../../generated/tunnel/rpc/front.ts";
import type { FrontMethods } from "../../../../generated/tunnel/rpc/front.ts";
import { LOCAL_NODE_METHODS } from "../../../../generated/tunnel/rpc/local-node.ts";
import type { LocalNodeMethods } from "../../../../generated/tunnel/rpc/local-node.ts";
import { TUBE_END_METHODS } from "../../../../generated/tunnel/rpc/tube-end.ts";
import type { TubeEndMethods } from "../../../../generated/tunnel/rpc/tube-end.ts";
import { TUBE_USER_METHODS } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type { TubeUserMethods } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type { RoleKernel } from "../../kernel/kernel.ts";
import { runMachine } from "../../kernel/run-machine.ts";
import type { Scratch } from "../../kernel/scratch.ts";
import { LocalConnection } from "../local-connection.ts";
import { RpcLink } from "../../channel/rpc-link.ts";
import type { LinkHandlers } from "../../channel/rpc-link.ts";

/** What a front may call at its node. */
export type FrontServed = TubeUserMethods & LocalNodeMethods;

/** What a node may call at a front. */
export type FrontCalls = FrontMethods & TubeEndMethods;

/** What a visit asks of its node. */
export interface LocalVisitOffice {
  readonly kernel: RoleKernel;
  readonly scratch: Scratch;
  readonly limits: TunnelLimits;
  readonly validators: RpcValidators;
  readonly callsMax: number;
  readonly name: string;
  isToken(token: Uint8Array): boolean;
  /** Whether another front is served. */
  hasRoom(): boolean;
  /** What the front's calls do. */
  handlers(visit: LocalVisit): LinkHandlers<FrontServed>;
  /** The front was attached and is gone; its calls have ended. */
  left(visit: LocalVisit): void;
  /** The connection is over; called at least once. */
  over(visit: LocalVisit): void;
}

/** A front's connection at its node. */
export class LocalVisit {
  /** Where the front is. */
  readonly remote: Endpoint;
  /** Calls to the front. */
  readonly link: RpcLink<FrontServed, FrontCalls>;
  readonly #office: LocalVisitOffice;
  readonly #connection: LocalConnection;
  readonly #runner: MachineRunner<LocalVisitState, LocalVisitEvent, LocalVisitOutput>;

  constructor(office: LocalVisitOffice, accepted: { stream: StreamId; remote: Endpoint }) {
    const { kernel, scratch, limits, validators, callsMax } = office;
    this.#office = office;
    this.remote = accepted.remote;
    const scope = `front/${String(accepted.stream)}`;
    this.#connection = new LocalConnection({
      kernel,
      scratch,
      frame: ({ tag, bytes, view, offset, end }) => {
        const received = decodeNodeLocal(tag, bytes, view, offset, end);
        this.#connection.observe("received", received.name);
        if (isLocalVisitMessage(received)) return this.#runner.dispatch(received) !== "refused";
        if (this.#runner.state.name !== "attached") return false;
        this.link.handle(received.message.json);
        return true;
      },
      malformed: () => {
        this.#runner.dispatch({ name: "malformed" });
      },
      lost: () => {
        this.#runner.dispatch({ name: "lost" });
        this.#end();
      },
    });
    this.#connection.attach(accepted.stream);
    this.link = new RpcLink<FrontServed, FrontCalls>({
      clock: kernel,
      scope,
      ours: { ...TUBE_USER_METHODS, ...LOCAL_NODE_METHODS },
      theirs: { ...FRONT_METHODS, ...TUBE_END_METHODS },
      handlers: office.handlers(this),
      validators,
      callsMax,
      send: (json) => {
        this.#connection.send({ name: "LocalRpc", message: { json } });
      },
    });
    this.#runner = runMachine({
      kernel,
      scope,
      definition: defineLocalVisit(this.#transitions(), limits),
      initial: { name: "awaitToken" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Whether it has shown the token and is here. */
  get isAttached(): boolean {
    return this.#runner.state.name === "attached";
  }

  stop(): void {
    this.#runner.dispatch({ name: "stop" });
  }

  #end(): void {
    this.link.close();
    this.#office.over(this);
  }

  #transitions(): LocalVisitHandlers {
    return {
      awaitTokenOnLocalHello: (_state, { message }) => {
        const isFront = this.#office.isToken(message.token);
        if (!isFront || !this.#office.hasRoom()) {
          this.#office.kernel.count(isFront ? "limit" : "bad-authentication");
          return { state: { name: "over" }, outputs: [{ kind: "do", name: "hangUp" }] };
        }
        const welcome = { name: this.#office.name };
        return {
          state: { name: "attached" },
          outputs: [{ kind: "send", name: "LocalWelcome", to: "front", message: welcome }],
        };
      },
    };
  }

  #perform(output: LocalVisitOutput): void {
    if (output.kind === "send") {
      this.#connection.send(output);
      return;
    }
    switch (output.name) {
      case "attach":
        return;
      case "hangUp":
        this.#connection.close();
        this.#end();
        return;
      case "leave":
        this.link.close();
        this.#office.left(this);
        return;
    }
  }
}
