import type { Endpoint, MachineRunner, PeerIdentity, StreamId } from "../../../core/index.ts";
import { defineMainSession } from "../../../../generated/tunnel/machines/main-session.ts";
import type {
  MainSessionEvent,
  MainSessionHandlers,
  MainSessionOutput,
  MainSessionState,
} from "../../../../generated/tunnel/machines/main-session.ts";
import {
  MAIN_SERVER_METHODS,
  MainServerErrors,
} from "../../../../generated/tunnel/rpc/main-server.ts";
import type {
  DescribeNodeParams,
  MainServerMethods,
} from "../../../../generated/tunnel/rpc/main-server.ts";
import { TUBE_END_METHODS } from "../../../../generated/tunnel/rpc/tube-end.ts";
import type { TubeEndMethods } from "../../../../generated/tunnel/rpc/tube-end.ts";
import { TUBE_USER_METHODS } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type {
  PreferPathParams,
  RequestTubeParams,
  RequestTubeResult,
  Tube,
  TubeUserMethods,
} from "../../../../generated/tunnel/rpc/tube-user.ts";
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
import { RpcLink } from "../rpc-link.ts";
import type { LinkHandlers, RpcAnswer } from "../rpc-link.ts";
import type { PasswordChain, PasswordRow } from "./password-chain.ts";

/** What a node may call at the main server. */
type Served = MainServerMethods & TubeUserMethods;

/** What the main server may call at a node. */
export type NodeCalls = TunnelNodeMethods & TubeEndMethods;

/** What a session asks of its server. */
export interface MainSessionOffice extends ChannelSurroundings {
  readonly limits: TunnelLimits;
  readonly validators: RpcValidators;
  chainOf(peer: PeerIdentity): PasswordChain;
  rowOf(peer: PeerIdentity): PasswordRow | undefined;
  /** Whether a node that nobody knows may be kept. */
  hasRoom(): boolean;
  /** Has the row written; the session hears `saved` if it is. */
  save(session: MainSession, row: PasswordRow): void;
  /** The node has proved its password. */
  admitted(session: MainSession): void;
  /** The session was active and is over; its tunnels are to end. */
  left(session: MainSession): void;
  /** The connection is over; called at least once. */
  over(session: MainSession): void;
  /** Why a node may not be what it says; undefined if it may. */
  describe(session: MainSession, description: DescribeNodeParams): string | undefined;
  requestTube(
    session: MainSession,
    request: RequestTubeParams & { readonly wish: PreferPathParams | undefined },
    answer: RpcAnswer<RequestTubeResult>,
  ): void;
  /** Whether there was such a tunnel of this user. */
  closeTube(session: MainSession, tube: { localId: string; tunnelId: string | null }): boolean;
  tubesOf(session: MainSession): readonly Tube[];
  hopMeasured(session: MainSession, tunnel: string, latencyMs: number): void;
  tubeEnded(session: MainSession, tunnel: string, isClean: boolean): void;
}

/** A node's connection at the main server. */
export class MainSession implements ChannelOwner {
  readonly remote: Endpoint;
  /** Calls to the node. */
  readonly link: RpcLink<Served, NodeCalls>;
  readonly #office: MainSessionOffice;
  readonly #channel: Channel;
  #peer: PeerIdentity | undefined;
  #runner: MachineRunner<MainSessionState, MainSessionEvent, MainSessionOutput> | undefined;
  /** Wishes about paths that wait for their requests, by local id. */
  readonly #wishes = new Map<string, PreferPathParams>();
  /** How the call that is being worked on is answered. */
  #answer: ((password: string | undefined) => void) | undefined;
  #farewell: (() => void) | undefined;
  /** What is to be on disk before the answer. */
  #row: PasswordRow | undefined;
  #password = "";
  #promised = "";
  #wrong = 0;

  constructor(office: MainSessionOffice, accepted: { stream: StreamId; remote: Endpoint }) {
    this.#office = office;
    this.remote = accepted.remote;
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
        const row = this.#office.rowOf(this.peer);
        const isFull = row === undefined && !this.#office.hasRoom();
        const first = isFull ? undefined : this.#office.chainOf(this.peer).register(row);
        if (first === undefined) {
          return { state: { name: "awaitAuth" }, outputs: [{ kind: "do", name: "deny" }] };
        }
        this.#promised = first.password;
        this.#row = first.row;
        return { state: { name: "registering" }, outputs: [{ kind: "do", name: "save" }] };
      },
      awaitAuthOnAuthenticate: () => {
        const chain = this.#office.chainOf(this.peer);
        const verdict = chain.judge(this.#office.rowOf(this.peer), this.#password);
        if (verdict.kind === "advance") {
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
        const isEnough = this.#wrong >= this.#office.limits.authTriesMax;
        return {
          state: { name: isEnough ? "over" : "awaitAuth" },
          outputs: [
            { kind: "do", name: "deny" },
            ...(isEnough ? [{ kind: "do", name: "hangUp" } as const] : []),
          ],
        };
      },
    };
  }

  #perform(output: MainSessionOutput): void {
    switch (output.name) {
      case "save":
        if (this.#row !== undefined) this.#office.save(this, this.#row);
        return;
      case "grant":
        this.#answer?.(this.#promised);
        this.#forget();
        return;
      case "deny":
        this.#answer?.(undefined);
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
    return { ...this.#passwordHandlers(), ...this.#nodeHandlers(), ...this.#tubeHandlers() };
  }

  /** Only for nodes that have proved their password. */
  #ifActive<Result>(answer: RpcAnswer<Result>, work: () => void): void {
    if (this.isActive) work();
    else answer.refuse(MainServerErrors.notAuthenticated, "prove the password first");
  }

  /** One at a time: the answers belong to what the machine is doing. */
  #begin(
    name: "register" | "authenticate",
    answers: {
      readonly result: (password: string | undefined) => void;
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
        const result = (password: string | undefined): void => {
          const isDone = password !== undefined;
          const message = isDone ? "" : "registered already, or no room";
          answer.answer({ is_success: isDone, message, password: password ?? null });
        };
        this.#begin("register", { result, busy: answer });
      },
      AuthWithMainServer: ({ password: given }, answer) => {
        const result = (next: string | undefined): void => {
          const isDone = next !== undefined;
          const message = isDone ? "" : "wrong password";
          answer.answer({ is_success: isDone, message, next_password: next ?? null });
        };
        if (this.#answer === undefined) this.#password = given;
        this.#begin("authenticate", { result, busy: answer });
      },
      LogoutFromMainServer: (_params, answer) => {
        this.#ifActive(answer, () => {
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
        this.#ifActive(answer, () => {
          const problem = office.describe(this, description);
          answer.answer({ is_success: problem === undefined, message: problem ?? "" });
        });
      },
      ReportHop: ({ tunnel_id, latency_us }) => {
        if (this.isActive) office.hopMeasured(this, tunnel_id, latency_us / 1000);
      },
      TubeEnded: ({ tunnel_id, is_clean }) => {
        if (this.isActive) office.tubeEnded(this, tunnel_id, is_clean);
      },
    };
  }

  #tubeHandlers(): LinkHandlers<TubeUserMethods> {
    const office = this.#office;
    return {
      PreferPath: (wish) => {
        if (!this.isActive) return;
        if (this.#wishes.size >= office.limits.tunnelsPerUserMax) office.kernel.count("limit");
        else this.#wishes.set(wish.local_id, wish);
      },
      RequestTube: (request, answer) => {
        this.#ifActive(answer, () => {
          const wish = this.#wishes.get(request.local_id);
          this.#wishes.delete(request.local_id);
          office.requestTube(this, { ...request, wish }, answer);
        });
      },
      RequestCloseTube: ({ local_id, tunnel_id = null }, answer) => {
        this.#ifActive(answer, () => {
          const isDone = office.closeTube(this, { localId: local_id, tunnelId: tunnel_id });
          answer.answer({ is_success: isDone, message: isDone ? "" : "there is no such tunnel" });
        });
      },
      ListTubes: (_params, answer) => {
        this.#ifActive(answer, () => {
          answer.answer({ tubes: [...office.tubesOf(this)] });
        });
      },
    };
  }
}
