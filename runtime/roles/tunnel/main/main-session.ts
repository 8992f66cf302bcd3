import type { Endpoint, MachineRunner, PeerIdentity, StreamId } from "../../../core/index.ts";
import { defineMainSession } from "../../../../generated/tunnel/machines/main-session.ts";
import type {
  MainSessionEvent,
  MainSessionHandlers,
  MainSessionIn,
  MainSessionOut,
  MainSessionOutput,
  MainSessionState,
} from "../../../../generated/tunnel/machines/main-session.ts";
import {
  MAIN_SERVER_METHODS,
  MainServerErrors,
} from "../../../../generated/tunnel/rpc/main-server.ts";
import type {
  DescribeNodeParams,
  DescribeNodeResult,
  MainServerMethods,
} from "../../../../generated/tunnel/rpc/main-server.ts";
import { TUBE_END_METHODS } from "../../../../generated/tunnel/rpc/tube-end.ts";
import type { TubeEndMethods } from "../../../../generated/tunnel/rpc/tube-end.ts";
import { TUBE_USER_METHODS } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type { TubeUserMethods } from "../../../../generated/tunnel/rpc/tube-user.ts";
import { TUNNEL_NODE_METHODS } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import type { TunnelNodeMethods } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { encodeRpc } from "../../../../generated/system/messages/channel.ts";
import { PartyRole } from "../../../../generated/system/types.ts";
import type { Hello } from "../../../../generated/system/types.ts";
import type { RpcValidators } from "../../../core/index.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import { Channel } from "../../channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings } from "../../channel/channel.ts";
import { runMachine } from "../../kernel/run-machine.ts";
import { RpcLink } from "../../channel/rpc-link.ts";
import type { LinkHandlers, RpcAnswer } from "../../channel/rpc-link.ts";
import type { PasswordChain, PasswordRow } from "./password-chain.ts";
import { PathWishes } from "../path-wishes.ts";
import { tubeHandlers } from "./tube-handlers.ts";
import type { SessionTubes } from "./tube-handlers.ts";

/** What a node may call at the main server. */
type Served = MainServerMethods & TubeUserMethods;

/** What the main server may call at a node. */
export type NodeCalls = TunnelNodeMethods & TubeEndMethods;

/** What a session asks of its server. */
export interface MainSessionOffice extends ChannelSurroundings {
  readonly limits: TunnelLimits;
  readonly validators: RpcValidators;
  readonly tubes: SessionTubes;
  chainOf(peer: PeerIdentity): PasswordChain;
  /** What is on disk of its passwords; undefined if nothing is. */
  passwordsOf(peer: PeerIdentity): PasswordRow | undefined;
  /** Whether the node, which nobody knows, may be kept. */
  hasRoom(session: MainSession): boolean;
  /** Has the row written; the session hears `saved` if it is. */
  save(session: MainSession, row: PasswordRow): void;
  /** The node has proved its password. */
  admitted(session: MainSession): void;
  /** The session was active and is over; its tunnels are to end. */
  left(session: MainSession): void;
  /** The connection is over; called at least once. */
  over(session: MainSession): void;
  /** The node says who it is; answered when that is on disk. */
  describe(
    session: MainSession,
    description: DescribeNodeParams,
    answer: RpcAnswer<DescribeNodeResult>,
  ): void;
}

/** Why a node gets no password. */
type Refusal = "wrong" | "unknown" | "registered" | "full";

/** What a call for a password comes to. */
type PasswordOutcome = { readonly password: string } | { readonly refusal: Refusal };

const REFUSALS: Readonly<Record<Refusal, string>> = {
  wrong: "wrong password",
  unknown: "nothing is kept of this node: it is to register anew",
  registered: "registered already: prove the password",
  full: "there is no room for further nodes, or for further ones of this address",
};

/** A node's connection at the main server. */
export class MainSession implements ChannelOwner {
  readonly remote: Endpoint;
  /** Calls to the node. */
  readonly link: RpcLink<Served, NodeCalls>;
  readonly #office: MainSessionOffice;
  readonly #channel: Channel;
  #peer: PeerIdentity | undefined;
  #runner: MachineRunner<MainSessionState, MainSessionEvent, MainSessionOutput> | undefined;
  readonly #wishes: PathWishes;
  /** How the call that is being worked on is answered. */
  #answer: ((outcome: PasswordOutcome) => void) | undefined;
  #refusal: Refusal = "wrong";
  #farewell: (() => void) | undefined;
  /** What is to be on disk before the answer. */
  #row: PasswordRow | undefined;
  #password = "";
  #promised = "";
  #wrong = 0;

  constructor(office: MainSessionOffice, accepted: { stream: StreamId; remote: Endpoint }) {
    this.#office = office;
    this.remote = accepted.remote;
    this.#wishes = new PathWishes(office.limits.wishesMax);
    this.link = new RpcLink<Served, NodeCalls>({
      clock: office.kernel,
      scope: `session/${String(accepted.stream)}`,
      ours: { ...MAIN_SERVER_METHODS, ...TUBE_USER_METHODS },
      theirs: { ...TUNNEL_NODE_METHODS, ...TUBE_END_METHODS },
      handlers: this.#handlers(),
      validators: office.validators,
      callsMax: office.systemLimits.rpcCallsMax,
      send: (json) => {
        this.#channel.send((bytes, view, offset) => encodeRpc({ json }, bytes, view, offset));
      },
    });
    const options = { owner: this, responder: PartyRole.mainServer, watched: true };
    this.#channel = Channel.accept(office, options, accepted.stream);
  }

  get peer(): PeerIdentity {
    if (this.#peer === undefined) throw new RangeError("the node is not proved yet");
    return this.#peer;
  }

  /** Whether the node has proved its identity. */
  get hasPeer(): boolean {
    return this.#peer !== undefined;
  }

  get isActive(): boolean {
    return this.#runner?.state.name === "active";
  }

  saved(): void {
    this.#runner?.dispatch({ name: "saved" });
  }

  /** What the node said of itself could not be written. */
  unsaved(): void {
    this.#runner?.dispatch({ name: "unsaved" });
  }

  /** The same node is here on another connection. */
  supersede(): void {
    this.#runner?.dispatch({ name: "superseded" });
  }

  stop(): void {
    if (this.#runner === undefined) this.#channel.close();
    else this.#runner.dispatch({ name: "stop" });
  }

  admitHello({ from }: Hello): boolean {
    return from === PartyRole.node;
  }

  /** Anybody may try; the password decides. */
  admitPeer(): boolean {
    return true;
  }

  channelOpen(peer: PeerIdentity): void {
    this.#peer = peer;
    this.#runner = runMachine({
      kernel: this.#office.kernel,
      scope: `session/${String(this.#channel.stream)}`,
      definition: defineMainSession(this.#transitions(), this.#office.limits),
      initial: { name: "awaitAuth" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Nodes and main servers have nothing but calls for each other. */
  channelFrame(): boolean {
    return false;
  }

  channelRpc(json: Uint8Array): void {
    this.link.handle(json);
  }

  channelClosed(): void {
    this.#runner?.dispatch({ name: "lost" });
    this.#end();
  }

  #end(): void {
    this.link.close();
    this.#office.over(this);
  }

  #transitions(): MainSessionHandlers {
    return {
      awaitAuthOnRegister: () => {
        const row = this.#office.passwordsOf(this.peer);
        const first = this.#office.chainOf(this.peer).register(row);
        if (first === undefined) return this.#denied("registered");
        if (!this.#office.hasRoom(this)) return this.#denied("full");
        this.#promised = first;
        return { state: { name: "awaitAuth" }, outputs: [{ kind: "do", name: "grant" }] };
      },
      awaitAuthOnAuthenticate: () => {
        const row = this.#office.passwordsOf(this.peer);
        const verdict = this.#office.chainOf(this.peer).judge(row, this.#password);
        if (verdict.kind === "advance") {
          if (row === undefined && !this.#office.hasRoom(this)) return this.#denied("full");
          this.#promised = verdict.next;
          this.#row = verdict.row;
          return { state: { name: "advancing" }, outputs: [{ kind: "do", name: "save" }] };
        }
        if (verdict.kind === "repeat") {
          this.#promised = verdict.next;
          return {
            state: { name: "active" },
            outputs: [
              { kind: "do", name: "grant" },
              { kind: "do", name: "admit" },
            ],
          };
        }
        this.#wrong += 1;
        this.#office.kernel.count("wrong-password");
        if (this.#wrong < this.#office.limits.authTriesMax) return this.#denied(verdict.kind);
        const { outputs } = this.#denied(verdict.kind);
        return { state: { name: "over" }, outputs: [...outputs, { kind: "do", name: "hangUp" }] };
      },
    };
  }

  #denied(refusal: Refusal): Denied {
    this.#refusal = refusal;
    return { state: { name: "awaitAuth" }, outputs: [{ kind: "do", name: "deny" }] };
  }

  #perform(output: MainSessionOutput): void {
    switch (output.name) {
      case "save":
        if (this.#row !== undefined) this.#office.save(this, this.#row);
        return;
      case "grant":
        this.#answer?.({ password: this.#promised });
        this.#forget();
        return;
      case "deny":
        this.#answer?.({ refusal: this.#refusal });
        this.#forget();
        return;
      case "admit":
        this.#office.admitted(this);
        return;
      case "farewell":
        this.#farewell?.();
        return;
      case "hangUp":
        this.link.close();
        this.#channel.close();
        this.#end();
        return;
      case "endTunnels":
        this.#office.left(this);
        return;
    }
  }

  /** Passwords are kept no longer than the answer needs them. */
  #forget(): void {
    this.#answer = undefined;
    this.#password = "";
    this.#promised = "";
  }

  #handlers(): LinkHandlers<Served> {
    const { tubes } = this.#office;
    return {
      ...this.#passwordHandlers(),
      ...this.#nodeHandlers(),
      ...tubeHandlers(this, { tubes, wishes: this.#wishes }),
    };
  }

  /** Only for nodes that have proved their password. */
  ifActive<Result>(answer: RpcAnswer<Result>, work: () => void): void {
    if (this.isActive) work();
    else answer.refuse(MainServerErrors.notAuthenticated, "prove the password first");
  }

  /** One at a time: the answers belong to what the machine is doing. */
  #begin(
    name: "register" | "authenticate",
    answers: {
      readonly result: (outcome: PasswordOutcome) => void;
      readonly busy: RpcAnswer<never>;
    },
  ): void {
    if (this.#runner?.state.name !== "awaitAuth") {
      answers.busy.refuse(MainServerErrors.unavailable, "another call is being worked on");
      return;
    }
    this.#answer = answers.result;
    this.#runner.dispatch({ name });
  }

  #passwordHandlers(): Pick<
    LinkHandlers<Served>,
    "RegisterWithMainServer" | "AuthWithMainServer" | "LogoutFromMainServer"
  > {
    return {
      RegisterWithMainServer: (_params, answer) => {
        const result = (outcome: PasswordOutcome): void => {
          const [isDone, password] =
            "password" in outcome ? [true, outcome.password] : [false, null];
          const message = "refusal" in outcome ? REFUSALS[outcome.refusal] : "";
          answer.answer({ is_success: isDone, message, password });
        };
        this.#begin("register", { result, busy: answer });
      },
      AuthWithMainServer: ({ password: given }, answer) => {
        const result = (outcome: PasswordOutcome): void => {
          if ("password" in outcome) {
            const { password: next } = outcome;
            answer.answer({ is_success: true, message: "", next_password: next });
          } else if (outcome.refusal === "unknown") {
            answer.refuse(MainServerErrors.unknownNode, REFUSALS.unknown);
          } else {
            const message = REFUSALS[outcome.refusal];
            answer.answer({ is_success: false, message, next_password: null });
          }
        };
        if (this.#answer === undefined) this.#password = given;
        this.#begin("authenticate", { result, busy: answer });
      },
      LogoutFromMainServer: (_params, answer) => {
        this.ifActive(answer, () => {
          this.#farewell = (): void => {
            answer.answer({ is_success: true, message: "" });
          };
          this.#runner?.dispatch({ name: "logout" });
        });
      },
    };
  }

  #nodeHandlers(): Pick<LinkHandlers<Served>, "DescribeNode" | "ReportHop" | "TubeEnded"> {
    const office = this.#office;
    return {
      DescribeNode: (description, answer) => {
        this.ifActive(answer, () => {
          office.describe(this, description, answer);
        });
      },
      ReportHop: ({ tunnel_id, latency_us }) => {
        if (this.isActive) office.tubes.measured(this, tunnel_id, latency_us / 1000);
      },
      TubeEnded: ({ tunnel_id, is_clean }) => {
        if (this.isActive) office.tubes.ended(this, tunnel_id, is_clean);
      },
    };
  }
}

interface Denied {
  readonly state: MainSessionIn<"awaitAuth">;
  readonly outputs: readonly [MainSessionOut<"deny">];
}
