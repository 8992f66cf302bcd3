import { decodeBase64Url, joinBytes } from "../../../core/index.ts";
import type { Endpoint, MachineRunner, PeerIdentity, StreamId } from "../../../core/index.ts";
import { PartyRole } from "../../../../generated/system/types.ts";
import type { Hello } from "../../../../generated/system/types.ts";
import {
  defineFrontAccept,
  isFrontAcceptMessage,
} from "../../../../generated/tunnel/machines/front-accept.ts";
import type {
  FrontAcceptEvent,
  FrontAcceptHandlers,
  FrontAcceptIn,
  FrontAcceptOut,
  FrontAcceptOutput,
  FrontAcceptState,
} from "../../../../generated/tunnel/machines/front-accept.ts";
import { decodeFrontEnd } from "../../../../generated/tunnel/receive.ts";
import { FrontErrors } from "../../../../generated/tunnel/rpc/front.ts";
import type { BindTubeParams, BindTubeResult } from "../../../../generated/tunnel/rpc/front.ts";
import type { RequestConnectionResult } from "../../../../generated/tunnel/rpc/tube-end.ts";
import { encodeTunnel } from "../../../../generated/tunnel/send.ts";
import { TunnelProblem } from "../../../../generated/tunnel/types.ts";
import { Channel } from "../../channel/channel.ts";
import type { ChannelOwner } from "../../channel/channel.ts";
import { runMachine } from "../../kernel/run-machine.ts";
import { HopDialer } from "../hop-dialer.ts";
import type { HopStream } from "../hop-stream.ts";
import type { RpcAnswer } from "../../channel/rpc-link.ts";
import { settlingKernel } from "../settling-kernel.ts";
import { joinStreams } from "../stream-pair.ts";
import { createEndPipes } from "./end-pipes.ts";
import type { TunnelOffice } from "./tunnel-office.ts";

/** A question of another user. */
export interface AcceptRequest {
  readonly id: string;
  readonly user: string;
  readonly plain: boolean;
  /** The program that the tunnel is to lead to. */
  readonly target: Endpoint;
  readonly answer: RpcAnswer<RequestConnectionResult>;
}

/** A tunnel that another user asked for. */
export class FrontAccept {
  readonly id: string;
  readonly user: string;
  readonly plain: boolean;
  readonly #office: TunnelOffice;
  readonly #request: AcceptRequest;
  readonly #over: (tunnel: FrontAccept, problem: TunnelProblem) => void;
  readonly #runner: MachineRunner<FrontAcceptState, FrontAcceptEvent, FrontAcceptOutput>;
  #reason = "";
  /** The node's call that is being worked on. */
  #bound: RpcAnswer<BindTubeResult> | undefined;
  #bindTo: BindTubeParams | undefined;
  #dialer: HopDialer | undefined;
  #node: HopStream | undefined;
  #channel: Channel | undefined;
  #isImpostor = false;
  /** What the other end said while its identity was being kept. */
  #early: FrontAcceptEvent | undefined;
  #target: StreamId | undefined;
  #cut: (() => void) | undefined;
  #problem: TunnelProblem = TunnelProblem.refused;
  #isOver = false;

  constructor(
    office: TunnelOffice,
    request: AcceptRequest,
    over: (tunnel: FrontAccept, problem: TunnelProblem) => void,
  ) {
    this.#office = office;
    this.#request = request;
    this.#over = over;
    this.id = request.id;
    this.user = request.user;
    this.plain = request.plain;
    this.#runner = runMachine({
      kernel: settlingKernel(office.kernel, () => {
        this.#settle();
      }),
      scope: `accept/${request.id}`,
      definition: defineFrontAccept(this.#transitions(), office.limits),
      initial: { name: "asked" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** The user's answer, or the policy's. */
  decide(isAllowed: boolean, reason: string): void {
    this.#reason = reason.slice(0, REASON_LENGTH_MAX);
    this.#dispatch({ name: isAllowed ? "yes" : "no" });
  }

  /** The node has a port for it. */
  bind(params: BindTubeParams, answer: RpcAnswer<BindTubeResult>): void {
    this.#unbound();
    this.#bindTo = params;
    this.#bound = answer;
    this.#dispatch({ name: "bind" });
    if (!BINDABLE.has(this.#runner.state.name)) this.#unbound();
  }

  /** No chain will come. A tunnel that has one ends with that. */
  forgotten(): void {
    if (BUILDING.has(this.#runner.state.name)) this.#dispatch({ name: "forgotten" });
  }

  /** The node has nothing of it any more. */
  gone(): void {
    this.#dispatch({ name: "gone" });
  }

  close(): void {
    this.#dispatch({ name: "close" });
  }

  #dispatch(event: FrontAcceptEvent): boolean {
    const outcome = this.#runner.dispatch(event);
    this.#settle();
    return outcome !== "refused";
  }

  #settle(): void {
    if (this.#runner.state.name !== "over" || this.#isOver) return;
    this.#isOver = true;
    this.#over(this, this.#problem);
  }

  #transitions(): FrontAcceptHandlers {
    const over = (problem: TunnelProblem): Over => ({
      state: { name: "over" },
      outputs: [report(problem)],
    });
    const unbound = (problem: TunnelProblem): OverUnbound => ({
      state: { name: "over" },
      outputs: [report(problem), UNBOUND],
    });
    return {
      idleOnOpen: () => over(TunnelProblem.timeout),
      bindingOnJoined: () =>
        this.#request.plain
          ? { state: { name: "dialing" }, outputs: [{ kind: "do", name: "dialTarget" }] }
          : {
              state: { name: "greeting" },
              outputs: [
                { kind: "do", name: "greet" },
                { kind: "do", name: "answerBound" },
              ],
            },
      greetingOnImpostor: () => over(TunnelProblem.impostor),
      greetingOnUnkept: () => over(TunnelProblem.unkept),
      dialingOnTargetOpen: () =>
        this.#request.plain
          ? { state: { name: "carrying" }, outputs: [{ kind: "do", name: "answerBound" }] }
          : {
              state: { name: "carrying" },
              outputs: [
                { kind: "send", name: "TubeConnected", to: "front", message: { version: 1 } },
              ],
            },
      dialingOnTargetFailed: () => unbound(TunnelProblem.unreachable),
      dialingOnGreet: () => unbound(TunnelProblem.timeout),
      buildingOnLost: () => ({ state: { name: "allowed" }, outputs: [UNBOUND] }),
      openOnLost: () => over(TunnelProblem.lost),
      carryingOnEnded: (_state, { clean }) => over(clean ? TunnelProblem.none : TunnelProblem.lost),
      buildingOnGone: () => ({ state: { name: "allowed" }, outputs: [UNBOUND] }),
      openOnGone: () => over(TunnelProblem.lost),
      buildingOnForgotten: () => unbound(TunnelProblem.noPath),
      anyOnClose: ({ name }) => ({
        state: { name: "over" },
        outputs: [
          report(TunnelProblem.closed),
          ...(name === "asked" ? [{ kind: "do", name: "answerNo" } as const] : []),
        ],
      }),
    };
  }

  #perform(output: FrontAcceptOutput): void {
    if (output.kind === "send") {
      this.#channel?.send((bytes, view, offset) => encodeTunnel(output, bytes, view, offset));
      return;
    }
    switch (output.name) {
      case "answerYes":
        this.#request.answer.answer({ is_allowed: true, reason: "", tunnel_id: this.id });
        return;
      case "answerNo":
        this.#request.answer.answer({
          is_allowed: false,
          reason: this.#reason,
          tunnel_id: this.id,
        });
        return;
      case "dialNode":
        this.#dialNode();
        return;
      case "answerBound":
        this.#bound?.answer({});
        this.#bound = undefined;
        return;
      case "answerUnbound":
        this.#unbound();
        return;
      case "greet":
        this.#greet();
        return;
      case "dialTarget":
        this.#dialTarget();
        return;
      case "relay":
        this.#relay();
        return;
      case "release":
        this.#release();
        return;
      case "report":
        this.#problem = output.problem;
        return;
    }
  }

  #unbound(): void {
    this.#bound?.refuse(FrontErrors.unreachable, "the tunnel could not be bound");
    this.#bound = undefined;
  }

  #dialNode(): void {
    const ticket = decodeBase64Url(this.#bindTo?.ticket ?? "");
    this.#release();
    if (ticket === undefined || this.#bindTo === undefined) {
      this.#dispatch({ name: "lost" });
      return;
    }
    const lost = (): void => {
      this.#node = undefined;
      this.#dispatch({ name: "lost" });
    };
    this.#dialer = new HopDialer(this.#office, {
      to: { address: this.#office.node.address, port: this.#bindTo.port },
      ticket,
      joined: (stream) => {
        this.#node = stream;
        this.#dispatch({ name: "joined" });
      },
      failed: lost,
      lost,
    });
  }

  #greet(): void {
    const node = this.#node;
    if (node === undefined) throw new RangeError("the chain has no connection here");
    const early = node.take();
    const options = { owner: this.#channelOwner(), responder: PartyRole.front };
    this.#channel = Channel.accept(this.#office, options, node.stream);
    if (early.length > 0) this.#channel.streamData(early);
  }

  #channelOwner(): ChannelOwner {
    const { crypto } = this.#office.kernel;
    const id = decodeBase64Url(this.id) ?? new Uint8Array(0);
    return {
      // The handshake is about this tunnel and no other.
      admitHello: ({ from, ticketHint }: Hello) =>
        from === PartyRole.front && crypto.equal(ticketHint, id),
      admitPeer: (peer) => {
        this.#isImpostor = !this.#office.identities.admits(this.user, peer.fingerprint);
        return !this.#isImpostor;
      },
      channelOpen: (peer) => {
        this.#keep(peer);
      },
      channelFrame: ({ tag, bytes, view, offset, end }) => {
        const received = decodeFrontEnd(tag, bytes, view, offset, end);
        if (!isFrontAcceptMessage(received)) return false;
        this.#channel?.noteReceived(tag);
        if (this.#runner.state.name !== "greeting") return this.#dispatch(received);
        const isFirst = this.#early === undefined;
        this.#early = received;
        return isFirst;
      },
      channelClosed: () => {
        this.#channel = undefined;
        this.#dispatch({ name: this.#isImpostor ? "impostor" : "lost" });
      },
    };
  }

  /** The other end need not wait for our disk: it may say that it has a program meanwhile. */
  #keep({ fingerprint }: PeerIdentity): void {
    const channel = this.#channel;
    this.#early = undefined;
    this.#office.identities.keep(this.user, fingerprint, (kept) => {
      if (this.#channel !== channel) return;
      if (kept !== "same") {
        this.#dispatch({ name: kept === "other" ? "impostor" : "unkept" });
        return;
      }
      this.#dispatch({ name: "secure" });
      if (this.#early !== undefined) this.#dispatch(this.#early);
    });
  }

  #dialTarget(): void {
    this.#target = this.#office.kernel.dial(this.#request.target, {
      streamOpened: () => {
        this.#dispatch({ name: "targetOpen" });
      },
      // It is relayed as soon as it is open, so nothing is read before.
      streamData: () => undefined,
      streamClosed: () => {
        this.#target = undefined;
        this.#dispatch({ name: "targetFailed" });
      },
    });
  }

  #relay(): void {
    const [node, target] = [this.#node, this.#target];
    if (node === undefined || target === undefined) throw new RangeError("there is no program");
    const { kernel } = this.#office;
    const handed = this.#channel?.handOver();
    this.#channel = undefined;
    const pipes = handed && createEndPipes(handed.records);
    let bFirst = node.take();
    if (handed !== undefined && pipes !== undefined) {
      const fault = kernel.guard(() => {
        bFirst = joinBytes(pipes.open.push(handed.rest));
      });
      if (fault !== undefined) {
        this.#dispatch({ name: "ended", clean: false });
        return;
      }
    }
    this.#cut = joinStreams({
      kernel,
      a: node.stream,
      b: target,
      aFirst: new Uint8Array(0),
      bFirst,
      ...(pipes === undefined ? {} : { pipes: { aToB: pipes.open, bToA: pipes.seal } }),
      ended: (clean) => {
        this.#dispatch({ name: "ended", clean });
      },
    });
  }

  #release(): void {
    this.#dialer?.cancel();
    this.#dialer = undefined;
    this.#cut?.();
    this.#channel?.close();
    this.#channel = undefined;
    if (this.#cut === undefined) {
      this.#node?.close();
      if (this.#target !== undefined) this.#office.kernel.closeStream(this.#target, true);
    }
    this.#node = undefined;
    this.#target = undefined;
  }
}

/** Where a chain is still to come, or to be completed. */
const BUILDING: ReadonlySet<FrontAcceptState["name"]> = new Set([
  "asked",
  "allowed",
  "binding",
  "greeting",
]);

/** Where the node's call is being worked on. */
const BINDABLE: ReadonlySet<FrontAcceptState["name"]> = new Set(["binding", "greeting", "dialing"]);

/** What a reason may hold besides the name of the problem. */
const REASON_LENGTH_MAX = 200;

const UNBOUND: FrontAcceptOut<"answerUnbound"> = { kind: "do", name: "answerUnbound" };

function report(problem: TunnelProblem): FrontAcceptOut<"report"> {
  return { kind: "do", name: "report", problem };
}

interface Over {
  readonly state: FrontAcceptIn<"over">;
  readonly outputs: readonly [FrontAcceptOut<"report">];
}

interface OverUnbound {
  readonly state: FrontAcceptIn<"over">;
  readonly outputs: readonly [FrontAcceptOut<"report">, FrontAcceptOut<"answerUnbound">];
}
